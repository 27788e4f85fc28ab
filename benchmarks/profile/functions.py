"""Functions, as a profiler has seen them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import CodeType
from typing import Any


@dataclass(frozen=True)
class Function:
    """One function, and what it took. A function in C is one for each module that calls it.

    @ivar module: where it is, or who calls it, with dots; empty where that is not known.
    @ivar name: of it, with its class.
    @ivar isPython: whether the interpreter runs it.
    @ivar calls: how often it was called.
    @ivar made: how many calls it made.
    @ivar own: seconds in itself.
    @ivar total: seconds in itself and in what it called.
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
        """Whether it does little more than to call the kernel."""
        return not self.isPython and self.name.startswith(("_socket.", "select."))

    @property
    def title(self) -> str:
        """What to call it in a table."""
        if not self.isPython:
            return f"{self.name} by {self.module}"
        return f"{self.module}.{self.name}"


def functionsOf(entries: Iterable[Any], modules: Mapping[str, str]) -> list[Function]:
    """The functions in what a C{cProfile.Profile} gives.

    @param entries: of C{getstats()}.
    @param modules: names of modules by their files.
    """
    found: dict[tuple[str, str, bool], Function] = {}
    for function in _seen(entries, modules):
        key = (function.module, function.name, function.isPython)
        other = found.get(key)
        found[key] = function if other is None else _sum(function, other)
    return list(found.values())


def without(functions: Sequence[Function], seconds: float) -> list[Function]:
    """The functions with their own time as it would be without the profiler: an estimate.

    The profiler takes about as long for each call, half of it in the caller and half in what
    is called.

    @param seconds: what the profiler took.
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
        # What is in C is told by those who call it, since it belongs to their work.
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
