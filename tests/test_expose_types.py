"""Tests of C{livewidget.expose}: the types that parameters may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
    TypedDict,
    TypeVar,
)
from uuid import UUID

import msgspec
import pytest

from livewidget import LiveElement, expose
from livewidget.expose import exposedMethods


class Kind(Enum):
    LEFT = "left"


@dataclass
class Record:
    """Of an object: its types are msgspec's to know."""

    x: int


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
        ],
        ids=str,
    )
    def test_fine(self, annotation: Any, value: Any, converted: Any) -> None:
        """What msgspec makes of JSON is made."""
        cls = exposing(annotation)
        assert exposedMethods(cls)["say"].bind(cls(), [value], {})() == converted

    @pytest.mark.parametrize(
        ("annotation", "culprit"),
        [
            (Foreign, "tests.test_expose_types.Foreign"),
            (LiveElement, "livewidget.element.LiveElement"),
            (list[Foreign], "tests.test_expose_types.Foreign (in list["),
            (dict[str, tuple[Foreign, ...]], "tests.test_expose_types.Foreign (in dict["),
            (Foreign | None, "tests.test_expose_types.Foreign (in "),
            (Annotated[Foreign, "x"], "tests.test_expose_types.Foreign (in "),
            (Holder, "tests.test_expose_types.Foreign (in tests.test_expose_types.Holder)"),
            (Shape, "tests.test_expose_types.Shape"),
            (type, "builtins.type"),
            (complex, "builtins.complex"),
            (msgspec.Raw, "msgspec.Raw"),
            (msgspec.msgpack.Ext, "msgspec.msgpack.Ext"),
            (int | Foreign, "tests.test_expose_types.Foreign: Type unions"),
            (str | UUID, "uuid.UUID: Type unions"),
            (Missing, "tests.test_expose_types.Missing: name 'Nowhere' is not defined"),
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
        assert said.endswith("or leave the annotation out")

    def test_variable(self) -> None:
        """What C{*args} are made of is looked at too."""

        class Sub(LiveElement):
            @expose
            def say(self, *what: Foreign) -> None: ...

        with pytest.raises(TypeError, match=r"'what' of the exposed method .*Sub\.say cannot be"):
            exposedMethods(Sub)
