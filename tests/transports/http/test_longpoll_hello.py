"""Tests of C{livewidget.transports.http.longpoll}: the first poll of a connection."""

from __future__ import annotations

from typing import Any

import pytest

from livewidget import LiveElement
from livewidget.page.page import Page
from tests.support.log import Log
from tests.support.poster import WELCOME, Exchange, Poster
from tests.support.server import Server, calls, show

pytestmark = pytest.mark.usefixtures("readBy")


class TestHello:
    """The first poll."""

    def test_answer(self, server: Server, page: Page) -> None:
        """It is answered at once, also when there is nothing to say."""
        assert Poster(server.resource, page.pageId).hello() == WELCOME
        assert page.delivery.connected

    def test_withMessages(self, server: Server, page: Page) -> None:
        """What waited comes in the same answer, with the count of the first."""
        show(page, 1)
        show(page, 2)
        answer = Poster(server.resource, page.pageId).hello()
        assert answer == {**WELCOME, "messages": calls(1, 2)}

    def test_heartbeat(self, server: Server, page: Page) -> None:
        """A shorter heartbeat is given where one is wanted; a longer one is not."""
        browser = Poster(server.resource, page.pageId)
        assert browser.hello(heartbeat=5)["heartbeat"] == 5
        browser.connection = 2
        assert browser.hello(heartbeat=50)["heartbeat"] == 25

    def test_repeated(self, server: Server, page: Page, browser: Poster) -> None:
        """The same hello again is answered again, and nothing is lost."""
        show(page, 1)
        assert browser.hello()["messages"] == calls(1)
        assert browser.hello()["messages"] == calls(1)
        browser.received = 1
        poll = browser.poll()
        show(page, 2)
        assert poll.answer() == {"received": 0, "first": 2, "messages": calls(2)}

    def test_repeatedWhileAPollWaits(self, page: Page, browser: Poster) -> None:
        """A hello that comes a second time lets the poll go, which is not told of a takeover."""
        poll = browser.poll()
        assert browser.hello() == WELCOME
        assert poll.answer() == {"received": 0}
        again = browser.poll()
        show(page, 1)
        assert again.answer()["messages"] == calls(1)

    def test_late(self, page: Page, browser: Poster, log: Log) -> None:
        """A hello that comes a second time after its messages were acknowledged changes nothing."""
        show(page, 1)
        browser.poll().answer()
        browser.received = 1
        poll = browser.poll()
        browser.received = 0
        assert browser.hello()["close"][0] == 4409
        assert poll.waits
        show(page, 2)
        assert poll.answer()["messages"] == calls(2)
        log.take("request refused (4409)")

    def test_older(self, page: Page, browser: Poster, log: Log) -> None:
        """A hello with a lower number is closed with 4409, and the newer connection goes on."""
        browser.connection = 5
        browser.hello()
        poll = browser.poll()
        browser.connection = 4
        assert browser.hello()["close"][0] == 4409
        assert poll.waits
        log.take("request refused (4409)")

    def test_wrongCount(self, page: Page, browser: Poster, log: Log) -> None:
        """A hello that has what was never sent ends the page."""
        browser.connection = 2
        browser.received = 1
        assert browser.hello()["close"][0] == 4404
        assert page.ended is not None
        log.take("request refused (4404)")

    def test_afterLeaving(self, page: Page, browser: Poster, log: Log) -> None:
        """A hello of the connection that has left, which was on its way, is closed with 4409."""
        browser.send(leave=True)
        assert browser.hello()["close"][0] == 4409
        browser.connection = 2
        assert browser.hello()["connection"] == 2
        log.take("request refused (4409)")

    @pytest.mark.parametrize("code", ["close", "raise"])
    def test_pageClosedByItsHook(self, server: Server, code: str, log: Log) -> None:
        """A page that closes in C{connectionMade} gives its reason in the place of the answer."""

        class Closing(LiveElement):
            def connectionMade(self) -> None:
                assert self.page is not None
                self.page.close("full up")
                assert code == "close", "it fails too"

        page = server.resource.pages.make()
        page.attach(Closing())
        browser = Poster(server.resource, page.pageId)
        assert browser.hello() == {"close": [4000, "full up"]}
        assert server.clock.getDelayedCalls() == []
        if code == "raise":
            log.take("it fails too")

    def test_callsInItsHook(self, server: Server) -> None:
        """What an element calls in C{connectionMade} comes with the hello's answer."""

        class Calling(LiveElement):
            def connectionMade(self) -> None:
                self.callRemoteOnly("show", 1)

        page = server.resource.pages.make()
        page.attach(Calling())
        answer = Poster(server.resource, page.pageId).hello()
        assert (answer["first"], answer["messages"]) == (1, calls(1))

    def test_lostInItsHook(self, server: Server) -> None:
        """A request that is lost while the hook runs is a lost answer, and no error."""

        class Losing(LiveElement):
            def connectionMade(self) -> None:
                self.callRemoteOnly("show", 1)
                wires[0].lose()

        page = server.resource.pages.make()
        page.attach(Losing())
        browser = Poster(server.resource, page.pageId)
        exchange = Exchange(server.resource)
        wires = [exchange.wire]
        exchange.wire.begin("/_live/poll", browser.headers(), "POST", browser.body(hello=True))
        assert exchange.waits
        assert browser.poll().answer()["messages"] == calls(1)

    def test_takenOverInItsHook(self, server: Server) -> None:
        """A newer connection that comes while the hook runs has what is made from then on."""
        streams: list[Exchange] = []

        class Slow(LiveElement):
            def connectionMade(self) -> None:
                streams.append(browser.stream(connection=2))
                streams[0].events()
                producer: Any = streams[0].wire.transport.producer
                producer.pauseProducing()
                self.callRemoteOnly("show", 1)

        page = server.resource.pages.make()
        page.attach(Slow())
        browser = Poster(server.resource, page.pageId)
        assert browser.hello()["close"][0] == 4409
        producer: Any = streams[0].wire.transport.producer
        producer.resumeProducing()
        assert streams[0].events() == calls(1)

    def test_polledInItsHook(self, server: Server, log: Log) -> None:
        """A poll that comes while the hook runs, before the answer, cannot be."""
        polls: list[Exchange] = []

        class Slow(LiveElement):
            def connectionMade(self) -> None:
                polls.append(browser.poll())

        page = server.resource.pages.make()
        page.attach(Slow())
        browser = Poster(server.resource, page.pageId)
        assert browser.hello()["close"][0] == 4400
        assert polls[0].answer()["close"][0] == 4400
        log.take("page refused (4400)")
