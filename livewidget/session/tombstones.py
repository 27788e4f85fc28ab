"""Why sessions have ended, for browsers that ask afterwards."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

#: How many are kept at most; beyond that the oldest is dropped.
MOST = 10_000


class Tombstone(NamedTuple):
    """What is kept of a session that has ended.

    @ivar code: the close code.
    @ivar reason: a sentence for the browser.
    @ivar claim: the claim that the session was bound to, or C{None}.
    @ivar identity: whose session it was, or C{None}.
    """

    code: int
    reason: str
    claim: str | None
    identity: object


class Tombstones:
    """Keeps a L{Tombstone} for each session that has ended, for a while.

    @param seconds: how long each is kept.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._tombstones: dict[str, Tombstone] = {}
        # When each one is dropped, in this order, and its page id.
        self._ends: deque[tuple[float, str]] = deque()

    def __len__(self) -> int:
        return len(self._tombstones)

    def keep(self, pageId: str, tombstone: Tombstone, now: float) -> None:
        """Keep a tombstone; one that is kept for the session already is replaced.

        @param now: the clock's seconds.
        """
        self._dropOld(now)
        if pageId not in self._tombstones:
            if len(self._ends) >= MOST:
                self._tombstones.pop(self._ends.popleft()[1], None)
            self._ends.append((now + self._seconds, pageId))
        self._tombstones[pageId] = tombstone

    def find(self, pageId: str, claim: str, now: float) -> Tombstone | None:
        """Return the tombstone of a session, if it is kept and was not bound to another claim.

        @param now: the clock's seconds.
        """
        self._dropOld(now)
        found = self._tombstones.get(pageId)
        return found if found is not None and found.claim in (None, claim) else None

    def _dropOld(self, now: float) -> None:
        while self._ends and self._ends[0][0] <= now:
            self._tombstones.pop(self._ends.popleft()[1], None)
