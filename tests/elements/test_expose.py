"""Tests of L{livewidget.elements.expose}: which methods a browser may call."""

from __future__ import annotations

from functools import wraps
from typing import (
    Any,
)
from unittest.mock import Mock

import pytest

from livewidget import LiveElement, expose
from livewidget.elements.expose import exposedMethods


class Base(LiveElement):
    """An element that uses each way to expose once."""

    @expose
    def decorated(self) -> str:
        return "base"

    def called(self) -> None: ...

    called = expose(called)

    def first(self) -> None: ...

    def second(self) -> None: ...

    expose(first, second)

    def hidden(self) -> None: ...


class TestTable:
    """The table of a class's exposed methods."""

    def test_eachWayToExposeIsInTheTable(self) -> None:
        """Methods exposed by decorator, call or a call with several are in the table alone."""
        assert set(exposedMethods(Base)) == {"decorated", "called", "first", "second"}

    def test_plainElementExposesNothing(self) -> None:
        """A plain L{LiveElement} exposes no methods."""
        assert exposedMethods(LiveElement) == {}

    def test_decoratorReturnsTheFunction(self) -> None:
        """The decorator returns the function that it decorates."""
        assert Base().decorated() == "base"

    def test_exposeOfSeveralReturnsThemAll(self) -> None:
        """A call with several functions returns all of them."""

        def one() -> None: ...

        def two() -> None: ...

        assert expose(one, two) == (one, two)

    def test_subclassInheritsExposedMethods(self) -> None:
        """A subclass inherits the exposed methods of its base, and may add its own."""

        class Sub(Base):
            @expose
            def more(self) -> None: ...

        assert set(exposedMethods(Sub)) == {*exposedMethods(Base), "more"}
        assert "more" not in exposedMethods(Base)

    def test_overridingAMethodHidesIt(self) -> None:
        """A method that overrides an exposed one is not exposed."""

        class Sub(Base):
            def decorated(self) -> str:
                return "sub"

        assert "decorated" not in exposedMethods(Sub)

    def test_wrapperOfAnExposedMethodIsNotExposed(self) -> None:
        """A wrapper that copies the attributes of the method it overrides is not exposed."""

        class Sub(Base):
            @wraps(Base.decorated)
            def decorated(self) -> str:
                return "sub"

        assert "decorated" not in exposedMethods(Sub)

    def test_overriddenMethodMayBeExposedAgain(self) -> None:
        """A method that overrides an exposed one may be exposed again, and is the one that runs."""

        class Sub(Base):
            @expose
            def decorated(self) -> str:
                return "sub"

        assert exposedMethods(Sub)["decorated"].call(Sub(), [], {}) == "sub"

    def test_hiddenMethodStaysHiddenInSubclasses(self) -> None:
        """A method that a class hides stays hidden in its subclasses."""

        class Sub(Base):
            decorated = None  # type: ignore[assignment]

        class SubSub(Sub): ...

        assert "decorated" not in exposedMethods(SubSub)

    def test_mixinMayExposeMethods(self) -> None:
        """A mixin that is not an element may expose methods."""

        class Mixin:
            @expose
            def mixed(self) -> None: ...

        class Sub(Mixin, LiveElement): ...

        assert set(exposedMethods(Sub)) == {"mixed"}

    def test_mixinMayHideMethods(self) -> None:
        """A mixin that comes first in the resolution order hides the method of a base."""

        class Mixin:
            def decorated(self) -> None: ...

        class Sub(Mixin, Base): ...

        assert "decorated" not in exposedMethods(Sub)

    def test_mockAttributeIsNotExposed(self) -> None:
        """A class attribute that has every attribute, such as a Mock, is not exposed."""

        class Sub(LiveElement):
            client = Mock()
            _secret = Mock()

        assert exposedMethods(Sub) == {}

    def test_privateAliasIsNotExposed(self) -> None:
        """An exposed function is not exposed under a private name."""

        class Sub(Base):
            _alias = Base.decorated

        assert "_alias" not in exposedMethods(Sub)


class TestMisuse:
    """Values that C{expose} refuses."""

    @pytest.mark.parametrize("name", ["_private", "__mangled", "__init__", "__class__"])
    def test_privateNameIsRefused(self, name: str) -> None:
        """A function with a private name is refused with its full name."""

        def function() -> None: ...

        function.__name__ = name
        function.__qualname__ = f"Thing.{name}"
        with pytest.raises(TypeError, match=f"Thing.{name} is private. Rename it"):
            expose(function)

    @pytest.mark.parametrize(
        "thing",
        [3, "say", None, object(), Base, Base().decorated, staticmethod(len), len],
        ids=[
            "number",
            "text",
            "None",
            "object",
            "class",
            "bound method",
            "static method",
            "builtin",
        ],
    )
    def test_valueThatIsNotAFunctionIsRefused(self, thing: Any) -> None:
        """Numbers, classes, bound and static methods, and builtins are refused."""
        with pytest.raises(TypeError, match="takes functions defined in a class, not"):
            expose(thing)

    def test_valueAmongSeveralFunctionsIsRefused(self) -> None:
        """A value that is not a function is refused among several functions."""

        def one() -> None: ...

        with pytest.raises(TypeError, match="not 'two'"):
            expose(one, "two")  # type: ignore[call-overload]

    def test_decoratorWithParenthesesIsRefused(self) -> None:
        """A call without functions, as by a decorator with parentheses, is refused with advice."""
        with pytest.raises(TypeError, match="write @expose, without parentheses"):
            expose()
