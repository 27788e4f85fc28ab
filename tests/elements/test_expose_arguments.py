"""Tests of L{livewidget.elements.expose}: arguments by number, name and type."""

from __future__ import annotations

from typing import (
    Annotated,
    Any,
    Literal,
    Self,
)

import msgspec
import pytest

from livewidget import BadArguments, LiveElement, expose
from livewidget.elements.expose import exposedMethods


class Point(msgspec.Struct, forbid_unknown_fields=True):
    x: int
    y: int


class Typed(LiveElement):
    """An element with typed methods, which return their arguments."""

    @expose
    def one(self, text: str) -> Any:
        return text

    @expose
    def two(self, number: int, text: str = "none") -> Any:
        return number, text

    @expose
    def untyped(self, anything, other: Any = None):
        return anything, other

    @expose
    def many(self, *numbers: int, **flags: bool) -> Any:
        return numbers, flags

    @expose
    def keyword(self, *, size: float) -> Any:
        return size

    @expose
    def maybe(self, number: int | None) -> Any:
        return number

    @expose
    def choice(self, side: Literal["left", "right"]) -> Any:
        return side

    @expose
    def bounded(self, number: Annotated[int, msgspec.Meta(ge=0, le=9)]) -> Any:
        return number

    @expose
    def point(self, point: Point) -> Any:
        return point

    @expose
    def numbers(self, numbers: list[int]) -> Any:
        return numbers

    @expose
    def annotatedSelf(self: Self, text: str) -> Any:
        return text

    @expose
    def positional(self, text: str, /) -> Any:
        return text


def call(name: str, *args: Any, **kwargs: Any) -> Any:
    """Make a checked call of a L{Typed} element."""
    return exposedMethods(Typed)[name].call(Typed(), list(args), kwargs)


def refusal(name: str, *args: Any, **kwargs: Any) -> str:
    """Return why the arguments of a call are refused."""
    with pytest.raises(BadArguments) as caught:
        exposedMethods(Typed)[name].call(Typed(), list(args), kwargs)
    return caught.value.message


class TestNumberAndNames:
    """The number of arguments, and their names."""

    def test_missingArgumentIsNamed(self) -> None:
        """A missing argument is named."""
        said = refusal("two")
        assert said.startswith("two(): ")
        assert "number" in said

    def test_extraArgumentIsRefused(self) -> None:
        """An extra argument is refused."""
        assert refusal("one", "a", "b").startswith("one(): ")

    def test_unknownKeywordIsNamed(self) -> None:
        """An unknown keyword argument is named."""
        assert "nope" in refusal("one", "a", nope=1)

    def test_argumentByPositionAndNameIsRefused(self) -> None:
        """An argument that is passed by position and by name is refused."""
        assert "text" in refusal("one", "a", text="b")

    def test_selfByNameIsRefused(self) -> None:
        """The browser cannot pass another C{self}."""
        assert "self" in refusal("one", "a", self="b")

    def test_positionalOnlyParameterIsRefusedByName(self) -> None:
        """A positional-only parameter cannot be passed by name."""
        assert "text" in refusal("positional", text="a")
        assert call("positional", "a") == "a"

    def test_argumentsMayBePassedByName(self) -> None:
        """Arguments may be passed by name, and missing ones have the method's defaults."""
        assert call("two", number=3) == (3, "none")
        assert call("two", 3, text="x") == (3, "x")


class TestAnnotations:
    """Annotations that cannot be resolved."""

    def test_unresolvableReturnTypeIsIgnored(self) -> None:
        """The return type of a method need not exist at run time."""

        class Sub(LiveElement):
            @expose
            def find(self, name: str) -> OnlyForTheTypeChecker: ...  # type: ignore[name-defined]  # noqa: F821

        assert set(exposedMethods(Sub)) == {"find"}

    def test_unresolvableParameterTypeIsAnError(self) -> None:
        """The type of a parameter must exist. The error names the method and the missing name."""

        class Sub(LiveElement):
            @expose
            def find(self, name: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821

        with pytest.raises(TypeError, match=r"Sub\.find cannot be resolved .*Nowhere"):
            exposedMethods(Sub)


class TestTypes:
    """Arguments are checked against annotations, and not converted where JSON has the type."""

    def test_untypedParameterAcceptsAnything(self) -> None:
        """A parameter without an annotation, or with C{Any}, accepts any value unchanged."""
        value = {"a": [1, None]}
        assert call("untyped", value, value) == (value, value)

    @pytest.mark.parametrize(
        "value",
        [1, True, None, ["a"], {"a": 1}, 1.5],
        ids=["integer", "bool", "None", "list", "dict", "float"],
    )
    def test_onlyTextIsAStr(self, value: Any) -> None:
        """Only text is accepted for C{str}."""
        assert refusal("one", value).startswith("one(): argument 'text': ")

    @pytest.mark.parametrize(
        "value",
        ["1", True, None, 1.0, [1], {}],
        ids=["text", "bool", "None", "float", "list", "dict"],
    )
    def test_onlyAnIntegerIsAnInt(self, value: Any) -> None:
        """Only an integer is accepted for C{int}: not a text, bool or float."""
        assert refusal("two", value).startswith("two(): argument 'number': ")

    def test_wrongArgumentIsNamed(self) -> None:
        """The wrong argument is named, not the one before it."""
        assert refusal("two", 1, 2).startswith("two(): argument 'text': ")

    def test_firstOfSeveralWrongArgumentsIsNamed(self) -> None:
        """The first of several wrong arguments is named."""
        assert refusal("two", "x", 2).startswith("two(): argument 'number': ")

    def test_wrongItemOfAListIsNamedByItsIndex(self) -> None:
        """The index of a wrong item in a list is named."""
        assert "argument 'numbers'" in refusal("numbers", [1, "x"])
        assert "$[1]" in refusal("numbers", [1, "x"])

    def test_annotationOfVarargsHoldsForEachArgument(self) -> None:
        """The annotations of C{*args} and C{**kwargs} hold for each argument."""
        assert call("many", 1, 2, up=True) == ((1, 2), {"up": True})
        assert "argument 'numbers'" in refusal("many", 1, "2")
        assert "argument 'flags'" in refusal("many", up=1)

    def test_keywordOnlyFloatAcceptsAnInteger(self) -> None:
        """A keyword-only C{float} accepts an integer, since JavaScript does not tell them apart."""
        assert call("keyword", size=2) == 2.0
        assert "argument 'size'" in refusal("keyword", size="2")

    def test_noneIsAcceptedWhereTheAnnotationSaysSo(self) -> None:
        """None is accepted where the annotation allows it."""
        assert call("maybe", None) is None
        assert "argument 'number'" in refusal("maybe", "1")

    def test_literalAcceptsItsValuesAlone(self) -> None:
        """A C{Literal} accepts its values and no others."""
        assert call("choice", "left") == "left"
        assert "argument 'side'" in refusal("choice", "up")

    @pytest.mark.parametrize("value", [-1, 10])
    def test_annotatedBoundsAreChecked(self, value: int) -> None:
        """The bounds of an C{Annotated} number are checked."""
        assert call("bounded", 0) == 0
        assert call("bounded", 9) == 9
        assert "argument 'number'" in refusal("bounded", value)

    def test_structIsBuiltFromAnObjectWithExactlyItsFields(self) -> None:
        """A struct is built from an object without extra or missing keys."""
        assert call("point", {"x": 1, "y": 2}) == Point(1, 2)
        assert "argument 'point'" in refusal("point", {"x": 1, "y": 2, "z": 3})
        assert "argument 'point'" in refusal("point", {"x": 1})

    def test_annotationOfSelfIsIgnored(self) -> None:
        """The annotation of C{self} is ignored."""
        assert call("annotatedSelf", "a") == "a"
