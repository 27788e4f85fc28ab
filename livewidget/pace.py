"""So many a second, and no more."""

from __future__ import annotations


class Pace:
    """Lets so many things happen a second, and as many at once after a pause.

    @param rate: how many a second.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        # What may happen at once; it grows with the time, to one second's worth.
        self._most = self._saved = max(1.0, rate)
        self._at: float | None = None

    def take(self, now: float) -> bool:
        """Whether one more may happen now; then it has.

        @param now: seconds of any monotonic clock.
        """
        gained = 0.0 if self._at is None else max(0.0, now - self._at) * self._rate
        self._saved = min(self._most, self._saved + gained)
        self._at = now
        if self._saved < 1:
            return False
        self._saved -= 1
        return True
