"""Garbage collection by a signal, so that memory is measured without garbage."""

from __future__ import annotations

import gc
import signal

#: The line that is printed after each collection.
COLLECTED = "garbage collected"


def collectAtSignal() -> None:
    """Collect garbage at each C{SIGUSR1} from now on, and print L{COLLECTED}."""

    def collect(*_: object) -> None:
        gc.collect()
        print(COLLECTED, flush=True)

    signal.signal(signal.SIGUSR1, collect)
