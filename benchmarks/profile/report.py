"""Format profiles in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter

from benchmarks.compare.report import table
from benchmarks.profile.functions import Function, without
from benchmarks.profile.looking import Looked
from benchmarks.profile.places import PLACES, placeOf
from benchmarks.profile.window import Seen

#: The number of functions in a table.
SLOWEST = 25
#: System calls that are rarer than this per call or delivery are left out.
RAREST = 0.001

_INTRODUCTION = (
    "Times are in microseconds of the server's process. A profiler makes everything slower, and "
    "short functions the most. The first line of each load has the time without the profiler. "
    "Shares are estimates: the time that the profiler adds is subtracted evenly per call, half of "
    "it from the caller and half from the called function."
)

#: The kinds of functions.
_KINDS: dict[str, Callable[[Function], bool]] = {
    "the interpreter: functions in Python": lambda function: function.isPython,
    "functions in C": lambda function: not (function.isPython or function.isOfKernel),
    "system calls": lambda function: function.isOfKernel,
}


def profile(all: Sequence[Looked]) -> str:
    """Return all loads: first a table of their shares, then each by itself."""
    parts = ["# Where the time goes", _INTRODUCTION, summary(all)]
    for looked in all:
        parts += [f"## {looked.load.title}", *_one(looked)]
    return "\n\n".join(parts) + "\n"


def summary(all: Sequence[Looked]) -> str:
    """Return a table with the time without a profiler, and the estimated shares."""
    guessed = [estimate(one) for one in all]
    rows = [["µs of the process", *(f"{_micros(one, one.plain):.1f}" for one in all)]]
    for place in PLACES:
        rows.append([place, *(_share(_of(place, functions), functions) for functions in guessed)])
    for whose, fits in _KINDS.items():
        shares = (_share(filter(fits, functions), functions) for functions in guessed)
        rows.append([whose, *shares])
    return table(("", *(one.load.each for one in all)), rows)


def estimate(looked: Looked) -> list[Function]:
    """Return the functions with the estimate of their own time, the slowest first."""
    seen = looked.profiled
    plain = looked.plain.seconds / _units(looked, looked.plain) * _units(looked, seen)
    guessed = without(seen.functions, max(0.0, seen.seconds - plain))
    return sorted(guessed, key=attrgetter("own"), reverse=True)


def _one(looked: Looked) -> Iterator[str]:
    unit, guessed = looked.load.unit, estimate(looked)
    whose = ", ".join(
        f"{_share(filter(fits, guessed), guessed)} {name}" for name, fits in _KINDS.items()
    )
    plain = looked.plain
    yield (
        f"{_micros(looked, plain):.1f} µs per {unit}, {_percent(plain.system, plain.seconds)} of "
        f"them in the kernel; {_micros(looked, looked.profiled):.1f} µs with the profiler. "
        f"Shares: {whose}."
    )
    head = ("calls", "own µs, profiled", "with all it calls", "own µs, estimate", "share")
    yield table((f"per {unit}", *head), list(_rows(looked, guessed)))
    yield _syscalls(looked)


def _rows(looked: Looked, guessed: Sequence[Function]) -> Iterator[list[str]]:
    units = _units(looked, looked.profiled)
    profiled = {(f.module, f.name, f.isPython): f.own for f in looked.profiled.functions}
    slowest = guessed[:SLOWEST]

    def row(title: str, functions: Sequence[Function]) -> list[str]:
        own = sum(profiled[f.module, f.name, f.isPython] for f in functions)
        one = functions[0] if title.startswith("`") else None
        return [
            title,
            f"{one.calls / units:.3g}" if one else "",
            f"{own / units * 1e6:.2f}",
            f"{one.total / units * 1e6:.2f}" if one else "",
            f"{_own(functions) / units * 1e6:.2f}",
            _share(functions, guessed),
        ]

    for place in PLACES:
        inside = _of(place, guessed)
        if inside:
            yield row(f"**{place}**", inside)
        for function in _of(place, slowest):
            yield row(f"`{function.title}`", [function])


def _syscalls(looked: Looked) -> str:
    if looked.counting is None:
        return f"System calls were not counted: {looked.trouble}."
    units = _units(looked, looked.counting)
    counts = {name: calls / units for name, calls in looked.calls.items()}
    often = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    text = ", ".join(f"`{name}` {count:.3g}" for name, count in often if count >= RAREST)
    return f"System calls per {looked.load.unit}, without the profiler: {text}."


def _of(place: str, functions: Sequence[Function]) -> list[Function]:
    return [function for function in functions if placeOf(function.module) == place]


def _own(functions: Iterable[Function]) -> float:
    return sum(function.own for function in functions)


def _units(looked: Looked, seen: Seen) -> int:
    return max(1, seen.asked * looked.load.units)


def _micros(looked: Looked, seen: Seen) -> float:
    return seen.seconds / _units(looked, seen) * 1e6


def _share(part: Iterable[Function], whole: Iterable[Function]) -> str:
    return _percent(_own(part), _own(whole))


def _percent(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole else "-"
