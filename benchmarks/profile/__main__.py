"""Show where the server's time goes, per call and per delivery: C{make profile}."""

from __future__ import annotations

import argparse
import os
import sys

from benchmarks.compare.machine import LOAD_CORE, checkMachine
from benchmarks.profile.looking import LOADS, look
from benchmarks.profile.report import profile
from benchmarks.serving import BUILD, Trouble


def main() -> None:
    """Profile the server under each load, print tables, and write them to a file."""
    parser = argparse.ArgumentParser(prog="benchmarks.profile", description=__doc__)
    parser.add_argument(
        "loads", nargs="*", metavar="LOAD", help=f"any of {', '.join(LOADS)}; by default all"
    )
    names = parser.parse_args().loads or list(LOADS)
    unknown = [name for name in names if name not in LOADS]
    if unknown:
        parser.error(f"{unknown[0]!r} is not a load; use {', '.join(LOADS)}")
    checkMachine(("load",), "profile")
    # Off the server's core, like the load generator.
    os.sched_setaffinity(0, {LOAD_CORE})
    try:
        text = profile([look(LOADS[name]) for name in names])
    except Trouble as error:
        sys.exit(str(error))
    (BUILD / "profile.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
