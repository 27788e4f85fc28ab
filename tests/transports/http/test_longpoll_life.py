"""Tests of C{livewidget.transports.http.longpoll}: heartbeats, silence, takeovers, the end."""

from __future__ import annotations

from typing import Any

import pytest

from livewidget import Limits
from livewidget.page.page import Page
from livewidget.wire.messages import Call
from tests.support.log import Log
from tests.support.poster import Poster
from tests.support.server import Server, show

pytestmark = pytest.mark.usefixtures("readBy")


class TestTimes:
    """Heartbeats and silence, by the clock."""

    def test_heartbeat(self, server: Server, page: Page, browser: Poster) -> None:
        """A poll is answered after the heartbeat, without messages."""
        poll = browser.poll()
        server.clock.advance(24.9)
        assert poll.waits
        server.clock.advance(0.1)
        assert poll.answer() == {"received": 0}

    def test_ownHeartbeat(self, server: Server, page: Page) -> None:
        """By the heartbeat of the connection."""
        browser = Poster(server.resource, page.pageId)
        browser.hello(heartbeat=5)
        poll = browser.poll()
        server.clock.advance(5)
        assert poll.answer() == {"received": 0}

    def test_noPollWaits(self, server: Server, page: Page, browser: Poster) -> None:
        """A heartbeat that is due while none waits does not keep the timer busy."""
        server.clock.advance(25)
        assert server.clock.getDelayedCalls()[0].getTime() > 25
        browser.send(Call(None, 1, "say", ["a"]), first=1)
        server.clock.advance(2)
        assert server.clock.getDelayedCalls()[0].getTime() > 27

    def test_silence(self, server: Server, page: Page, browser: Poster, log: Log) -> None:
        """After 45 s without a request the connection is given up, and the next one is told."""
        server.clock.pump([1] * 44)
        assert page.delivery.connected
        server.clock.advance(1)
        assert not page.delivery.connected
        assert page.ended is None
        assert browser.poll().answer()["close"][0] == 4408
        assert browser.send()["close"][0] == 4408
        browser.connection = 2
        assert browser.hello()["connection"] == 2
        assert log.texts() == []
        page.end(4404, "over")
        assert browser.poll().answer()["close"][0] == 4404
        log.take("request refused (4404)")

    def test_ownSilence(self, server: Server, page: Page) -> None:
        """With a shorter heartbeat it comes sooner."""
        Poster(server.resource, page.pageId).hello(heartbeat=1)
        server.clock.advance(20.9)
        assert page.delivery.connected
        server.clock.advance(0.1)
        assert not page.delivery.connected

    def test_over(self, server: Server, page: Page, browser: Poster, log: Log) -> None:
        """60 s later the page is over."""
        server.clock.pump([1] * 105)
        assert page.ended is not None
        assert browser.poll().answer()["close"][0] == 4404
        log.take("request refused (4404)")

    def test_requestsAreSignsOfLife(self, server: Server, page: Page, browser: Poster) -> None:
        """A page that goes on polling, or sending, stays connected."""
        for _ in range(5):
            poll = browser.poll()
            server.clock.advance(25)
            assert poll.answer() == {"received": 0}
        browser.send()
        for _ in range(5):
            server.clock.advance(40)
            assert browser.send() == {"received": 0}
        assert page.delivery.connected

    def test_lostRequest(self, server: Server, page: Page, browser: Poster) -> None:
        """That the connection of a poll goes is no news; silence is."""
        browser.poll().wire.lose()
        server.clock.pump([1] * 44)
        assert page.delivery.connected
        server.clock.advance(1)
        assert not page.delivery.connected


class TestEnd:
    """The end of a page, and of a connection."""

    def test_closed(self, page: Page, browser: Poster) -> None:
        """A poll that waits is told why the page ends."""
        poll = browser.poll()
        page.close("Good night.\n\ud800\u2028")
        assert poll.answer() == {"close": [4000, "Good night.\n?\u2028"]}

    @pytest.mark.parametrize("name", ["poll", "send", "stream"])
    def test_closedWhileNoneWaits(
        self, server: Server, page: Page, browser: Poster, log: Log, name: str
    ) -> None:
        """If none waits, the next request is; that is no refusal. After a while it is forgotten."""
        page.close("Good night.")
        for _ in range(2):
            assert browser.begin(name).answer() == {"close": [4000, "Good night."]}
        assert log.texts() == []
        server.clock.advance(60)
        assert browser.begin(name).answer()["close"][0] == 4404
        assert server.clock.getDelayedCalls() == []
        log.take("request refused (4404)")

    def test_manyThatLeave(self, server: Server, page: Page, browser: Poster) -> None:
        """Pages that end since they were left take no room from reasons that somebody reads."""
        browser.send(leave=True)
        server.clock.advance(5)
        assert page.ended is not None
        assert server.clock.getDelayedCalls() == []

    def test_closedAfterALostPoll(self, page: Page, browser: Poster) -> None:
        """A poll whose connection has gone does not swallow the reason."""
        browser.poll().wire.lose()
        page.close("Good night.")
        assert browser.poll().answer() == {"close": [4000, "Good night."]}

    def test_stop(self, server: Server, page: Page, browser: Poster, log: Log) -> None:
        """When the server goes down, a poll that waits is closed with 1001, and later ones are."""
        poll = browser.poll()
        server.resource.stop()
        assert poll.answer()["close"][0] == 1001
        assert browser.poll().answer()["close"][0] == 1001
        assert log.texts() == []

    def test_tooMuch(self, server: Server, page: Page, browser: Poster, log: Log) -> None:
        """A browser that does not poll costs a bounded number of bytes, and gets 4429."""
        for _ in range(17):
            show(page, "x" * 60_000)
        assert page.ended is None
        show(page, "x" * 60_000)
        assert server.resource.pages.bufferedBytes == 0
        server.clock.advance(0)
        assert browser.poll().answer()["close"][0] == 4429
        log.take("page closed (4429)")
        log.take("request refused (4429)")

    def test_tooMuchWhileItPolls(self, server: Server, log: Log) -> None:
        """One that polls and acknowledges nothing does not make it longer."""
        server = Server(limits=Limits(messages=3))
        page = server.page()
        browser = Poster(server.resource, page.pageId)
        browser.hello()
        for number in (1, 2, 3):
            poll = browser.poll()
            show(page, number)
            assert not poll.waits
        browser.received = 2
        poll = browser.poll()
        assert len(poll.answer()["messages"]) == 1
        for number in (4, 5):
            show(page, number)
        assert page.ended is None
        show(page, 6)
        server.clock.advance(0)
        assert page.ended is not None
        log.take("page closed (4429)")

    def test_takeover(self, page: Page, browser: Poster, log: Log) -> None:
        """A newer connection closes the older, which waits, with 4409."""
        older = browser.poll()
        browser.connection = 2
        browser.hello()
        assert older.answer()["close"][0] == 4409
        browser.connection = 1
        for exchange in (browser.poll(), browser.begin("send")):
            assert exchange.answer()["close"][0] == 4409
        assert log.texts() == []

    def test_takeoverWhileNoneWaits(self, page: Page, browser: Poster, log: Log) -> None:
        """A takeover is not remembered: the page goes on."""
        browser.connection = 2
        browser.hello()
        assert browser.poll().waits
        page.end(4404, "over")
        assert browser.poll().answer()["close"][0] == 4404
        log.take("request refused (4404)")

    def test_copies(self, page: Page, browser: Poster, log: Log) -> None:
        """Another copy of the page cannot take what is meant for the first."""
        poll = browser.poll()
        resource: Any = browser._resource
        other = Poster(resource, page.pageId, "the-claim-of-another-copy")
        assert other.poll().answer()["close"][0] == 4404
        assert other.hello()["close"][0] == 4404
        assert poll.waits
        assert len(log.texts()) == 2
