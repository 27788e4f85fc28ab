"""The methods of an element that a browser may call, and the arguments they accept."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import GenericAlias, SimpleNamespace
from typing import Any, TypeVar, get_type_hints, overload

import msgspec
import msgspec.inspect as inspected

from livewidget.elements.decimals import checkDecimals
from livewidget.errors import BadArguments
from livewidget.naming import fullNameOf

_Function = TypeVar("_Function", bound=Callable[..., Any])
_MARK = "_livewidgetExposed"
_TABLE = "_livewidgetExposedMethods"
#: One value of each type that a browser can send.
_VALUES: tuple[Any, ...] = (
    *(None, True, 0, 0.0, "", [], {}),
    *(b"", set(), datetime(2026, 1, 1, tzinfo=UTC)),
)
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_USABLE = (
    "use builtins, typing constructs, msgspec.Struct, dataclasses, TypedDict, NamedTuple, enums, "
    "datetime, UUID or Decimal, or omit the annotation"
)


@overload
def expose(function: _Function, /) -> _Function: ...
@overload
def expose(*functions: Callable[..., Any]) -> tuple[Callable[..., Any], ...]: ...


def expose(*functions: Any) -> Any:
    """Allow the browser to call a method of a L{LiveElement}.

    Use it as a decorator, or call it in the class body: C{say = expose(say)}, or with several
    methods at once: C{expose(say, shout)}. Subclasses inherit exposed methods. A subclass that
    overrides a method must expose it again, or it is no longer exposed.

    @return: the function, or a tuple of the functions.
    @raise TypeError: an argument is not a function, or its name begins with an underscore.
    """
    if not functions:
        raise TypeError(
            "expose() takes the methods to expose. "
            "As a decorator, write @expose, without parentheses"
        )
    for function in functions:
        if not inspect.isfunction(function):
            raise TypeError(f"expose() takes functions defined in a class, not {function!r}")
        if function.__name__.startswith("_"):
            raise TypeError(f"{function.__qualname__} is private. Rename it to expose it")
        # Not True, since functools.wraps copies it to a function that overrides this one.
        setattr(function, _MARK, function)
    return functions[0] if len(functions) == 1 else functions


class ExposedMethod:
    """One exposed method: its signature and the types of its parameters."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        """Inspect the signature of a function.

        @raise TypeError: an annotation cannot be resolved, or names a type that no value from a
            browser can be converted to.
        """
        self.name = name
        self.signature = inspect.signature(function)
        hints = _parameterHints(function)
        # The first parameter is the element, whatever its name.
        names = list(self.signature.parameters)[1:]
        self.hints = {name: hints[name] for name in names if hints.get(name, Any) is not Any}
        self._withDecimals: set[str] = set()
        for name, hint in self.hints.items():
            what = f"the parameter {name!r} of the exposed method {function.__qualname__}"
            if _checkHint(hint, what):
                self._withDecimals.add(name)
        self._names = names
        self._counts = self._positionalCounts()

    def call(self, element: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Check the arguments of a call, and call the method.

        @return: what the method returns.
        @raise BadArguments: they do not fit the method, which was not called.
        """
        # Fast path: arguments by position, without Signature.bind; see
        # docs/explanation/performance.md#arguments-without-signaturebind,
        # tests/elements/test_expose_counts.py
        if not kwargs and len(args) in self._counts:
            if self.hints:
                args = self._convertAll(args)
            return getattr(element, self.name)(*args)
        try:
            bound = self.signature.bind(element, *args, **kwargs)
        except TypeError as error:
            raise BadArguments(f"{self.name}(): {error}") from None
        for name in self.hints:
            if name in bound.arguments:
                bound.arguments[name] = self._convert(name, bound.arguments[name])
        return getattr(element, self.name)(*bound.args[1:], **bound.kwargs)

    def _positionalCounts(self) -> range:
        """Return the numbers of positional arguments that are known to fit the signature.

        L{inspect.Signature.bind}, the most expensive part of a call, is then skipped. The range
        is empty if only bind can tell.
        """
        parameters = [self.signature.parameters[name] for name in self._names]
        named = [p for p in parameters if p.kind in _POSITIONAL]
        needed = sum(p.default is inspect.Parameter.empty for p in named)
        if len(named) == len(parameters):
            return range(needed, len(named) + 1)
        others = {p.kind for p in parameters if p.kind not in _POSITIONAL}
        if others == {inspect.Parameter.VAR_POSITIONAL} and not self.hints:
            return range(needed, sys.maxsize)
        return range(0)

    def _convertAll(self, args: list[Any]) -> list[Any]:
        return [
            self._convert(name, value) if name in self.hints else value
            for name, value in zip(self._names, args, strict=False)
        ]

    def _convert(self, name: str, value: Any) -> Any:
        kind = self.signature.parameters[name].kind
        hint: Any = self.hints[name]
        if kind is inspect.Parameter.VAR_POSITIONAL:
            hint = GenericAlias(tuple, (hint, ...))
        elif kind is inspect.Parameter.VAR_KEYWORD:
            hint = GenericAlias(dict, (str, hint))
        try:
            # The keys of a JSON object are strings, even those of a dict[int, …].
            converted = msgspec.convert(value, hint, str_keys=True)
            if name in self._withDecimals:
                checkDecimals(converted)
            return converted
        except (msgspec.ValidationError, TypeError, ValueError) as error:
            # TypeError: a set element is not hashable. ValueError: a Decimal is refused.
            raise BadArguments(f"{self.name}(): argument {name!r}: {error}") from None


def _parameterHints(function: Callable[..., Any]) -> dict[str, Any]:
    # The return type is not checked, and may be known to a type checker only.
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
            f"({error}): import what it names outside of TYPE_CHECKING, or omit the annotation"
        ) from error


def _checkHint(hint: Any, what: str) -> bool:
    """Refuse a type that no value from a browser can be converted to.

    @return: whether a converted value may contain a Decimal.
    @raise TypeError: it is such a type, or contains one.
    """
    try:
        msgspec.json.Decoder(hint)
    except Exception as error:  # among them errors in the annotations of a class
        raise TypeError(f"{what} cannot be {fullNameOf(hint)}: {error}; {_USABLE}") from error
    try:
        parts = list(_partsOf(inspected.type_info(hint), set()))
    except Exception:  # msgspec 0.19 cannot describe each type that it can decode
        return True
    culprit = next(filter(None, map(_culpritOf, parts)), None)
    if culprit is not None:
        where = "" if culprit is hint else f" (in {fullNameOf(hint)})"
        raise TypeError(
            f"{what} cannot be {fullNameOf(culprit)}{where}: browsers cannot send one; {_USABLE}"
        )
    return any(isinstance(part, inspected.DecimalType) for part in parts)


def _partsOf(info: Any, seen: set[int]) -> Iterator[Any]:
    """Yield the description of a type, and those of all types in it."""
    if isinstance(info, tuple):
        parts = info
    elif isinstance(info, (inspected.Type, inspected.Field)) and id(info) not in seen:
        yield info
        # A struct may contain itself.
        seen.add(id(info))
        parts = tuple(getattr(info, name) for name in info.__struct_fields__ if name != "default")
    else:
        return
    for part in parts:
        yield from _partsOf(part, seen)


def _culpritOf(info: Any) -> Any:
    """Return the described class, if no value from a browser can be converted to it."""
    if isinstance(info, inspected.CustomType):
        return None if _fits(info.cls) else info.cls
    if isinstance(info, inspected.RawType):
        return msgspec.Raw
    if isinstance(info, inspected.ExtType):
        return msgspec.msgpack.Ext
    return None


def _fits(cls: type) -> bool:
    # msgspec accepts instances of a class that it does not know: a list for an Iterable, for
    # example.
    try:
        return any(isinstance(value, cls) for value in _VALUES)
    except TypeError:  # a protocol that is not runtime_checkable
        return False


def exposedMethods(cls: type) -> dict[str, ExposedMethod]:
    """Return the methods of a class that a browser may call, by name.

    @raise TypeError: an annotation of one cannot be used; see L{ExposedMethod}.
    """
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
            # getattr alone is not enough: an object may have every attribute, as a mock does.
            marked = inspect.isfunction(value) and getattr(value, _MARK, None) is value
            if marked and name not in seen and not name.startswith("_"):
                table[name] = ExposedMethod(name, value)
        seen.update(base.__dict__)
    return table
