"""Why pages have ended, for browsers that ask afterwards."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from livewidget.page.page import Page

#: How many are kept.
MOST = 10_000


class LastWord(NamedTuple):
    """The code and reason of a page's end; the page has what its browser is known by."""

    code: int
    reason: str
    claim: str | None
    identity: object


class LastWords:
    """Keeps for a while why pages have ended.

    @param seconds: for how long.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._words: dict[str, LastWord] = {}
        # Until when, and of which page; the first one goes first.
        self._ends: deque[tuple[float, str]] = deque()

    def __len__(self) -> int:
        return len(self._words)

    def keep(self, page: Page, code: int, reason: str, now: float) -> None:
        """A page ends; its browser may not hear why."""
        self._forget(now)
        if len(self._ends) >= MOST:
            self._words.pop(self._ends.popleft()[1], None)
        self._words[page.pageId] = LastWord(code, reason, page.claim, page.identity)
        self._ends.append((now + self._seconds, page.pageId))

    def find(self, pageId: str, claim: str, now: float) -> LastWord | None:
        """Why a page has ended, if that is known, for the browser that it was of."""
        self._forget(now)
        word = self._words.get(pageId)
        return word if word is not None and word.claim in (None, claim) else None

    def _forget(self, now: float) -> None:
        while self._ends and self._ends[0][0] <= now:
            self._words.pop(self._ends.popleft()[1], None)
