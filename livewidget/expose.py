"""Which methods of an element a browser may call, and with what."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import GenericAlias, SimpleNamespace
from typing import Any, TypeVar, get_type_hints, overload

import msgspec

from livewidget.errors import BadArguments

_Function = TypeVar("_Function", bound=Callable[..., Any])
_MARK = "_livewidgetExposed"
_TABLE = "_livewidgetExposedMethods"


@overload
def expose(function: _Function, /) -> _Function: ...
@overload
def expose(*functions: Callable[..., Any]) -> tuple[Callable[..., Any], ...]: ...


def expose(*functions: Any) -> Any:
    """Let the browser call a method of a L{LiveElement}.

    A decorator, or called in the class body: C{say = expose(say)}, or with
    several at once: C{expose(say, shout)}. Subclasses inherit what is exposed;
    one that overrides a method takes it back unless it exposes it again.

    @return: the function, or a tuple of them.
    @raise TypeError: not a function, or its name begins with an underscore.
    """
    if not functions:
        raise TypeError("expose() takes the methods to expose")
    for function in functions:
        if not inspect.isfunction(function):
            raise TypeError(f"expose() takes functions defined in a class, not {function!r}")
        if function.__name__.startswith("_"):
            raise TypeError(f"{function.__qualname__} is private: rename it to expose it")
        # Not just True: functools.wraps copies it to what overrides the function.
        setattr(function, _MARK, function)
    return functions[0] if len(functions) == 1 else functions


class ExposedMethod:
    """One exposed method: its signature, and the types of its parameters."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.name = name
        self.signature = inspect.signature(function)
        hints = _parameterHints(function)
        # The first parameter is the element, whatever it is called.
        names = list(self.signature.parameters)[1:]
        self.hints = {name: hints[name] for name in names if hints.get(name, Any) is not Any}

    def bind(self, element: Any, args: list[Any], kwargs: dict[str, Any]) -> Callable[[], Any]:
        """Check the arguments of a call, and give what makes it.

        @raise BadArguments: they do not fit; the method has not run.
        """
        try:
            bound = self.signature.bind(element, *args, **kwargs)
        except TypeError as error:
            raise BadArguments(f"{self.name}(): {error}") from None
        for name in self.hints:
            if name in bound.arguments:
                bound.arguments[name] = self._convert(name, bound.arguments[name])
        method = getattr(element, self.name)
        return lambda: method(*bound.args[1:], **bound.kwargs)

    def _convert(self, name: str, value: Any) -> Any:
        kind = self.signature.parameters[name].kind
        hint: Any = self.hints[name]
        if kind is inspect.Parameter.VAR_POSITIONAL:
            hint = GenericAlias(tuple, (hint, ...))
        elif kind is inspect.Parameter.VAR_KEYWORD:
            hint = GenericAlias(dict, (str, hint))
        try:
            return msgspec.convert(value, hint)
        except msgspec.ValidationError as error:
            raise BadArguments(f"{self.name}(): argument {name!r}: {error}") from None


def _parameterHints(function: Callable[..., Any]) -> dict[str, Any]:
    # What it returns is not checked, and may be known to a type checker only.
    annotations = {k: v for k, v in function.__annotations__.items() if k != "return"}
    try:
        return get_type_hints(
            SimpleNamespace(__annotations__=annotations),
            globalns=function.__globals__,
            include_extras=True,
        )
    except Exception as error:
        raise TypeError(
            f"an annotation of the exposed method {function.__qualname__} cannot be resolved "
            f"({error}): import what it names where the module runs, or leave it out"
        ) from error


def exposedMethods(cls: type) -> dict[str, ExposedMethod]:
    """The methods of a class that a browser may call, by name."""
    table: dict[str, ExposedMethod] | None = cls.__dict__.get(_TABLE)
    if table is None:
        table = _makeTable(cls)
        setattr(cls, _TABLE, table)
    return table


def _makeTable(cls: type) -> dict[str, ExposedMethod]:
    table: dict[str, ExposedMethod] = {}
    seen: set[str] = set()
    for base in cls.__mro__:
        for name, value in base.__dict__.items():
            # A value may be an object that has every attribute one asks for.
            marked = inspect.isfunction(value) and getattr(value, _MARK, None) is value
            if marked and name not in seen and not name.startswith("_"):
                table[name] = ExposedMethod(name, value)
        seen.update(base.__dict__)
    return table
