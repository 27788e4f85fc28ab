"""An element that sends and receives values of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from livewidget import LiveElement, expose

NOON = datetime(2026, 11, 21, 14, 0, 0, 250_000, tzinfo=UTC)


class Colour(Enum):
    RED = "red"


@dataclass
class User:
    name: str
    born: date
    seen: datetime
    photo: bytes = b""
    rights: frozenset[Colour] = frozenset()


class Order(msgspec.Struct, rename="camel", tag=True):
    order_id: UUID
    total: Decimal
    takes: timedelta
    at: time


class Point(NamedTuple):
    x: int
    y: int


USER = User("bob", date(1990, 1, 2), NOON, b"\x00\xff", frozenset({Colour.RED}))
ORDER = Order(UUID(int=5), Decimal("1.50"), timedelta(minutes=90), time(3, 4))

GIFTS: dict[str, Any] = {
    "datetime": NOON,
    "bytes": b"\x00hi\xff",
    "bytearray": bytearray(b"hi"),
    "memoryview": memoryview(b"hi"),
    "set": {1},
    "frozenset": frozenset({NOON}),
    "date": USER.born,
    "time": ORDER.at,
    "timedelta": ORDER.takes,
    "UUID": ORDER.order_id,
    "Decimal": ORDER.total,
    "Enum": Colour.RED,
    "dataclass": USER,
    "Struct": ORDER,
    "NamedTuple": Point(1, 2),
}


class ValuesElement(LiveElement):
    """Its widget is C{globalThis.widget}, for the tests to call."""

    template = "values.html"
    jsClass = "Values.ValuesWidget"

    def getInitialArguments(self) -> Any:
        return (NOON, b"hi", {1, 2}, USER)

    @expose
    def gift(self, name: str) -> Any:
        """Return a value of a kind."""
        return GIFTS[name]

    @expose
    async def show(self, name: str) -> Any:
        """Return the widget's description of a value."""
        return await self.callRemote("describe", GIFTS[name])

    @expose
    async def fetch(self, name: str) -> str:
        """Return a description of a value that the widget answers."""
        return repr(await self.callRemote("give", name))

    @expose
    def describe(self, value: Any) -> str:
        """Return a description of an argument without an annotation."""
        return repr(value)

    @expose
    def back(self, value: Any) -> Any:
        """Return the value itself."""
        return value

    @expose
    def take(
        self,
        moment: datetime | None = None,
        data: bytes | None = None,
        numbers: set[int] | None = None,
        day: date | None = None,
        hour: time | None = None,
        span: timedelta | None = None,
        name: UUID | None = None,
        price: Decimal | None = None,
        colour: Colour | None = None,
        user: User | None = None,
        order: Order | None = None,
        point: Point | None = None,
    ) -> str:
        """Return descriptions of the arguments passed, converted as annotated."""
        given = {name: value for name, value in locals().items() if value is not None}
        del given["self"]
        return repr(given)
