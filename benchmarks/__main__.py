"""Run all benchmarks without peers, one after another."""

from __future__ import annotations

import sys

from benchmarks.micro import idle, render, size

#: Enough to show that they run, and that no figure is far off.
SHORT_RENDER = ["--rounds=3", "--seconds=0.5"]
SHORT_IDLE = ["--pages=500", "--seconds=0.5"]


def main() -> None:
    """Run the benchmarks, with C{--short} for less time."""
    short = sys.argv[1:] == ["--short"]
    if sys.argv[1:] and not short:
        sys.exit("usage: python -m benchmarks [--short]")
    size.main()
    print()
    render.main(SHORT_RENDER if short else [])
    print()
    idle.main(SHORT_IDLE if short else [])


if __name__ == "__main__":
    main()
