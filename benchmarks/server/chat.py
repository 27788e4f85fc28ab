"""The chat example, whose idle pages are measured."""

from __future__ import annotations

import signal
from typing import Any

from benchmarks.server.garbage import collectAtSignal
from examples.chat import chat


def chatter() -> Any:
    """Return a new element: C{twistd live-widget --element=benchmarks.server.chat.chatter}."""
    # At the first page, since importing a module must change nothing.
    if signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL:
        collectAtSignal()
    return chat()
