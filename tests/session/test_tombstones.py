"""Tests of L{livewidget.session.tombstones}: how a page ended, for a browser that returns."""

from __future__ import annotations

import pytest

from livewidget import LiveElement, ProtocolError
from livewidget.page.page import Page
from tests.support.pages import CLAIM, Bench


def refusal(bench: Bench, page: Page, claim: str = CLAIM) -> tuple[int, str]:
    """Return the code and the reason with which a hello is refused."""
    with pytest.raises(ProtocolError) as caught:
        bench.connect(page, 9, claim=claim)
    return caught.value.code, caught.value.reason


GONE = (4404, "no such page, or it has ended")


class TestReason:
    """The code and the reason that a browser gets."""

    @pytest.mark.parametrize("how", ["connected", "lost", "never"])
    def test_browserLearnsWhyThePageWasClosed(self, how: str) -> None:
        """A browser learns why its page was closed, whether it was connected, lost or new."""
        bench = Bench()
        page = bench.page(LiveElement())
        if how != "never":
            browser = bench.connect(page)
        if how == "lost":
            browser.lose()
        page.close("Good night.")
        assert refusal(bench, page) == (4000, "Good night.")

    def test_pageThatIsAboutToEndGivesItsReason(self) -> None:
        """A browser that asks in the turn before its page ends gets the reason of that end."""
        bench = Bench()
        page = bench.live(LiveElement()).page
        bench.pages.endSoon(page, 4429, "too much")
        assert refusal(bench, page) == (4429, "too much")
        bench.clock.advance(0)
        assert refusal(bench, page) == (4429, "too much")
        assert len(bench.pages._tombstones) == 1

    def test_reasonIsKeptForTheResumeWindow(self) -> None:
        """A reason is kept for the resume window, without a timer."""
        bench = Bench(resumeWindow=60)
        pages = [bench.live(LiveElement()).page for _ in range(2)]
        pages[0].close("one")
        bench.clock.advance(30)
        pages[1].close("two")
        bench.clock.advance(29)
        assert [refusal(bench, page)[0] for page in pages] == [4000, 4000]
        bench.clock.advance(1)
        assert [refusal(bench, page)[0] for page in pages] == [4404, 4000]
        bench.clock.advance(30)
        assert [refusal(bench, page) for page in pages] == [GONE, GONE]
        assert bench.clock.getDelayedCalls() == []
        assert len(bench.pages._tombstones) == 0

    def test_pageThatTimedOutLeavesNoReason(self) -> None:
        """A page that timed out gives 4404, and nothing is kept of it."""
        bench = Bench()
        page = bench.page(LiveElement())
        bench.connect(page).lose()
        bench.clock.advance(60)
        assert refusal(bench, page) == GONE
        assert len(bench.pages._tombstones) == 0

    def test_oldestReasonIsDroppedBeyondTheMaximum(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The oldest reason is dropped beyond the maximum."""
        monkeypatch.setattr("livewidget.session.tombstones.MOST", 3)
        bench = Bench()
        pages = [bench.page(LiveElement()) for _ in range(5)]
        for page in pages:
            page.close()
        assert [refusal(bench, page)[0] for page in pages] == [4404, 4404, 4000, 4000, 4000]
        assert len(bench.pages._tombstones) == 3


class TestClaim:
    """The browsers that may learn how a page ended."""

    def test_otherClaimLearnsNothing(self) -> None:
        """A browser with another claim gets 4404."""
        bench = Bench()
        page = bench.page(LiveElement())
        bench.connect(page)
        page.close("Good night.")
        assert refusal(bench, page, claim="the-claim-of-another") == GONE
        assert refusal(bench, page) == (4000, "Good night.")
