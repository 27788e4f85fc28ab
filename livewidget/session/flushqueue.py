"""What is done once at the end of a turn of the reactor."""

from __future__ import annotations

from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget.logs import logFailure

_log = Logger()


class Flushes(Protocol):
    """Whoever may have something to send."""

    def flushNow(self, now: float) -> None:
        """Send what there is by now, in seconds of the clock."""


class Turn:
    """Has pages flush when the turn of the reactor is over.

    What one turn produces for a connection then costs one system call, and not one for
    each message: that is most of the speed of a fan-out.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._waiting: list[Flushes] = []
        self._next: IDelayedCall | None = None

    def add(self, page: Flushes) -> None:
        """Have it flush at the end of this turn. It sees to it that it is added once."""
        if not self._waiting:
            self._next = self._clock.callLater(0, self.end)
        self._waiting.append(page)

    def end(self) -> None:
        """The turn is over: all that were added flush."""
        later, self._next = self._next, None
        if later is not None and later.active():
            later.cancel()
        waiting, self._waiting = self._waiting, []
        now = self._clock.seconds()
        for page in waiting:
            try:
                page.flushNow(now)
            except BaseException:
                # As the reactor does it; the others are not to miss their turn.
                logFailure(_log, "sending failed", Failure())


class NoTurn(Turn):
    """Has pages flush at once, where there is no reactor."""

    def add(self, page: Flushes) -> None:
        """Have it flush."""
        page.flushNow(self._clock.seconds())
