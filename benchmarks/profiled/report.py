"""What a profile says, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter

from benchmarks.compare.report import table
from benchmarks.profiled.functions import Function
from benchmarks.profiled.looking import Looked
from benchmarks.profiled.places import PLACES, placeOf
from benchmarks.profiled.window import Seen

#: How many functions a table has.
DEAREST = 25
#: A system call that is rarer, for each call or delivery, is left out.
RAREST = 0.001

_INTRODUCTION = (
    "In microseconds of the server's process. A profiler makes everything slower, and short "
    "functions in Python the most: read the columns that have it as shares, and look for the real "
    "time in the first line of each load."
)


def profile(all: Sequence[Looked]) -> str:
    """All loads: first their shares beside each other, then each by itself."""
    parts = ["# Where the time goes", _INTRODUCTION, summary(all)]
    for looked in all:
        parts += [f"## {looked.load.title}", *_one(looked)]
    return "\n\n".join(parts) + "\n"


def summary(all: Sequence[Looked]) -> str:
    """Of each load, the time without a profiler, and the shares that the profiler gives."""
    rows = [
        ["µs for each, no profiler", *(f"{_micros(one, one.plain):.1f}" for one in all)],
        ["of that in the kernel", *(_percent(one.plain.system, one.plain.seconds) for one in all)],
    ]
    for place in PLACES:
        own = [_own(_of(place, one.profiled.functions)) for one in all]
        shares = [_share(part, one.profiled) for part, one in zip(own, all, strict=True)]
        rows.append([place, *shares])
    for title, kind in (("in Python", _isPython), ("in C", _isC), ("to the kernel", _isKernel)):
        kept = [list(filter(kind, one.profiled.functions)) for one in all]
        shares = [_share(_own(part), one.profiled) for part, one in zip(kept, all, strict=True)]
        rows.append([f"functions {title}", *shares])
    head = ["", *(f"{one.load.title.lower()}: a {one.load.unit}" for one in all)]
    return table(head, rows)


def _isPython(function: Function) -> bool:
    return function.isPython


def _isC(function: Function) -> bool:
    return not function.isPython and not function.isOfKernel


def _isKernel(function: Function) -> bool:
    return function.isOfKernel


def _one(looked: Looked) -> Iterator[str]:
    unit, seen = looked.load.unit, looked.profiled
    plain, slow = _micros(looked, looked.plain), _micros(looked, seen)
    yield (
        f"{plain:.1f} µs for each {unit}, of which the kernel has "
        f"{_percent(looked.plain.system, looked.plain.seconds)}; {slow:.1f} µs with the profiler. "
        f"Of what the profiler sees, {_share(_own(filter(_isPython, seen.functions)), seen)} is "
        "the interpreter's."
    )
    yield table(
        (f"for each {unit}", "calls", "own µs", "and all it calls", "share"), list(_rows(looked))
    )
    yield _syscalls(looked)


def _rows(looked: Looked) -> Iterator[list[str]]:
    functions = sorted(looked.profiled.functions, key=attrgetter("own"), reverse=True)
    dearest, rest = functions[:DEAREST], functions[DEAREST:]
    for place in PLACES:
        inside = _of(place, functions)
        if not inside:
            continue
        own = _own(inside)
        yield [
            f"**{place}**",
            "",
            f"**{own / _units(looked, looked.profiled) * 1e6:.2f}**",
            "",
            f"**{_share(own, looked.profiled)}**",
        ]
        yield from (_row(looked, function) for function in _of(place, dearest))
    if rest:
        own = _own(rest)
        micros = own / _units(looked, looked.profiled) * 1e6
        share = _share(own, looked.profiled)
        yield [f"of these, {len(rest)} functions not named", "", f"{micros:.2f}", "", share]


def _row(looked: Looked, function: Function) -> list[str]:
    units = _units(looked, looked.profiled)
    return [
        f"`{function.title}`",
        f"{function.calls / units:.3g}",
        f"{function.own / units * 1e6:.2f}",
        f"{function.total / units * 1e6:.2f}",
        _share(function.own, looked.profiled),
    ]


def _syscalls(looked: Looked) -> str:
    if looked.counting is None:
        return f"System calls were not counted: {looked.trouble}."
    units = _units(looked, looked.counting)
    counts = {name: calls / units for name, calls in looked.calls.items()}
    often = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    text = ", ".join(f"`{name}` {count:.3g}" for name, count in often if count >= RAREST)
    return f"System calls for each {looked.load.unit}, counted without the profiler: {text}."


def _of(place: str, functions: Sequence[Function]) -> list[Function]:
    return [function for function in functions if placeOf(function.module) == place]


def _own(functions: Iterator[Function] | Sequence[Function]) -> float:
    return sum(function.own for function in functions)


def _units(looked: Looked, seen: Seen) -> int:
    return max(1, seen.asked * looked.load.units)


def _micros(looked: Looked, seen: Seen) -> float:
    return seen.seconds / _units(looked, seen) * 1e6


def _share(own: float, seen: Seen) -> str:
    return _percent(own, _own(seen.functions))


def _percent(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole else "-"
