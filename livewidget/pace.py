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
        saved = self._saved
        if self._at is not None and now > self._at:
            saved += (now - self._at) * self._rate
            if saved > self._most:
                saved = self._most
        self._at = now
        allowed = saved >= 1
        self._saved = saved - 1 if allowed else saved
        return allowed
