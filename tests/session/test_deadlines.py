"""Tests of L{livewidget.session.session}: how long a page waits for its browser."""

from __future__ import annotations

import pytest

from livewidget import ProtocolError
from tests.support.lifecycle import Diary
from tests.support.pages import Bench


class TestWindow:
    """Pages that wait for a first or for another connection."""

    def test_pageThatNobodyConnectsToEndsAfter30Seconds(self) -> None:
        """A page that is not connected within 30 s ends with 4404."""
        diary = Diary()
        bench = Bench()
        page = bench.page(diary)
        bench.clock.advance(29.9)
        assert page.ended is None
        bench.clock.advance(0.1)
        assert page.ended is not None
        assert page.ended.code == 4404
        assert diary.notes == ["detached"]
        assert len(bench.pages) == 0

    def test_lostPageEndsAfter60Seconds(self) -> None:
        """A page whose connection is lost waits 60 s and then ends."""
        diary = Diary()
        browser = Bench().live(diary)
        clock = browser.bench.clock
        clock.advance(10)
        browser.lose()
        clock.advance(59.9)
        assert diary.notes == ["made"]
        clock.advance(0.1)
        assert diary.notes == ["made", "lost", "detached"]
        assert diary.reasons[0].code == 4404

    def test_eachLossStartsANewWindow(self) -> None:
        """Each lost connection starts a window of 60 s."""
        bench = Bench()
        page = bench.page(Diary())
        for connection in range(1, 5):
            bench.connect(page, connection).lose()
            bench.clock.advance(59)
        assert page.ended is None


class TestLeaving:
    """Pages that their browser leaves."""

    def test_pageThatIsLeftEndsAfter4Seconds(self) -> None:
        """A page that is left ends after 4 s, whether its connection is lost or not."""
        for lost in (True, False):
            browser = Bench().live(Diary())
            browser.page.leaving(browser.connection)
            if lost:
                browser.lose()
            browser.bench.clock.advance(3.9)
            assert browser.page.ended is None
            browser.bench.clock.advance(0.1)
            assert browser.page.ended is not None
            assert browser.bench.clock.getDelayedCalls() == []

    def test_leavingAfterTheLossEndsThePageAfter4Seconds(self) -> None:
        """A lost page may be left too, and a second notice does not extend the 4 s."""
        browser = Bench().live(Diary())
        browser.lose()
        browser.page.leaving(1)
        browser.bench.clock.advance(3)
        browser.page.leaving(1)
        browser.bench.clock.advance(1)
        assert browser.page.ended is not None

    def test_pageThatIsRestoredHasTheLongWindowAgain(self) -> None:
        """A page that the back/forward cache restores has the window of 60 s again."""
        bench = Bench()
        page = bench.page(Diary())
        first = bench.connect(page, 1)
        page.leaving(1)
        first.lose()
        bench.clock.advance(3)
        bench.connect(page, 2).lose()
        bench.clock.advance(59)
        assert page.ended is None

    def test_helloFromBeforeTheLeavingIsRefused(self) -> None:
        """A hello that was sent before the page was left, and arrives later, gets 4409."""
        bench = Bench()
        page = bench.page(Diary())
        bench.connect(page, 1)
        page.leaving(2)
        with pytest.raises(ProtocolError) as caught:
            bench.connect(page, 2)
        assert caught.value.code == 4409
        bench.clock.advance(4)
        assert page.ended is not None

    def test_copyOfALeftPageIsRefused(self) -> None:
        """Another copy of a page that was left gets 4404, and so loads a fresh page."""
        bench = Bench()
        page = bench.page(Diary())
        bench.connect(page, 1)
        page.leaving(1)
        with pytest.raises(ProtocolError) as caught:
            bench.connect(page, 1, claim="another-claim-of-a-test")
        assert caught.value.code == 4404

    def test_pageThatIsLeftBeforeConnectingEndsAfter4Seconds(self) -> None:
        """A page that is left before it connects ends after 4 s."""
        bench = Bench()
        page = bench.page(Diary())
        page.leaving(1)
        bench.clock.advance(4)
        assert page.ended is not None

    def test_leavingOnAnOlderConnectionIsIgnored(self) -> None:
        """A connection that was taken over cannot declare the page left."""
        bench = Bench()
        page = bench.page(Diary())
        bench.connect(page, 1)
        newer = bench.connect(page, 2)
        page.leaving(1)
        newer.lose()
        bench.clock.advance(59)
        assert page.ended is None


class TestHeartbeat:
    """Heartbeats, and connections that are silent."""

    def test_helloMayShortenTheHeartbeatOfItsConnection(self) -> None:
        """A hello may ask for a shorter heartbeat for its connection, but not for a longer one."""
        bench = Bench()
        page = bench.page(Diary())
        for connection, wanted, given in [(1, 4.0, 4.0), (2, None, 25.0), (3, 30.0, 25.0)]:
            browser = bench.connect(page, connection, heartbeat=wanted)
            assert browser.welcome is not None
            assert browser.welcome.heartbeat == given
            bench.clock.advance(given - 0.1)
            assert browser.acknowledged == []
            bench.clock.advance(0.1)
            assert browser.acknowledged == [0]

    def test_silentServerSendsAHeartbeatAfter25Seconds(self) -> None:
        """A server that has sent nothing for 25 s sends a heartbeat."""
        browser = Bench().live(Diary())
        clock = browser.bench.clock
        clock.advance(24.9)
        assert browser.acknowledged == []
        clock.advance(0.1)
        assert browser.acknowledged == [0]

    def test_sentMessagePostponesTheHeartbeat(self) -> None:
        """A message from the server postpones its heartbeat. A frame from the browser does not."""
        diary = Diary()
        browser = Bench().live(diary)
        clock = browser.bench.clock
        clock.advance(20)
        browser.acknowledge(0)
        diary.callRemoteOnly("show")
        clock.advance(24)
        assert browser.acknowledged == []
        clock.advance(1)
        assert browser.acknowledged == [0]

    def test_silentConnectionIsClosedAfter45Seconds(self) -> None:
        """A connection is closed with 4408 after 45 s of silence. The page then waits for 60 s."""
        browser = Bench().live(Diary())
        clock = browser.bench.clock
        clock.pump([1] * 44)
        assert browser.closed == []
        clock.advance(1)
        assert [code for code, _ in browser.closed] == [4408]
        assert browser.page.ended is None
        clock.pump([1] * 59)
        assert browser.page.ended is None
        clock.advance(1)
        assert browser.page.ended is not None

    def test_answeredHeartbeatsKeepTheConnectionOpen(self) -> None:
        """A browser that answers each heartbeat stays connected for hours."""
        browser = Bench().live(Diary())
        for _ in range(300):
            browser.bench.clock.advance(25)
            browser.acknowledge(0)
        assert browser.closed == []
        assert len(browser.acknowledged) == 300
