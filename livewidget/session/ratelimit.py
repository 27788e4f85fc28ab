"""A rate limiter."""

from __future__ import annotations


class RateLimit:
    """Allows C{rate} events per second, with bursts of the same size after an idle second.

    This is the generic cell rate algorithm (GCRA, ITU-T I.371). Its only state is the time at
    which the events so far would be over if they had been spread evenly.

    @param rate: events per second.
    """

    __slots__ = ("_at", "_each", "_most", "_over")

    def __init__(self, rate: float) -> None:
        self._each = 1 / rate
        # How far ahead of now the events may be for one more to be allowed; the 15/16 leave
        # room for rounding errors.
        self._most = max(1.0, self._each) - self._each * 15 / 16
        self._over = self._at = 0.0

    def allow(self, now: float) -> bool:
        """Return whether an event may happen now; if so, it is counted.

        @param now: the seconds of any clock, from 0 on.
        """
        over = self._over
        if now < self._at:
            # The clock was set back.
            over -= self._at - now
        self._at = now
        if over < now:
            self._over = now + self._each
            return True
        allowed = over - now <= self._most
        self._over = over + self._each if allowed else over
        return allowed
