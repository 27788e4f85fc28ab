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
    """The hello poll."""

    def test_helloIsAnsweredAtOnce(self, server: Server, page: Page) -> None:
        """A hello is answered immediately, with or without messages."""
        assert Poster(server.resource, page.pageId).hello() == WELCOME
        assert page.delivery.connected

    def test_waitingMessagesAreInTheWelcome(self, server: Server, page: Page) -> None:
        """Messages that waited are in the welcome, with the count of the first."""
        show(page, 1)
        show(page, 2)
        answer = Poster(server.resource, page.pageId).hello()
        assert answer == {**WELCOME, "messages": calls(1, 2)}

    def test_onlyAShorterHeartbeatIsGranted(self, server: Server, page: Page) -> None:
        """A shorter heartbeat is granted on request; a longer one is not."""
        browser = Poster(server.resource, page.pageId)
        assert browser.hello(heartbeat=5)["heartbeat"] == 5
        browser.connection = 2
        assert browser.hello(heartbeat=50)["heartbeat"] == 25

    def test_repeatedHelloIsAnsweredAgain(
        self, server: Server, page: Page, browser: Poster
    ) -> None:
        """A repeated hello is answered again, and nothing is lost."""
        show(page, 1)
        assert browser.hello()["messages"] == calls(1)
        assert browser.hello()["messages"] == calls(1)
        browser.received = 1
        poll = browser.poll()
        show(page, 2)
        assert poll.answer() == {"received": 0, "first": 2, "messages": calls(2)}

    def test_repeatedHelloReleasesTheWaitingPoll(self, page: Page, browser: Poster) -> None:
        """A repeated hello releases the poll without news of a takeover."""
        poll = browser.poll()
        assert browser.hello() == WELCOME
        assert poll.answer() == {"received": 0}
        again = browser.poll()
        show(page, 1)
        assert again.answer()["messages"] == calls(1)

    def test_lateRepeatedHelloChangesNothing(self, page: Page, browser: Poster, log: Log) -> None:
        """A hello repeated after its messages were acknowledged changes nothing."""
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

    def test_olderHelloIsRefused(self, page: Page, browser: Poster, log: Log) -> None:
        """A hello with a lower number gets 4409, and the newer connection goes on."""
        browser.connection = 5
        browser.hello()
        poll = browser.poll()
        browser.connection = 4
        assert browser.hello()["close"][0] == 4409
        assert poll.waits
        log.take("request refused (4409)")

    def test_falseCountEndsThePage(self, page: Page, browser: Poster, log: Log) -> None:
        """A hello that acknowledges unsent messages ends the page."""
        browser.connection = 2
        browser.received = 1
        assert browser.hello()["close"][0] == 4404
        assert page.ended is not None
        log.take("request refused (4404)")

    def test_helloOfAConnectionThatLeftIsRefused(
        self, page: Page, browser: Poster, log: Log
    ) -> None:
        """A late hello of a connection that has left gets 4409."""
        browser.send(leave=True)
        assert browser.hello()["close"][0] == 4409
        browser.connection = 2
        assert browser.hello()["connection"] == 2
        log.take("request refused (4409)")

    @pytest.mark.parametrize("code", ["close", "raise"])
    def test_pageClosedByItsHookGivesTheReason(self, server: Server, code: str, log: Log) -> None:
        """A page closed in C{connectionMade} responds with the reason."""

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

    def test_callsOfTheHookAreInTheWelcome(self, server: Server) -> None:
        """Calls made in C{connectionMade} are in the welcome."""

        class Calling(LiveElement):
            def connectionMade(self) -> None:
                self.callRemoteOnly("show", 1)

        page = server.resource.pages.make()
        page.attach(Calling())
        answer = Poster(server.resource, page.pageId).hello()
        assert (answer["first"], answer["messages"]) == (1, calls(1))

    def test_helloLostInItsHookIsALostResponse(self, server: Server) -> None:
        """A request lost while the hook runs is a lost response, not an error."""

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

    def test_connectionThatTakesOverInTheHookGetsTheMessages(self, server: Server) -> None:
        """A newer connection in the hook gets the messages sent from then on."""
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

    def test_pollDuringTheHelloIsRefused(self, server: Server, log: Log) -> None:
        """A poll that arrives while the hook runs is refused."""
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
