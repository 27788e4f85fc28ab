"""Tests of L{livewidget.elements.expose}: positional arguments are bound as Python binds them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from livewidget.elements.expose import ExposedMethod
from livewidget.errors import BadArguments


class Methods:
    """A method of each kind of signature, which returns its arguments."""

    def none(self) -> Any:
        return ()

    def one(self, a: Any) -> Any:
        return a

    def defaults(self, a: Any, b: Any = "b", c: Any = "c") -> Any:
        return a, b, c

    def only(self, a: Any, b: Any = "b", /) -> Any:
        return a, b

    def both(self, a: Any, /, b: Any) -> Any:
        return a, b

    def many(self, *rest: Any) -> Any:
        return rest

    def someAndMany(self, a: Any, b: Any = "b", *rest: Any) -> Any:
        return a, b, rest

    def named(self, a: Any, **rest: Any) -> Any:
        return a, rest

    def all(self, *rest: Any, **more: Any) -> Any:
        return rest, more

    def keyword(self, a: Any, *, b: Any) -> Any:
        return a, b

    def keywordOrNot(self, a: Any, *, b: Any = "b") -> Any:
        return a, b

    def manyAndKeyword(self, *rest: Any, b: Any) -> Any:
        return rest, b

    def manyAndKeywordOrNot(self, a: Any, *rest: Any, b: Any = "b") -> Any:
        return a, rest, b

    def typed(self, a: set[int], b: Any = "b") -> Any:
        return a, b

    def manyTyped(self, *rest: set[int]) -> Any:
        return rest

    def typedAndMany(self, a: set[int], *rest: Any) -> Any:
        return a, rest

    def noSelf(*args: Any) -> Any:
        return args[1:]

    @wraps(one)
    def wrapped(self, *args: Any) -> Any:
        return args


NAMES = [name for name, value in vars(Methods).items() if inspect.isfunction(value)]


def expected(method: Callable[..., Any], args: list[Any]) -> Any:
    """Return the result of a call, or BadArguments if the signature does not allow it."""
    try:
        inspect.signature(method).bind(*args)
    except TypeError:
        return BadArguments
    return method(*args)


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("name", NAMES)
def test_positionalCallIsBoundAsByPython(name: str, number: int) -> None:
    """A call with positional arguments gives the result of the method, or is refused."""
    it = Methods()
    hinted = "yped" in name
    args: list[Any] = [[number, 7]] * number if hinted else list(range(number))
    converted = [set(arg) if hinted else arg for arg in args]
    if name != "manyTyped":
        converted[1:] = args[1:]
    wanted = expected(getattr(it, name), converted)
    exposed = ExposedMethod(name, getattr(Methods, name))
    if wanted is BadArguments:
        with pytest.raises(BadArguments):
            exposed.call(it, args, {})
    else:
        assert exposed.call(it, args, {}) == wanted


@pytest.mark.parametrize("name", ["typed", "manyTyped", "typedAndMany"])
def test_wrongTypeIsRefusedBeforeTheMethodRuns(name: str) -> None:
    """An argument of another type is refused before the method runs."""
    exposed = ExposedMethod(name, getattr(Methods, name))
    with pytest.raises(BadArguments):
        exposed.call(Methods(), ["x"], {})
