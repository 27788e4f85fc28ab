"""Run good and bad clients against a server for a while, and check that nothing is left."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks.figures import table
from tests.acceptance.hostile.besieged import Besieged
from tests.acceptance.soak.rounds import Soak
from tests.support.processes import Server

SERVE = Path(__file__).absolute().parent.parent / "hostile" / "serve.py"

#: The length of a round, in seconds.
ROUND = 4.0

#: The number of rounds after which the server is warm: it has loaded what it needs once.
WARM = 2

#: What it may have gained from then to the end: Python objects, and bytes, of which the allocators
#: keep some that are free.
MOST = {"blocks": 2_000, "memory": 16 * 1024 * 1024}

SHOWN = ("pages", "timers", "files", "blocks", "memory")


def main() -> None:
    """Run the soak, and exit with 1 if something was wrong."""
    parser = argparse.ArgumentParser(prog="tests.acceptance.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    until = time.monotonic() + options.seconds
    server = Server.script(SERVE)
    try:
        server.waitUntilServing()
        soak = Soak(Besieged(server), options.seed)
        while len(soak.rounds) <= WARM or time.monotonic() < until:
            soak.round(ROUND)
        server.stop()
    finally:
        server.kill()
    sys.exit(report(soak))


def report(soak: Soak) -> int:
    """Print the counts. Return 1 if something was wrong."""
    warm, end = soak.rounds[WARM - 1], soak.rounds[-1]
    for name, most in MOST.items():
        if end[name] - warm[name] > most:
            soak.tally.problem(f"{name}: from {warm[name]:,} to {end[name]:,}, over {most:,} more")
    print(soak.tally.table(), end="\n\n")
    marks = {"at the start": soak.start, "when warm": warm, "at the end": end}
    rows = [[when, *(vitals[name] for name in SHOWN)] for when, vitals in marks.items()]
    print(table(["the server", *SHOWN], rows), end="\n\n")
    for problem in soak.tally.problems:
        print(f"WRONG: {problem}")
    print(f"{len(soak.rounds)} rounds, {len(soak.tally.problems)} problems")
    return 1 if soak.tally.problems else 0


if __name__ == "__main__":
    main()
