"""Tests of C{livewidget.session.tombstones}.

A browser that asks for a page that has ended hears why.
"""

from __future__ import annotations

import pytest

from livewidget import LiveElement, ProtocolError
from livewidget.page.page import Page
from tests.support.pages import CLAIM, Bench


def whatIsSaid(bench: Bench, page: Page, claim: str = CLAIM) -> tuple[int, str]:
    """What a browser hears that asks for a page."""
    with pytest.raises(ProtocolError) as caught:
        bench.connect(page, 9, claim=claim)
    return caught.value.code, caught.value.reason


GONE = (4404, "no such page, or it has ended")


class TestSaid:
    """By the code and reason with which it ended."""

    @pytest.mark.parametrize("how", ["connected", "lost", "never"])
    def test_closed(self, how: str) -> None:
        """Whether it was connected when the application closed it, or not, or not yet."""
        bench = Bench()
        page = bench.page(LiveElement())
        if how != "never":
            browser = bench.connect(page)
        if how == "lost":
            browser.lose()
        page.close("Good night.")
        assert whatIsSaid(bench, page) == (4000, "Good night.")

    def test_forAWhile(self) -> None:
        """It is kept for as long as a browser may take to come back, without a timer."""
        bench = Bench(resumeWindow=60)
        pages = [bench.live(LiveElement()).page for _ in range(2)]
        pages[0].close("one")
        bench.clock.advance(30)
        pages[1].close("two")
        bench.clock.advance(29)
        assert [whatIsSaid(bench, page)[0] for page in pages] == [4000, 4000]
        bench.clock.advance(1)
        assert [whatIsSaid(bench, page)[0] for page in pages] == [4404, 4000]
        bench.clock.advance(30)
        assert [whatIsSaid(bench, page) for page in pages] == [GONE, GONE]
        assert bench.clock.getDelayedCalls() == []
        assert len(bench.pages._tombstones) == 0

    def test_over(self) -> None:
        """A page that nobody came back to has no other reason than that it is gone."""
        bench = Bench()
        page = bench.page(LiveElement())
        bench.connect(page).lose()
        bench.clock.advance(60)
        assert whatIsSaid(bench, page) == GONE
        assert len(bench.pages._tombstones) == 0

    def test_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """So many are kept; the oldest goes."""
        monkeypatch.setattr("livewidget.session.tombstones.MOST", 3)
        bench = Bench()
        pages = [bench.page(LiveElement()) for _ in range(5)]
        for page in pages:
            page.close()
        assert [whatIsSaid(bench, page)[0] for page in pages] == [4404, 4404, 4000, 4000, 4000]
        assert len(bench.pages._tombstones) == 3


class TestToWhom:
    """To the browser whose page it was."""

    def test_otherClaim(self) -> None:
        """Another claim hears that there is no such page."""
        bench = Bench()
        page = bench.page(LiveElement())
        bench.connect(page)
        page.close("Good night.")
        assert whatIsSaid(bench, page, claim="the-claim-of-another") == GONE
        assert whatIsSaid(bench, page) == (4000, "Good night.")
