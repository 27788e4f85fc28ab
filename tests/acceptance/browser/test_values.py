"""Tests of each kind of value, in both directions."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

import pytest
from playwright.sync_api import Page

from tests.acceptance.browser.people import People
from tests.support.processes import Server

SERVER = partial(Server.site, "calls")

pytestmark = pytest.mark.usefixtures("checked")

NOON = "Date 2026-11-21T14:00:00.250Z"
UUID = '"00000000-0000-0000-0000-000000000005"'
USER = (
    f'{{name: "bob", born: "1990-01-02", seen: {NOON}, '
    'photo: Uint8Array [0, 255], rights: Set ["red"]}'
)
MOMENT = "datetime.datetime(2026, 11, 21, 14, 0, 0, 250000, tzinfo=datetime.timezone.utc)"


@pytest.fixture
def page(people: People, server: Server) -> Page:
    """Return a page whose widget is C{widget}."""
    return people.shared(f"{server.url}values")


class TestFromTheServer:
    """Python values, as a widget receives them."""

    KINDS: ClassVar = {
        "datetime": NOON,
        "bytes": "Uint8Array [0, 104, 105, 255]",
        "bytearray": "Uint8Array [104, 105]",
        "memoryview": "Uint8Array [104, 105]",
        "set": "Set [1]",
        "frozenset": f"Set [{NOON}]",
        "date": '"1990-01-02"',
        "time": '"03:04:00"',
        "timedelta": '"PT5400S"',
        "UUID": UUID,
        "Decimal": '"1.50"',
        "Enum": '"red"',
        "dataclass": USER,
        "Struct": f'{{type: "Order", orderId: {UUID}, total: "1.50", takes: "PT5400S", '
        'at: "03:04:00"}',
        "NamedTuple": "Array [1, 2]",
    }

    def test_pythonValuesArriveInTheWidget(self, page: Page) -> None:
        """Each kind of Python value arrives as an answer and as an argument."""
        for method in ("outcome('gift'", "callRemote('show'"):
            found = {
                kind: page.evaluate(f"() => widget.{method}, '{kind}')") for kind in self.KINDS
            }
            assert found == self.KINDS

    def test_pythonValuesArriveInTheConstructor(self, page: Page) -> None:
        """Each kind of Python value arrives in the widget's constructor."""
        found = page.evaluate("() => described(widget.initialArguments)")
        assert found == f"Array [{NOON}, Uint8Array [104, 105], Set [1, 2], {USER}]"


class TestFromTheBrowser:
    """JavaScript values, as an element receives them."""

    KINDS: ClassVar = {
        "date": MOMENT,
        "bytes": r"b'\x00h\xff'",
        "buffer": "b'hi'",
        "view": "b'hi'",
        "set": f"{{{MOMENT}}}",
    }

    def test_javascriptValuesArriveInTheElement(self, page: Page) -> None:
        """Each kind of JavaScript value arrives as an argument and an answer, and returns."""
        for kind, wanted in self.KINDS.items():
            assert page.evaluate(f"() => widget.callRemote('describe', GIFTS.{kind})") == wanted
            assert page.evaluate(f"() => widget.callRemote('fetch', '{kind}')") == wanted
            again = page.evaluate(
                f"""async () => {{
                      const value = await widget.callRemote("back", {{ a: [GIFTS.{kind}] }});
                      return widget.callRemote("describe", value); }}"""
            )
            assert again == f"{{'a': [{wanted}]}}"

    ANNOTATED: ClassVar = {
        "moment": ("GIFTS.date", MOMENT),
        "data": ("GIFTS.view", "b'hi'"),
        "numbers": ("new Set([1, 2])", "{1, 2}"),
        "day": ("'2026-11-21'", "datetime.date(2026, 11, 21)"),
        "hour": ("'14:30:00'", "datetime.time(14, 30)"),
        "span": ("'PT1H'", "datetime.timedelta(seconds=3600)"),
        "name": (UUID, f"UUID({UUID})".replace('"', "'")),
        "price": ("'19.90'", "Decimal('19.90')"),
        "colour": ("'red'", "<Colour.RED: 'red'>"),
        "user": (
            "{ name: 'bob', born: '1990-01-02', seen: GIFTS.date, rights: new Set(['red']) }",
            f"User(name='bob', born=datetime.date(1990, 1, 2), seen={MOMENT}, photo=b'', "
            "rights=frozenset({<Colour.RED: 'red'>}))",
        ),
        "order": (
            "await widget.callRemote('gift', 'Struct')",
            "Order(order_id=UUID('00000000-0000-0000-0000-000000000005'), total=Decimal('1.50'), "
            "takes=datetime.timedelta(seconds=5400), at=datetime.time(3, 4))",
        ),
        "point": ("[1, 2]", "Point(x=1, y=2)"),
    }

    def test_annotatedParameterGetsItsType(self, page: Page) -> None:
        """An annotated parameter gets a value of its type."""
        for name, (value, wanted) in self.ANNOTATED.items():
            code = f"async () => widget.callRemoteKw('take', {{ {name}: {value} }})"
            assert page.evaluate(code) == f"{{'{name}': {wanted}}}"

    REFUSED: ClassVar = {
        "{ day: GIFTS.date }": "argument 'day': ",
        "{ price: 'NaN' }": "argument 'price': Expected `decimal`, got NaN",
        "{ numbers: new Set(['1']) }": "argument 'numbers': ",
        "{ user: { name: 'x', born: 'y', seen: GIFTS.date } }": "argument 'user': ",
    }

    def test_mismatchIsRefusedOnBothSides(self, page: Page, server: Server) -> None:
        """An argument that does not fit is refused, in the browser and in the log."""
        for arguments, said in self.REFUSED.items():
            found = page.evaluate(
                f"""() => widget.callRemoteKw("take", {arguments}).then(
                      String, ({{ type, message }}) => type + ": " + message)"""
            )
            assert found.startswith(f"BadArguments: take(): {said}")
            server.waitForLine("call refused: ValuesElement")

    CANNOT: ClassVar = {
        "new Date(NaN)": "args[0].a: a Date must be in the years 1 to 9999",
        "new Set([[]])": "args[0].a: a Set cannot contain an array or an object",
        "new Map()": "args[0].a: a Map cannot be sent",
        "new Blob([])": "args[0].a: a Blob cannot be sent",
    }

    def test_unsendableValueFailsWhereTheCallIsMade(self, page: Page) -> None:
        """A value that cannot be sent fails where the call is made."""
        for value, said in self.CANNOT.items():
            found = page.evaluate(f"() => widget.outcome('describe', {{ a: {value} }})")
            assert found == f'EncodeError: {said}, in callRemote("describe")'
        assert page.evaluate("() => widget.callRemote('describe', 1)") == "1"
