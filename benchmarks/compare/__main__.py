"""Compare livewidget with its peers: C{make bench}; C{make bench-quick} for C{--quick}."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping

from benchmarks.compare.comparison import Comparison
from benchmarks.compare.machine import LOAD_CORE, checkMachine
from benchmarks.compare.plan import FULL, QUICK
from benchmarks.compare.plots import plots
from benchmarks.compare.report import report
from benchmarks.compare.versions import versions
from benchmarks.serving import BUILD, ROOT


def main() -> None:
    """Measure, print the report, and write it to files with its plots and samples."""
    parser = argparse.ArgumentParser(prog="benchmarks.compare", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="only a few measurements, in under a minute"
    )
    options = parser.parse_args()
    checkMachine(("load", "kernelmax"), "bench-quick" if options.quick else "bench")
    # Off the server's core, like the load generator.
    os.sched_setaffinity(0, {LOAD_CORE})
    comparison = Comparison(QUICK if options.quick else FULL)
    comparison.run()
    found = versions()
    text = report(comparison.samples, comparison.growths, found, comparison.troubles)
    name = "quick" if options.quick else "report"
    _write(comparison, name, text, found)
    print(text)
    where = BUILD.relative_to(ROOT)
    print(f"{comparison.seconds:.0f} seconds; see {where}/{name}.md, {name}.json and *.svg there")
    sys.exit(1 if comparison.troubles else 0)


def _write(comparison: Comparison, name: str, text: str, found: Mapping[str, str]) -> None:
    (BUILD / f"{name}.md").write_text(text)
    growths = {growth.name: growth.lines for growth in comparison.growths}
    comparison.samples.save(
        BUILD / f"{name}.json",
        versions=found,
        growths=growths,
        seconds=round(comparison.seconds, 1),
    )
    for file, svg in plots(comparison.samples, comparison.growths).items():
        # The plots of the full comparison are kept.
        (BUILD / (file if name == "report" else f"{name}-{file}")).write_text(svg)


if __name__ == "__main__":
    main()
