"""So many a second, and no more."""

from __future__ import annotations


class Pace:
    """Lets so many things happen a second, and as many at once after a pause.

    That is the generic cell rate algorithm: all it keeps is when the things that have happened
    would be over, had they happened one after the other.

    @param rate: how many a second.
    """

    __slots__ = ("_at", "_each", "_most", "_over")

    def __init__(self, rate: float) -> None:
        self._each = 1 / rate
        # How far ahead they may be for one more to happen; with a little for the rounding.
        self._most = max(1.0, self._each) - self._each * 15 / 16
        self._over = self._at = 0.0

    def take(self, now: float) -> bool:
        """Whether one more may happen now; then it has.

        @param now: seconds of any clock, from 0 on.
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
