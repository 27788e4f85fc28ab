"""The sessions that have something to send at the end of a reactor turn."""

from __future__ import annotations

from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget.logs import logFailure

_log = Logger()


class Flushes(Protocol):
    """Anything that may have something to send."""

    def flushNow(self, now: float) -> None:
        """Send everything that is unsent.

        @param now: the clock's seconds.
        """


class FlushQueue:
    """Flushes each session once, at the end of a reactor turn.

    Everything that one turn produces for a connection then costs one system call, instead of
    one per message. This is most of the speed of a fan-out.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._waiting: list[Flushes] = []
        self._next: IDelayedCall | None = None

    def add(self, session: Flushes) -> None:
        """Flush a session at the end of this turn. The caller must not add it twice."""
        if not self._waiting:
            self._next = self._clock.callLater(0, self.end)
        self._waiting.append(session)

    def end(self) -> None:
        """Flush all sessions that were added."""
        later, self._next = self._next, None
        if later is not None and later.active():
            later.cancel()
        waiting, self._waiting = self._waiting, []
        now = self._clock.seconds()
        for session in waiting:
            try:
                session.flushNow(now)
            except BaseException:
                # The reactor would log it too, but the sessions after this one must be flushed.
                logFailure(_log, "sending failed", Failure())


class ImmediateFlush(FlushQueue):
    """Flushes each session immediately, where no reactor runs."""

    def add(self, session: Flushes) -> None:
        """Flush a session now."""
        session.flushNow(self._clock.seconds())
