"""A timer that follows a moving deadline."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime


class DeadlineTimer:
    """Calls C{due} at a deadline that keeps moving.

    A later deadline does not touch the running timer: it fires early, C{due} finds nothing to
    do and sets the deadline again. That is much cheaper than resetting a timer per message.
    The JavaScript twin is C{js/session/timer.js}.

    @param due: called without arguments. It must call L{set} again.
    """

    def __init__(self, clock: IReactorTime, due: Callable[[], Any]) -> None:
        self._clock = clock
        self._due = due
        self._call: IDelayedCall | None = None
        # When the call fires.
        self._at = inf

    def set(self, deadline: float | None) -> None:
        """Fire at C{deadline} or earlier.

        @param deadline: the clock's seconds, or C{None} for never.
        """
        if deadline is None or deadline >= self._at:
            return
        self._at = deadline
        delay = max(0.0, deadline - self._clock.seconds())
        if self._call is None:
            self._call = self._clock.callLater(delay, self._fire)
        else:
            self._call.reset(delay)

    def stop(self) -> None:
        """Do not fire until the deadline is set again."""
        call, self._call = self._call, None
        self._at = inf
        if call is not None:
            call.cancel()

    def _fire(self) -> None:
        self._call = None
        self._at = inf
        self._due()
