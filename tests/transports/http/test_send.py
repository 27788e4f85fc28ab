"""Tests of C{livewidget.transports.http.send}: the messages of a browser over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from livewidget import Limits, LiveElement, expose
from livewidget.page.page import Page
from livewidget.wire.messages import Call, Result
from tests.support.log import Log
from tests.support.poster import Exchange, Poster
from tests.support.server import Server, echo, show

pytestmark = pytest.mark.usefixtures("readBy")


def says(*texts: str) -> list[Call]:
    """Return calls without answers."""
    return [Call(None, 1, "say", [text]) for text in texts]


class TestMessages:
    """Messages are merged by their counts."""

    def test_messagesAreDispatchedInOrder(self, page: Page, browser: Poster) -> None:
        """Messages are dispatched in order, and the answer has their count."""
        assert browser.send(*says("a", "b", "c")) == {"received": 3}
        assert echo(page).heard == ["a", "b", "c"]
        assert browser.send(*says("d"), first=4) == {"received": 4}

    def test_sendWithoutMessagesAcknowledges(self, page: Page, browser: Poster) -> None:
        """A send without messages is an acknowledgement."""
        show(page, 1)
        browser.poll().answer()
        browser.received = 1
        assert browser.send() == {"received": 0}
        assert page.delivery.bufferedBytes == 0

    def test_emptyListAcknowledges(self, page: Page, browser: Poster) -> None:
        """A send with an empty list is an acknowledgement, with a count or without."""
        assert browser.begin("send", messages=[]).answer() == {"received": 0}
        assert browser.begin("send", messages=[], first=9).answer() == {"received": 0}

    def test_repeatedSendIsDispatchedOnce(self, page: Page, browser: Poster) -> None:
        """A repeated request is dispatched once, and answered twice."""
        for _ in range(2):
            assert browser.send(*says("a", "b")) == {"received": 2}
        assert echo(page).heard == ["a", "b"]

    def test_onlyNewMessagesAreDispatched(self, page: Page, browser: Poster) -> None:
        """Of messages that are partly new, the new ones are dispatched."""
        browser.send(*says("a", "b"))
        assert browser.send(*says("b", "c"), first=2) == {"received": 3}
        assert echo(page).heard == ["a", "b", "c"]

    def test_messagesAfterAGapAreDropped(self, page: Page, browser: Poster) -> None:
        """Messages after a gap are dropped, and the answer shows it."""
        assert browser.send(*says("b"), first=2) == {"received": 0}
        assert echo(page).heard == []
        assert browser.send(*says("a", "b")) == {"received": 2}

    def test_lateSendIsMergedAndNotifiedOfTheTakeover(self, page: Page, browser: Poster) -> None:
        """A late request of an older connection is merged and gets 4409."""
        browser.connection = 2
        browser.hello()
        browser.connection = 1
        answer = browser.send(*says("a"))
        assert answer["close"][0] == 4409
        assert echo(page).heard == ["a"]
        browser.connection = 2
        assert browser.send(*says("a", "b")) == {"received": 2}
        assert echo(page).heard == ["a", "b"]

    def test_lateAcknowledgementIsIgnored(self, page: Page, browser: Poster) -> None:
        """The acknowledgement of an older connection is ignored, even a false one."""
        browser.connection = 2
        browser.hello()
        browser.connection = 1
        browser.received = 7
        assert browser.send()["close"][0] == 4409
        assert page.ended is None

    def test_sendOfASilentConnectionIsMerged(
        self, server: Server, page: Page, browser: Poster
    ) -> None:
        """A request of a connection closed by silence is merged and gets 4408."""
        server.clock.pump([1] * 50)
        assert browser.send(*says("a"))["close"][0] == 4408
        assert echo(page).heard == ["a"]

    def test_sendAheadOfItsHelloIsAccepted(self, page: Page, browser: Poster) -> None:
        """A request that arrives before the hello of its connection is accepted."""
        browser.connection = 2
        assert browser.send(*says("a")) == {"received": 0}
        assert page.delivery.connection == 1

    def test_sendBeforeTheFirstHelloIsNotDispatched(self, server: Server) -> None:
        """Nothing is dispatched before the first hello of the page."""
        page = server.page()
        browser = Poster(server.resource, page.pageId)
        assert browser.send(*says("a")) == {"received": 0}
        assert echo(page).heard == []
        browser.hello()
        assert browser.send(*says("a")) == {"received": 1}

    @pytest.mark.parametrize("more", [0, 1])
    def test_tooManyMessagesAreRefused(
        self, page: Page, browser: Poster, log: Log, more: int
    ) -> None:
        """A request with more than 8,192 messages is refused, whatever is in them."""
        messages = [b"1"] * (8192 + more)
        exchange = browser.begin("send", *messages, first=2)
        if more:
            assert exchange.response.status == 413
            assert page.ended is None
            log.take("request refused (4413)")
        else:
            assert exchange.answer() == {"received": 0}

    def test_numberOfMessagesCanBeSet(self, log: Log) -> None:
        """The number of messages can be set."""
        server = Server(bodyMessages=6000)
        browser = Poster(server.resource, server.page().pageId)
        browser.hello()
        exchange = browser.begin("send", *[b"1"] * 6001, first=2)
        assert exchange.response.status == 413
        log.take("request refused (4413): 'the body has over 6000 messages'")

    @pytest.mark.parametrize("more", [0, 1])
    def test_messageOverTheLimitEndsThePage(
        self, page: Page, browser: Poster, log: Log, more: int
    ) -> None:
        """A message of the limit is accepted; a larger one ends the page with 4413."""
        data = b'["call",null,1,"say",["%s"]]'
        data = data % (b"x" * (65536 + more - len(data) + 2))
        assert len(data) == 65536 + more
        answer = browser.send(data)
        if more:
            assert answer["close"][0] == 4413
            assert page.ended is not None
            log.take("page refused (4413)")
        else:
            assert answer == {"received": 1}

    @pytest.mark.parametrize(
        "data",
        [
            b"null",
            b"{}",
            b"[]",
            b'["call"]',
            b'["quux",1]',
            b'["call",1,1,"say",["a"],{},1]',
            b'["call",0,1,"say",["a"]]',
            b'["call",1,1,"",["a"]]',
            b'["event",1,"say",[]]',
            b'["call",1,1,"say",[9007199254740992]]',
            b'["call",1,1,"say",[{"$x":1}]]',
            b"[" * 80 + b"]" * 80,
        ],
    )
    def test_malformedMessageEndsThePage(
        self, page: Page, browser: Poster, log: Log, data: bytes
    ) -> None:
        """A malformed message ends the page after those before it, and the poll."""
        element = echo(page)
        poll = browser.poll()
        assert browser.send(*says("a"), data, *says("b"))["close"][0] == 4400
        assert element.heard == ["a"]
        assert page.ended is not None
        assert page.ended.code == 4400
        assert poll.answer()["close"][0] == 4400
        assert page.pageId not in log.take("page refused (4400)")
        assert log.texts() == []

    def test_whitespaceInJsonIsAccepted(self, page: Page, browser: Poster) -> None:
        """JSON may contain spaces and line breaks."""
        data = b'[ "call" ,\n null, 1,\t"say", [ "a" ] ]'
        assert browser.send(data) == {"received": 1}
        assert echo(page).heard == ["a"]

    def test_falseAcknowledgementEndsThePage(self, page: Page, browser: Poster, log: Log) -> None:
        """Acknowledging unsent messages ends the page; nothing is dispatched."""
        element = echo(page)
        browser.received = 1
        assert browser.send(*says("a"))["close"][0] == 4400
        assert page.ended is not None
        assert element.heard == []
        log.take("page refused (4400)")

    def test_countOfAnAnswerIsNotOwedAgain(
        self, server: Server, page: Page, browser: Poster
    ) -> None:
        """A count acknowledged by the answer does not cause the answer to a poll."""
        poll = browser.poll()
        browser.send(*says("a"))
        server.clock.advance(2)
        assert poll.waits


class TestMethods:
    """Methods that act on the page during a request."""

    def make(self, server: Server, element: LiveElement) -> tuple[Page, Poster]:
        """Return a page with this element, and its browser."""
        page = server.resource.pages.make()
        page.attach(element)
        browser = Poster(server.resource, page.pageId)
        browser.hello()
        return page, browser

    def test_laterAnswerIsInTheNextPoll(self, server: Server) -> None:
        """A later answer is not waited for: it is in the next poll."""
        later: Deferred[str] = Deferred()

        class Slow(LiveElement):
            @expose
            def ask(self) -> Deferred[str]:
                return later

        _, browser = self.make(server, Slow())
        assert browser.send(Call(1, 1, "ask", [])) == {"received": 1}
        poll = browser.poll()
        assert poll.waits
        later.callback("now")
        assert poll.answer()["messages"] == [["result", 1, "now"]]

    def test_browserAnswersCallsBySends(self, server: Server) -> None:
        """A browser answers the server's calls by a send."""
        element = LiveElement()
        _, browser = self.make(server, element)
        answers: list[Any] = []
        element.callRemote("ask").addCallback(answers.append)
        assert browser.poll().answer()["messages"] == [["call", 1, 1, "ask", []]]
        browser.send(Result(1, {"x": 1}))
        assert answers == [{"x": 1}]

    def test_methodThatClosesThePageEndsDispatching(self, server: Server, log: Log) -> None:
        """Nothing is dispatched after a method has closed the page.

        The poll gets the close after the last message; the send must not overtake it.
        """
        heard: list[str] = []

        class Closing(LiveElement):
            @expose
            def bye(self) -> None:
                heard.append("bye")
                self.callRemoteOnly("show", 1)
                assert self.page is not None
                self.page.close("bye")

        _, browser = self.make(server, Closing())
        poll = browser.poll()
        answer = browser.send(Call(1, 1, "bye", []), Call(2, 1, "bye", []), leave=True)
        assert answer == {"received": 1}
        assert heard == ["bye"]
        assert [message[3] for message in poll.answer()["messages"]] == ["show"]
        assert browser.poll().answer() == {"close": [4000, "bye"]}
        assert log.texts() == []
        server.clock.advance(20)
        assert server.clock.getDelayedCalls() == []

    def test_sendGetsTheCloseIfNoConnectionDoes(self, server: Server) -> None:
        """The send gets the close if there is no connection for it."""

        class Closing(LiveElement):
            @expose
            def bye(self) -> None:
                assert self.page is not None
                self.page.close("bye")

        _, browser = self.make(server, Closing())
        server.clock.pump([1] * 50)
        assert browser.send(Call(1, 1, "bye", [])) == {"close": [4000, "bye"]}

    def test_requestLostWhileDispatchingIsNoError(self, server: Server) -> None:
        """A request lost while its messages are dispatched causes no error."""

        class Losing(LiveElement):
            @expose
            def lose(self) -> None:
                exchange.wire.lose()

        page, browser = self.make(server, Losing())
        exchange = Exchange(server.resource)
        body = browser.body(Call(None, 1, "lose", []), first=1)
        exchange.wire.begin("/_live/send", browser.headers(), "POST", body)
        assert exchange.waits
        assert page.delivery.received == 1

    def test_messagesDuringAMethodWait(self, server: Server) -> None:
        """Messages that arrive while a method runs the reactor wait."""
        heard: list[str] = []

        class Nested(LiveElement):
            @expose
            def say(self, text: str) -> None:
                heard.append(f"{text} begins")
                if text == "a":
                    assert browser.send(*says("b"), first=2) == {"received": 0}
                heard.append(f"{text} ends")

        _, browser = self.make(server, Nested())
        assert browser.send(*says("a")) == {"received": 2}
        assert heard == ["a begins", "a ends", "b begins", "b ends"]

    def test_sendThatProducesTooMuchEndsThePageSoon(self, log: Log) -> None:
        """A send that produces more than the limit ends the page a moment later."""
        server = Server(limits=Limits(messages=4))

        class Loud(LiveElement):
            @expose
            def shout(self) -> None:
                for _ in range(5):
                    self.callRemoteOnly("show")

        page, browser = self.make(server, Loud())
        browser.send(Call(None, 1, "shout", []))
        server.clock.advance(0)
        assert page.ended is not None
        assert browser.send()["close"][0] == 4429
        log.take("page closed (4429)")
        log.take("request refused (4429)")


class TestLeaving:
    """Leave requests."""

    def test_leftPageEndsAfterTheWindow(self, server: Server, page: Page, browser: Poster) -> None:
        """The page ends after 4 s, and its last messages are dispatched."""
        assert browser.send(*says("a"), leave=True) == {"received": 1}
        assert echo(page).heard == ["a"]
        server.clock.advance(3.9)
        assert page.ended is None
        server.clock.advance(0.1)
        assert page.ended is not None

    def test_newerConnectionKeepsThePage(self, server: Server, page: Page, browser: Poster) -> None:
        """The page does not end if a newer connection is made."""
        browser.send(leave=True)
        browser.connection = 2
        browser.hello()
        server.clock.advance(6)
        assert page.ended is None

    def test_webSocketPageIsLeftBySend(self, server: Server) -> None:
        """A page with a WebSocket is left in the same way."""
        page = server.page()
        socket = server.connect(page)
        browser = Poster(server.resource, page.pageId)
        assert browser.send(*says("a"), leave=True) == {"received": 1}
        socket.wire.lose()
        assert browser.send(leave=True) == {"received": 1}
        server.clock.advance(4)
        assert page.ended is not None

    def test_leavingAnOlderConnectionIsIgnored(
        self, server: Server, page: Page, browser: Poster
    ) -> None:
        """A late request of an older connection does not end the page."""
        browser.connection = 2
        browser.hello()
        browser.connection = 1
        assert browser.send(leave=True)["close"][0] == 4409
        server.clock.advance(6)
        assert page.ended is None

    def test_leavingASilentConnectionEndsThePage(
        self, server: Server, page: Page, browser: Poster
    ) -> None:
        """A connection closed by silence can still leave."""
        server.clock.pump([1] * 50)
        assert browser.send(*says("a"), leave=True) == {"received": 0}
        server.clock.advance(4)
        assert page.ended is not None

    def test_pageLeftBeforeItsHelloEndsSoon(self, server: Server) -> None:
        """A page that is left before its first hello ends soon."""
        page = server.page()
        assert Poster(server.resource, page.pageId).send(leave=True) == {"received": 0}
        server.clock.advance(4)
        assert page.ended is not None
