"""Tests of C{livewidget.elements.expose}: the types that parameters may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NamedTuple,
    NewType,
    Protocol,
    SupportsBytes,
    TypedDict,
    TypeVar,
    runtime_checkable,
)
from uuid import UUID

import msgspec
import pytest

from livewidget import LiveElement, expose
from livewidget.elements.expose import exposedMethods
from livewidget.errors import BadArguments

NOON = datetime(2026, 11, 21, 14, tzinfo=UTC)


class Kind(Enum):
    LEFT = "left"


@dataclass
class Record:
    """Of an object: its types are msgspec's to know."""

    x: int


@dataclass
class User:
    """One of many fields."""

    born: datetime
    photo: bytes = b""
    rights: set[Kind] = field(default_factory=set)
    id: UUID | None = None
    paid: Decimal = Decimal(0)


class Parent(msgspec.Struct):
    """One that makes a circle."""

    child: Child

    def __post_init__(self) -> None:
        self.child.parent = self


class Child(msgspec.Struct):
    """Its parent is no business of the browser's."""

    amount: Decimal
    parent: Any = None


class Mapped(TypedDict):
    x: int


class Named(NamedTuple):
    x: int


class Tree(msgspec.Struct):
    """A struct with itself in it."""

    children: list[Tree] = []
    note: str | msgspec.UnsetType = msgspec.UNSET


class Foreign:
    """A class that msgspec does not know."""


class Holder(msgspec.Struct):
    """A struct with such a class in it."""

    inside: dict[str, Foreign]
    again: Holder | None = None


class Missing(msgspec.Struct):
    """A struct with an annotation that names nothing."""

    x: Nowhere  # type: ignore[name-defined]  # noqa: F821


@runtime_checkable
class Dated(Protocol):
    """What a datetime is, and no text."""

    def isoformat(self) -> str: ...


@runtime_checkable
class United(Protocol):
    """What a set is, and no list."""

    def union(self, *others: Any) -> Any: ...


class Shape(Protocol):
    """For type checkers alone."""

    x: int


def exposing(annotation: Any) -> Any:
    """A class that exposes a method with such a parameter."""

    def say(self: Any, what: Any) -> Any:
        return what

    say.__annotations__ = {"what": annotation}
    say.__qualname__ = "Sub.say"
    return type("Sub", (LiveElement,), {"say": expose(say)})


def refusal(annotation: Any, value: Any) -> str:
    """Call a method with an argument that does not fit; returns what is said of the argument."""
    cls = exposing(annotation)
    with pytest.raises(BadArguments) as caught:
        exposedMethods(cls)["say"].call(cls(), [value], {})
    of, argument, problem = str(caught.value).partition("argument 'what': ")
    assert (of, argument) == ("say(): ", "argument 'what': ")
    return problem


class TestPossible:
    """An annotation has to be one that a JSON value can satisfy."""

    @pytest.mark.parametrize(
        ("annotation", "value", "converted"),
        [
            (object, 1, 1),
            (bytes, "aGk=", b"hi"),
            (date, "2026-01-02", date(2026, 1, 2)),
            (datetime, "2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5)),
            (timedelta, "P1D", timedelta(days=1)),
            (UUID, str(UUID(int=5)), UUID(int=5)),
            (Decimal, "1.5", Decimal("1.5")),
            (Kind, "left", Kind.LEFT),
            (Record, {"x": 1}, Record(1)),
            (Mapped, {"x": 1}, {"x": 1}),
            (Named, [1], Named(1)),
            (Tree, {"children": [{}]}, Tree([Tree()])),
            (Literal["a", 1, None], 1, 1),
            (Annotated[int, msgspec.Meta(ge=0)], 1, 1),
            (Sequence[int], [1], [1]),
            (Iterable, [1], [1]),
            (Mapping[str, int], {"a": 1}, {"a": 1}),
            (tuple[int, str], [1, "a"], (1, "a")),
            (set[int], [1], {1}),
            (int | list[int] | None, None, None),
            (Final[int], 1, 1),
            (TypeVar("T"), 1, 1),  # type: ignore[misc]
            (NewType("Name", str), "a", "a"),  # type: ignore[misc]
            (dict[int, str], {"1": "a"}, {1: "a"}),
            (dict, {"1": "a"}, {"1": "a"}),
            (datetime, NOON, NOON),
            (datetime | None, NOON, NOON),
            (bytes, b"hi", b"hi"),
            (bytearray, b"hi", bytearray(b"hi")),
            (set[int], {1, 2}, {1, 2}),
            (frozenset[int], {1, 2}, frozenset({1, 2})),
            (set[tuple[int, int]], [[1, 2]], {(1, 2)}),
            (set[Kind], {"left"}, {Kind.LEFT}),
            (list[int], {1}, [1]),
            (set[datetime], {NOON}, {NOON}),
            (dict[UUID, datetime], {str(UUID(int=5)): NOON}, {UUID(int=5): NOON}),
            (time, "03:04:05", time(3, 4, 5)),
            (Decimal, 1.5, Decimal("1.5")),
            (Decimal, -7, Decimal(-7)),
            (Decimal, "1e999", Decimal("1e999")),
            (Decimal, "9" * 1000, Decimal("9" * 1000)),
            (Decimal, "1e-1000", Decimal("1e-1000")),
            (Decimal | None, None, None),
            (UUID, UUID(int=5).hex, UUID(int=5)),
            (SupportsBytes, b"hi", b"hi"),
            (Dated, NOON, NOON),
            (United, {1}, {1}),
            (User, {"born": NOON}, User(NOON)),
            (
                User,
                {"born": NOON, "photo": b"x", "rights": {"left"}, "id": str(UUID(int=5))},
                User(NOON, b"x", {Kind.LEFT}, UUID(int=5)),
            ),
            (User, {"born": "2026-11-21T14:00:00Z", "photo": "eA=="}, User(NOON, b"x")),
            (list[User], [{"born": NOON, "paid": "1.50"}], [User(NOON, paid=Decimal("1.50"))]),
        ],
        ids=str,
    )
    def test_fine(self, annotation: Any, value: Any, converted: Any) -> None:
        """What msgspec makes of JSON is made."""
        cls = exposing(annotation)
        assert exposedMethods(cls)["say"].call(cls(), [value], {}) == converted

    def test_datetimesAreAware(self) -> None:
        """A Date is a moment; a text without a time zone says what it says."""
        cls = exposing(datetime)
        say = exposedMethods(cls)["say"]
        assert say.call(cls(), [NOON], {}).tzinfo is UTC
        assert say.call(cls(), ["2026-01-02T03:04:05"], {}).tzinfo is None

    @pytest.mark.parametrize(
        ("annotation", "value"),
        [
            (datetime, "2026-01-02"),
            (datetime, 5),
            (date, NOON),
            (str, NOON),
            (int, NOON),
            (int, b"1"),
            (str, b"1"),
            (bytes, "?"),
            (dict, {1}),
            (set[int], {1, "2"}),
            (set, [[1]]),
            (set[Any], [1, {}]),
            (frozenset, [[1]]),
            (set[Record], [{"x": 1}]),
            (Kind, "up"),
            (UUID, "5"),
            (UUID, f"{{{UUID(int=5)}}}"),
            (timedelta, 5),
            (User, {"born": 5}),
            (Decimal, "much"),
            (Decimal, True),
        ],
    )
    def test_mismatch(self, annotation: Any, value: Any) -> None:
        """What does not fit is refused, with the method, the argument and what msgspec says."""
        assert refusal(annotation, value)

    def test_mismatchInside(self) -> None:
        """The path to it in the argument is said."""
        assert "$.born" in refusal(User, {"born": 5})

    @pytest.mark.parametrize(
        ("annotation", "value", "problem"),
        [
            (Decimal, "NaN", "Expected `decimal`, got NaN"),
            (Decimal, "sNaN", "Expected `decimal`, got sNaN"),
            (Decimal, "-inf", "Expected `decimal`, got -Infinity"),
            (Decimal, "1e1000", "Expected `decimal` of at most 1000 digits"),
            (Decimal, "0e999999999", "Expected `decimal` of at most 1000 digits"),
            (Decimal, "1e-1001", "Expected `decimal` of at most 1000 digits"),
            (Decimal, "9" * 1001, "Expected `decimal` of at most 1000 digits"),
            (Decimal | None, "NaN", "got NaN"),
            (list[Decimal], ["1", "NaN"], "got NaN"),
            (tuple[Decimal, ...], ["NaN"], "got NaN"),
            (set[Decimal], {"NaN"}, "got NaN"),
            (dict[str, Decimal], {"a": "NaN"}, "got NaN"),
            (dict[Decimal, int], {"NaN": 1}, "got NaN"),
            (dict[str, list[User]], {"a": [{"born": NOON, "paid": "NaN"}]}, "got NaN"),
            (Parent, {"child": {"amount": "NaN"}}, "got NaN"),
        ],
    )
    def test_decimals(self, annotation: Any, value: Any, problem: str) -> None:
        """A Decimal that is no number, or too long, is refused wherever it is."""
        assert problem in refusal(annotation, value)

    def test_circle(self) -> None:
        """Decimals are looked for in what a class has made of itself."""
        cls = exposing(Parent)
        parent = exposedMethods(cls)["say"].call(cls(), [{"child": {"amount": "1"}}], {})
        assert parent.child.parent is parent

    @pytest.mark.parametrize("name", ["args", "kwargs"])
    def test_variableDecimals(self, name: str) -> None:
        """So are those of C{*args} and C{**kwargs}."""

        class Sub(LiveElement):
            @expose
            def say(self, *args: Decimal, **kwargs: Decimal) -> None: ...

        say = exposedMethods(Sub)["say"]
        with pytest.raises(BadArguments, match=f"argument '{name}': .*got NaN"):
            say.call(Sub(), *(([1, "NaN"], {}) if name == "args" else ([], {"a": "NaN"})))

    @pytest.mark.parametrize(
        ("annotation", "culprit"),
        [
            (Foreign, f"{__name__}.Foreign"),
            (LiveElement, "livewidget.elements.element.LiveElement"),
            (list[Foreign], f"{__name__}.Foreign (in list["),
            (dict[str, tuple[Foreign, ...]], f"{__name__}.Foreign (in dict["),
            (Foreign | None, f"{__name__}.Foreign (in "),
            (Annotated[Foreign, "x"], f"{__name__}.Foreign (in "),
            (
                Holder,
                f"{__name__}.Foreign (in {__name__}.Holder)",
            ),
            (Shape, f"{__name__}.Shape"),
            (type, "builtins.type"),
            (complex, "builtins.complex"),
            (msgspec.Raw, "msgspec.Raw"),
            (msgspec.msgpack.Ext, "msgspec.msgpack.Ext"),
            (int | Foreign, f"{__name__}.Foreign: "),
            (str | UUID, "uuid.UUID: "),
            (Missing, f"{__name__}.Missing: "),
        ],
        ids=str,
    )
    def test_impossible(self, annotation: Any, culprit: str) -> None:
        """Else the page that has the element fails: with the method, parameter, type, advice."""
        with pytest.raises(TypeError) as caught:
            exposedMethods(exposing(annotation))
        said = str(caught.value)
        assert said.startswith("the parameter 'what' of the exposed method Sub.say cannot be ")
        assert culprit in said
        assert said.endswith("or omit the annotation")

    def test_variable(self) -> None:
        """What C{*args} are made of is looked at too."""

        class Sub(LiveElement):
            @expose
            def say(self, *what: Foreign) -> None: ...

        with pytest.raises(TypeError, match=r"'what' of the exposed method .*Sub\.say cannot be"):
            exposedMethods(Sub)
