"""Check that servers can be measured on a core of their own."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

from benchmarks.serving import BUILD

#: The cores of the server and of the load generator.
SERVER_CORE, LOAD_CORE = 0, 1


def checkMachine(programs: Sequence[str], target: str) -> None:
    """End the process with a message if something is missing.

    @param programs: the compiled programs that are needed.
    @param target: the C{make} target that compiles them.
    """
    if not {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0):
        sys.exit("The comparison needs two cores: 0 for the server and 1 for the load generator.")
    if shutil.which("taskset") is None:
        sys.exit("taskset was not found. Install util-linux.")
    for file in programs:
        if not (BUILD / file).exists():
            sys.exit(f"{file} is not compiled: run `make {target}`")
