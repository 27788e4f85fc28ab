"""Functions, as a profiler measured them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import CodeType
from typing import Any


@dataclass(frozen=True)
class Function:
    """A function and its time. A function in C is counted separately for each calling module.

    @ivar module: the dotted name of its module, or for C of the caller's; may be empty.
    @ivar name: its name, with its class.
    @ivar isPython: whether it is written in Python.
    @ivar calls: how often it was called.
    @ivar made: how many calls it made.
    @ivar own: seconds in the function itself.
    @ivar total: seconds in the function and all that it called.
    """

    module: str
    name: str
    isPython: bool
    calls: int
    made: int
    own: float
    total: float

    @property
    def isOfKernel(self) -> bool:
        """Return whether the function does little more than a system call."""
        return not self.isPython and self.name.startswith(("_socket.", "select."))

    @property
    def title(self) -> str:
        """Return its title in a table."""
        if not self.isPython:
            return f"{self.name} by {self.module}"
        return f"{self.module}.{self.name}"


def functionsOf(entries: Iterable[Any], modules: Mapping[str, str]) -> list[Function]:
    """Return the functions in the result of a C{cProfile.Profile}.

    @param entries: the result of C{getstats()}.
    @param modules: names of modules, by their files.
    """
    found: dict[tuple[str, str, bool], Function] = {}
    for function in _seen(entries, modules):
        key = (function.module, function.name, function.isPython)
        other = found.get(key)
        found[key] = function if other is None else _sum(function, other)
    return list(found.values())


def without(functions: Sequence[Function], seconds: float) -> list[Function]:
    """Return the functions with an estimate of their own time without the profiler.

    The profiler takes about the same time for each call, half of it in the caller and half
    in the called function.

    @param seconds: the time of the profiler.
    """
    ends = sum(function.calls + function.made for function in functions)
    each = seconds / ends if ends else 0.0
    return [
        replace(function, own=max(0.0, function.own - (function.calls + function.made) * each))
        for function in functions
    ]


def _seen(entries: Iterable[Any], modules: Mapping[str, str]) -> Iterator[Function]:
    for entry in entries:
        module = ""
        if isinstance(entry.code, CodeType):
            module = modules.get(entry.code.co_filename, entry.code.co_filename)
            yield _made(module, entry.code.co_qualname, True, entry)
        # Functions in C are counted with their callers, whose work they do.
        for called in entry.calls or ():
            if isinstance(called.code, str):
                yield _made(module, _nameInC(called.code), False, called)


def _made(module: str, name: str, isPython: bool, entry: Any) -> Function:
    made = sum(called.callcount for called in entry.calls or ()) if isPython else 0
    return Function(
        module, name, isPython, entry.callcount, made, entry.inlinetime, entry.totaltime
    )


def _sum(one: Function, other: Function) -> Function:
    return replace(
        one,
        calls=one.calls + other.calls,
        made=one.made + other.made,
        own=one.own + other.own,
        total=one.total + other.total,
    )


def _nameInC(code: str) -> str:
    method = re.fullmatch(r"<method '(.+)' of '(.+)' objects>", code)
    if method is not None:
        return f"{method[2]}.{method[1]}"
    return code.removeprefix("<built-in method ").removesuffix(">").removeprefix("builtins.")
