"""The report, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.compare.contestants import CONTESTANTS
from benchmarks.compare.growth import Growth
from benchmarks.compare.samples import Samples, isOverload
from benchmarks.compare.targets import TARGETS

_NOTHING = "-"
_HEAD = (
    *("server", "fan-out, saturated", "ratio", "one at a time", "ratio"),
    *("p50 / p99 ms at 20/s", "calls per second", "ratio", "KiB per client"),
)


def report(
    samples: Samples,
    growths: Sequence[Growth],
    versions: Mapping[str, str],
    troubles: Sequence[str],
) -> str:
    """Return the whole report."""
    parts = [
        "# livewidget and its peers",
        "Fan-out is in deliveries per second of 200 bytes to 1,000 receivers, with 8 broadcasts in "
        "flight and with one. Calls are made by 100 clients, one at a time each. Figures are "
        "medians; ± is half of the range. A ratio is livewidget's figure divided by that of the "
        "row: the median of the rounds, each scaled to the same speed of the server's core.",
        *filter(None, [samples.disturbance()]),
        table(_HEAD, [_row(samples, name) for name in CONTESTANTS if _isMeasured(samples, name)]),
        "## Targets",
        table(("figure", "target", "measured", ""), list(_targets(samples))),
        *_renderings(samples),
        *(_growth(growth) for growth in growths),
        "## Versions",
        ", ".join(f"{name} {number}" for name, number in versions.items()),
    ]
    remarks = [*(f"FAILED: {trouble}" for trouble in troubles), *samples.remarks()]
    if remarks:
        parts += ["## Remarks", "\n".join(f"- {remark}" for remark in remarks)]
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, with all columns but the first aligned right."""
    rule = ["---", *("--:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def _isMeasured(samples: Samples, name: str) -> bool:
    return any(sample["contestant"] == name for sample in samples.samples)


def _row(samples: Samples, name: str) -> list[str]:
    cells = [CONTESTANTS[name].title]
    for load in ("saturated", "single"):
        cells += [_rate(samples, name, load), _ratio(samples, name, load)]
    cells.append(_latency(samples, name))
    cells += [_rate(samples, name, "calls"), _ratio(samples, name, "calls")]
    kib = samples.figure(name, "idle", "kib")
    return [*cells, _NOTHING if kib is None else f"{kib:.1f}"]


def _rate(samples: Samples, name: str, load: str) -> str:
    rate = samples.figure(name, load, "rate")
    if rate is None:
        return _NOTHING
    return f"{rate:,.0f} ±{samples.spread(name, load, 'rate'):.0%}"


def _ratio(samples: Samples, name: str, load: str) -> str:
    if name == "livewidget":
        return "1" if samples.figure(name, load, "rate") is not None else _NOTHING
    ratio = samples.ratio(("livewidget", load), (name, load), "rate")
    return _NOTHING if ratio is None else f"{ratio:.2f}"


def _latency(samples: Samples, name: str) -> str:
    p50, p99 = (samples.figure(name, "paced", figure) for figure in ("p50_us", "p99_us"))
    if p50 is None or p99 is None:
        return _NOTHING
    if any(isOverload(sample) for sample in samples.of(name, "paced")):
        return "overload"
    return f"{p50 / 1000:.1f} / {p99 / 1000:.1f}"


def _targets(samples: Samples) -> Iterator[list[str]]:
    for target in TARGETS:
        word = "at most" if target.atMost else "at least"
        wanted = f"{word} {target.bound:g}"
        value = target.measured(samples)
        if value is None:
            yield [target.title, wanted, _NOTHING, "not measured"]
        else:
            yield [target.title, wanted, f"{value:.2f}", "met" if target.isMet(value) else "MISSED"]


def _renderings(samples: Samples) -> Iterator[str]:
    for sample in samples.of("livewidget", "render"):
        yield (
            f"Pages of the chat rendered: {sample['rate']:,.0f} per second on one core, "
            f"{sample['ratio']:.2f} of the rate of Jinja2 alone. "
            f"JavaScript: {sample['gzipped']:,} bytes gzipped."
        )


def _growth(growth: Growth) -> str:
    head = [f"{growth.per}", *(f"{name}, {growth.unit}" for name in growth.lines)]
    rows = [
        [f"{points[0][0]:,.0f}", *(f"{y:.3g}" for _, y in points)]
        for points in zip(*growth.lines.values(), strict=True)
    ]
    parts = [f"## {growth.title}", f"![{growth.title}]({growth.name}.svg)", table(head, rows)]
    return "\n\n".join([*parts, growth.note] if growth.note else parts)
