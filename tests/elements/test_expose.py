"""Tests of C{livewidget.elements.expose}: what a browser may call, and with what."""

from __future__ import annotations

from functools import wraps
from typing import (
    Annotated,
    Any,
    Literal,
    Self,
)
from unittest.mock import Mock

import msgspec
import pytest

from livewidget import BadArguments, LiveElement, expose
from livewidget.elements.expose import exposedMethods


class Base(LiveElement):
    """Each way to expose, once."""

    @expose
    def decorated(self) -> str:
        return "base"

    def called(self) -> None: ...

    called = expose(called)

    def first(self) -> None: ...

    def second(self) -> None: ...

    expose(first, second)

    def hidden(self) -> None: ...


class Point(msgspec.Struct, forbid_unknown_fields=True):
    x: int
    y: int


class Typed(LiveElement):
    """Methods with types; each returns what it got."""

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
    """Why the arguments of a call are refused."""
    with pytest.raises(BadArguments) as caught:
        exposedMethods(Typed)[name].call(Typed(), list(args), kwargs)
    return caught.value.message


class TestTable:
    """Which methods are in the table of a class."""

    def test_eachForm(self) -> None:
        """As a decorator, by a call, by a call with several: all are exposed, and no other."""
        assert set(exposedMethods(Base)) == {"decorated", "called", "first", "second"}

    def test_nothingOfLiveElementItself(self) -> None:
        """A plain element has no method that a browser may call."""
        assert exposedMethods(LiveElement) == {}

    def test_decoratorGivesTheFunctionBack(self) -> None:
        """A decorated method is the plain function still."""
        assert Base().decorated() == "base"

    def test_severalGiveATuple(self) -> None:
        """Called with several functions, it gives them all back."""

        def one() -> None: ...

        def two() -> None: ...

        assert expose(one, two) == (one, two)

    def test_inherited(self) -> None:
        """A subclass has what its base exposes, and adds its own."""

        class Sub(Base):
            @expose
            def more(self) -> None: ...

        assert set(exposedMethods(Sub)) == {*exposedMethods(Base), "more"}
        assert "more" not in exposedMethods(Base)

    def test_overridingTakesBack(self) -> None:
        """A method that overrides an exposed one is not exposed."""

        class Sub(Base):
            def decorated(self) -> str:
                return "sub"

        assert "decorated" not in exposedMethods(Sub)

    def test_overridingByAWrapper(self) -> None:
        """A wrapper that copies all attributes of what it overrides is not exposed by that."""

        class Sub(Base):
            @wraps(Base.decorated)
            def decorated(self) -> str:
                return "sub"

        assert "decorated" not in exposedMethods(Sub)

    def test_overridingAndExposingAgain(self) -> None:
        """A method that overrides an exposed one may be exposed, and is the one that runs."""

        class Sub(Base):
            @expose
            def decorated(self) -> str:
                return "sub"

        assert exposedMethods(Sub)["decorated"].call(Sub(), [], {}) == "sub"

    def test_takenBackStaysTakenBack(self) -> None:
        """A grandchild does not get back what its parent has taken back."""

        class Sub(Base):
            decorated = None  # type: ignore[assignment]

        class SubSub(Sub): ...

        assert "decorated" not in exposedMethods(SubSub)

    def test_mixin(self) -> None:
        """What a mixin exposes is exposed, also when it is no element."""

        class Mixin:
            @expose
            def mixed(self) -> None: ...

        class Sub(Mixin, LiveElement): ...

        assert set(exposedMethods(Sub)) == {"mixed"}

    def test_mixinHides(self) -> None:
        """The first class in the order of resolution decides."""

        class Mixin:
            def decorated(self) -> None: ...

        class Sub(Mixin, Base): ...

        assert "decorated" not in exposedMethods(Sub)

    def test_objectsThatHaveEveryAttribute(self) -> None:
        """A class attribute that says yes to every name is not taken for exposed."""

        class Sub(LiveElement):
            client = Mock()
            _secret = Mock()

        assert exposedMethods(Sub) == {}

    def test_privateAlias(self) -> None:
        """An exposed function under a private name is not exposed by that name."""

        class Sub(Base):
            _alias = Base.decorated

        assert "_alias" not in exposedMethods(Sub)


class TestRefused:
    """What cannot be exposed."""

    @pytest.mark.parametrize("name", ["_private", "__mangled", "__init__", "__class__"])
    def test_privateNames(self, name: str) -> None:
        """A name that begins with an underscore is refused by its full name."""

        def function() -> None: ...

        function.__name__ = name
        function.__qualname__ = f"Thing.{name}"
        with pytest.raises(TypeError, match=f"Thing.{name} is private. Rename it"):
            expose(function)

    @pytest.mark.parametrize(
        "thing", [3, "say", None, object(), Base, Base().decorated, staticmethod(len), len]
    )
    def test_notAFunction(self, thing: Any) -> None:
        """Numbers, classes, bound methods, static methods, builtins are refused."""
        with pytest.raises(TypeError, match="takes functions defined in a class, not"):
            expose(thing)

    def test_oneOfSeveral(self) -> None:
        """One that is none among several is refused too."""

        def one() -> None: ...

        with pytest.raises(TypeError, match="not 'two'"):
            expose(one, "two")  # type: ignore[call-overload]

    def test_nothing(self) -> None:
        """With nothing to expose it is a mistake, such as a decorator with brackets."""
        with pytest.raises(TypeError, match="write @expose, without parentheses"):
            expose()


class TestArity:
    """How many arguments there are, and their names."""

    def test_tooFew(self) -> None:
        """The one that is missing is named."""
        said = refusal("two")
        assert said.startswith("two(): ")
        assert "number" in said

    def test_tooMany(self) -> None:
        """More than the method takes are refused."""
        assert refusal("one", "a", "b").startswith("one(): ")

    def test_unknownKeyword(self) -> None:
        """A keyword that the method does not have is named."""
        assert "nope" in refusal("one", "a", nope=1)

    def test_twice(self) -> None:
        """An argument by position and by name is refused."""
        assert "text" in refusal("one", "a", text="b")

    def test_self(self) -> None:
        """The browser cannot choose another C{self}."""
        assert "self" in refusal("one", "a", self="b")

    def test_positionalOnly(self) -> None:
        """A positional-only parameter is not to be had by its name."""
        assert "text" in refusal("positional", text="a")
        assert call("positional", "a") == "a"

    def test_keywords(self) -> None:
        """Arguments may come by name; defaults are the method's own."""
        assert call("two", number=3) == (3, "none")
        assert call("two", 3, text="x") == (3, "x")


class TestAnnotations:
    """Annotations that are more than a type."""

    def test_returnIsNotLookedAt(self) -> None:
        """What a method returns may be known to a type checker alone."""

        class Sub(LiveElement):
            @expose
            def find(self, name: str) -> OnlyForTheTypeChecker: ...  # type: ignore[name-defined]  # noqa: F821

        assert set(exposedMethods(Sub)) == {"find"}

    def test_unknownName(self) -> None:
        """An annotation that names nothing is an error, with the method and the name."""

        class Sub(LiveElement):
            @expose
            def find(self, name: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821

        with pytest.raises(TypeError, match=r"Sub\.find cannot be resolved .*Nowhere"):
            exposedMethods(Sub)


class TestTypes:
    """Annotations are checked, and nothing is converted that JSON can tell apart."""

    def test_untyped(self) -> None:
        """Without an annotation, or with Any, everything is taken as it is."""
        value = {"a": [1, None]}
        assert call("untyped", value, value) == (value, value)

    @pytest.mark.parametrize("value", [1, True, None, ["a"], {"a": 1}, 1.5])
    def test_text(self, value: Any) -> None:
        """Only text is a str."""
        assert refusal("one", value).startswith("one(): argument 'text': ")

    @pytest.mark.parametrize("value", ["1", True, None, 1.0, [1], {}])
    def test_integer(self, value: Any) -> None:
        """Only an integer is an int: no text, no bool, no float."""
        assert refusal("two", value).startswith("two(): argument 'number': ")

    def test_theOneThatIsWrong(self) -> None:
        """The argument that is wrong is named, not the one before it."""
        assert refusal("two", 1, 2).startswith("two(): argument 'text': ")

    def test_theFirstOfSeveral(self) -> None:
        """Of several wrong arguments the first is named, each time."""
        assert refusal("two", "x", 2).startswith("two(): argument 'number': ")

    def test_inside(self) -> None:
        """In a list the place is named."""
        assert "argument 'numbers'" in refusal("numbers", [1, "x"])
        assert "$[1]" in refusal("numbers", [1, "x"])

    def test_varargs(self) -> None:
        """Annotations of *args and **kwargs are those of each one."""
        assert call("many", 1, 2, up=True) == ((1, 2), {"up": True})
        assert "argument 'numbers'" in refusal("many", 1, "2")
        assert "argument 'flags'" in refusal("many", up=1)

    def test_keywordOnly(self) -> None:
        """A float takes an integer, which JavaScript does not tell apart."""
        assert call("keyword", size=2) == 2.0
        assert "argument 'size'" in refusal("keyword", size="2")

    def test_optional(self) -> None:
        """None is taken where the annotation says so."""
        assert call("maybe", None) is None
        assert "argument 'number'" in refusal("maybe", "1")

    def test_literal(self) -> None:
        """A Literal is one of its values."""
        assert call("choice", "left") == "left"
        assert "argument 'side'" in refusal("choice", "up")

    @pytest.mark.parametrize("value", [-1, 10])
    def test_bounds(self, value: int) -> None:
        """What C{Annotated} says of a number holds."""
        assert call("bounded", 0) == 0
        assert call("bounded", 9) == 9
        assert "argument 'number'" in refusal("bounded", value)

    def test_struct(self) -> None:
        """A struct is made from an object, with no extra keys and none missing."""
        assert call("point", {"x": 1, "y": 2}) == Point(1, 2)
        assert "argument 'point'" in refusal("point", {"x": 1, "y": 2, "z": 3})
        assert "argument 'point'" in refusal("point", {"x": 1})

    def test_annotatedSelf(self) -> None:
        """An annotation of C{self} is no type of an argument."""
        assert call("annotatedSelf", "a") == "a"
