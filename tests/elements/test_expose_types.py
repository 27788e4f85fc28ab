"""Tests of L{livewidget.elements.expose}: the types that parameters may have."""

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
    """A dataclass with one field."""

    x: int


@dataclass
class User:
    """A dataclass with fields of many types."""

    born: datetime
    photo: bytes = b""
    rights: set[Kind] = field(default_factory=set)
    id: UUID | None = None
    paid: Decimal = Decimal(0)


class Parent(msgspec.Struct):
    """A struct that refers to itself through its child."""

    child: Child

    def __post_init__(self) -> None:
        self.child.parent = self


class Child(msgspec.Struct):
    """A struct whose parent is not sent by the browser."""

    amount: Decimal
    parent: Any = None


class Mapped(TypedDict):
    x: int


class Named(NamedTuple):
    x: int


class Tree(msgspec.Struct):
    """A struct that contains itself."""

    children: list[Tree] = []
    note: str | msgspec.UnsetType = msgspec.UNSET


class Foreign:
    """A class that msgspec does not know."""


class Holder(msgspec.Struct):
    """A struct with a field of a class that msgspec does not know."""

    inside: dict[str, Foreign]
    again: Holder | None = None


class Missing(msgspec.Struct):
    """A struct with an annotation that cannot be resolved."""

    x: Nowhere  # type: ignore[name-defined]  # noqa: F821


@runtime_checkable
class Dated(Protocol):
    """A protocol that a datetime satisfies and a text does not."""

    def isoformat(self) -> str: ...


@runtime_checkable
class United(Protocol):
    """A protocol that a set satisfies and a list does not."""

    def union(self, *others: Any) -> Any: ...


class Shape(Protocol):
    """A protocol that cannot be checked at run time."""

    x: int


def exposing(annotation: Any) -> Any:
    """Return a class that exposes a method with a parameter of this type."""

    def say(self: Any, what: Any) -> Any:
        return what

    say.__annotations__ = {"what": annotation}
    say.__qualname__ = "Sub.say"
    return type("Sub", (LiveElement,), {"say": expose(say)})


def refusal(annotation: Any, value: Any) -> str:
    """Return why an argument is refused."""
    cls = exposing(annotation)
    with pytest.raises(BadArguments) as caught:
        exposedMethods(cls)["say"].call(cls(), [value], {})
    of, argument, problem = str(caught.value).partition("argument 'what': ")
    assert (of, argument) == ("say(): ", "argument 'what': ")
    return problem


class TestParameterTypes:
    """Annotations, and the arguments that fit them."""

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
    def test_fittingArgumentIsConverted(self, annotation: Any, value: Any, converted: Any) -> None:
        """An argument that fits its annotation is converted to the annotated type."""
        cls = exposing(annotation)
        assert exposedMethods(cls)["say"].call(cls(), [value], {}) == converted

    def test_dateIsAwareAndTextKeepsItsZone(self) -> None:
        """A Date arrives as an aware datetime. A text without a time zone gives a naive one."""
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
        ids=[
            "date as datetime",
            "number as datetime",
            "Date as date",
            "Date as str",
            "Date as int",
            "bytes as int",
            "bytes as str",
            "text as bytes",
            "set as dict",
            "text in a set of int",
            "list in a set",
            "dict in a set",
            "list in a frozenset",
            "record in a set",
            "unknown Enum value",
            "short UUID",
            "UUID in braces",
            "number as timedelta",
            "number in a dataclass",
            "word as Decimal",
            "bool as Decimal",
        ],
    )
    def test_argumentThatDoesNotFitIsRefused(self, annotation: Any, value: Any) -> None:
        """An argument that does not fit is refused with the method and the argument."""
        assert refusal(annotation, value)

    def test_wrongFieldIsNamedByItsPath(self) -> None:
        """The path to a wrong field is named."""
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
        ids=[
            "NaN",
            "signalling NaN",
            "-Infinity",
            "large exponent",
            "huge exponent of 0",
            "small exponent",
            "many digits",
            "optional",
            "list",
            "tuple",
            "set",
            "dict value",
            "dict key",
            "nested dataclass",
            "nested struct",
        ],
    )
    def test_decimalThatIsNotFiniteOrTooLongIsRefused(
        self, annotation: Any, value: Any, problem: str
    ) -> None:
        """A Decimal that is not finite, or has over 1000 digits, is refused at any depth."""
        assert problem in refusal(annotation, value)

    def test_circularObjectIsCheckedForDecimals(self) -> None:
        """An object that refers to itself is checked for Decimals without recursing endlessly."""
        cls = exposing(Parent)
        parent = exposedMethods(cls)["say"].call(cls(), [{"child": {"amount": "1"}}], {})
        assert parent.child.parent is parent

    @pytest.mark.parametrize("name", ["args", "kwargs"])
    def test_decimalInVarargsIsChecked(self, name: str) -> None:
        """Decimals in C{*args} and C{**kwargs} are checked."""

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
    def test_typeThatNoArgumentFitsFailsTheClass(self, annotation: Any, culprit: str) -> None:
        """A type that no argument fits is an error with method, parameter, type and advice."""
        with pytest.raises(TypeError) as caught:
            exposedMethods(exposing(annotation))
        said = str(caught.value)
        assert said.startswith("the parameter 'what' of the exposed method Sub.say cannot be ")
        assert culprit in said
        assert said.endswith("or omit the annotation")

    def test_impossibleTypeOfVarargsFailsTheClass(self) -> None:
        """A type of C{*args} that no argument can fit is an error."""

        class Sub(LiveElement):
            @expose
            def say(self, *what: Foreign) -> None: ...

        with pytest.raises(TypeError, match=r"'what' of the exposed method .*Sub\.say cannot be"):
            exposedMethods(Sub)
