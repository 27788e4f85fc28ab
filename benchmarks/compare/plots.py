"""The plots of a comparison."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.compare.contestants import CONTESTANTS
from benchmarks.compare.growth import Growth
from benchmarks.compare.samples import Samples
from benchmarks.plots.bars import Bar, barPlot
from benchmarks.plots.lines import linePlot

_BARS = [
    ("saturated", "rate", "Fan-out, saturated", "deliveries per second to 1,000 receivers"),
    (
        "single",
        "rate",
        "Fan-out, one broadcast at a time",
        "deliveries per second to 1,000 receivers",
    ),
    ("calls", "rate", "Calls", "per second, of 100 clients with one call each"),
    ("idle", "kib", "Memory of an idle client", "KiB of the server; less is better"),
]


def plots(samples: Samples, growths: Sequence[Growth]) -> dict[str, str]:
    """Return SVGs by the names of their files."""
    found = {}
    for load, figure, title, under in _BARS:
        bars = _bars(samples, load, figure)
        if bars:
            found[f"{load}.svg"] = barPlot(title, under, bars, _text)
    for growth in growths:
        if not any(y > 0 for points in growth.lines.values() for _, y in points):
            continue
        found[f"{growth.name}.svg"] = linePlot(growth.title, growth.unit, growth.per, growth.lines)
    return found


def _bars(samples: Samples, load: str, figure: str) -> list[Bar]:
    bars = []
    for name, contestant in CONTESTANTS.items():
        value = samples.figure(name, load, figure)
        if value is not None:
            title = contestant.title.replace("*", "").replace("`", "")
            bars.append(Bar(title, value, contestant.isOurs))
    return bars


def _text(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
