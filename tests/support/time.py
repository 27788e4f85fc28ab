"""The time of a process that runs a reactor, advanced by a test."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater


class ReactorTime:
    """The time of a reactor: real time, advanced on demand."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._real = reactor.seconds
        self._ahead = 0.0
        # All timers use the reactor, including those of Twisted and Autobahn.
        reactor.seconds = self.seconds

    def seconds(self) -> float:
        """Return the time in seconds."""
        return float(self._real() + self._ahead)

    def advance(self, seconds: float) -> Deferred[None]:
        """Advance the time. The Deferred fires when every timer due by then has run."""
        self._ahead += seconds
        done: Deferred[None] = deferLater(self._reactor, 0)
        # Timers that ran may have scheduled calls for the next turn.
        return done.addCallback(lambda _: deferLater(self._reactor, 0))
