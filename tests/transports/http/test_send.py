"""Tests of C{livewidget.transports.http.send}: what a browser sends over HTTP."""

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
    """Calls that want no answer."""
    return [Call(None, 1, "say", [text]) for text in texts]


class TestMessages:
    """Messages are merged by their counts."""

    def test_dispatched(self, page: Page, browser: Poster) -> None:
        """They are dispatched in order, and the answer says how many were."""
        assert browser.send(*says("a", "b", "c")) == {"received": 3}
        assert echo(page).heard == ["a", "b", "c"]
        assert browser.send(*says("d"), first=4) == {"received": 4}

    def test_none(self, page: Page, browser: Poster) -> None:
        """A send without any is an acknowledgement."""
        show(page, 1)
        browser.poll().answer()
        browser.received = 1
        assert browser.send() == {"received": 0}
        assert page.delivery.bufferedBytes == 0

    def test_noList(self, page: Page, browser: Poster) -> None:
        """So is one with an empty list of them, with a count or without."""
        assert browser.begin("send", messages=[]).answer() == {"received": 0}
        assert browser.begin("send", messages=[], first=9).answer() == {"received": 0}

    def test_twice(self, page: Page, browser: Poster) -> None:
        """A request that comes twice is dispatched once, and answered twice."""
        for _ in range(2):
            assert browser.send(*says("a", "b")) == {"received": 2}
        assert echo(page).heard == ["a", "b"]

    def test_overlapping(self, page: Page, browser: Poster) -> None:
        """Of messages that are partly new, the new ones are dispatched."""
        browser.send(*says("a", "b"))
        assert browser.send(*says("b", "c"), first=2) == {"received": 3}
        assert echo(page).heard == ["a", "b", "c"]

    def test_gap(self, page: Page, browser: Poster) -> None:
        """What follows a gap is dropped, and the answer says so."""
        assert browser.send(*says("b"), first=2) == {"received": 0}
        assert echo(page).heard == []
        assert browser.send(*says("a", "b")) == {"received": 2}

    def test_late(self, page: Page, browser: Poster) -> None:
        """A late request of an older connection is merged, and told of the takeover."""
        browser.connection = 2
        browser.hello()
        browser.connection = 1
        answer = browser.send(*says("a"))
        assert answer["close"][0] == 4409
        assert echo(page).heard == ["a"]
        browser.connection = 2
        assert browser.send(*says("a", "b")) == {"received": 2}
        assert echo(page).heard == ["a", "b"]

    def test_lateAcknowledgement(self, page: Page, browser: Poster) -> None:
        """What an older connection acknowledges counts no more: it may be made up of nothing."""
        browser.connection = 2
        browser.hello()
        browser.connection = 1
        browser.received = 7
        assert browser.send()["close"][0] == 4409
        assert page.ended is None

    def test_givenUp(self, server: Server, page: Page, browser: Poster) -> None:
        """A request of a connection that was given up is merged, and told so."""
        server.clock.pump([1] * 50)
        assert browser.send(*says("a"))["close"][0] == 4408
        assert echo(page).heard == ["a"]

    def test_ahead(self, page: Page, browser: Poster) -> None:
        """A connection whose hello has not come yet is not refused."""
        browser.connection = 2
        assert browser.send(*says("a")) == {"received": 0}
        assert page.delivery.connection == 1

    def test_beforeAnyHello(self, server: Server) -> None:
        """Before the first hello of all nothing is dispatched: the page is not there yet."""
        page = server.page()
        browser = Poster(server.resource, page.pageId)
        assert browser.send(*says("a")) == {"received": 0}
        assert echo(page).heard == []
        browser.hello()
        assert browser.send(*says("a")) == {"received": 1}

    @pytest.mark.parametrize("more", [0, 1])
    def test_number(self, page: Page, browser: Poster, log: Log, more: int) -> None:
        """A request may have 8,192 messages; one more is too many, whatever is in it."""
        messages = [b"1"] * (8192 + more)
        exchange = browser.begin("send", *messages, first=2)
        if more:
            assert exchange.response.status == 413
            assert page.ended is None
            log.take("request refused (4413)")
        else:
            assert exchange.answer() == {"received": 0}

    def test_ownNumber(self, log: Log) -> None:
        """Another number may be set."""
        server = Server(bodyMessages=6000)
        browser = Poster(server.resource, server.page().pageId)
        browser.hello()
        exchange = browser.begin("send", *[b"1"] * 6001, first=2)
        assert exchange.response.status == 413
        log.take("request refused (4413): 'the body has over 6000 messages'")

    @pytest.mark.parametrize("more", [0, 1])
    def test_size(self, page: Page, browser: Poster, log: Log, more: int) -> None:
        """A message of exactly the limit is taken; a larger one ends the page with 4413."""
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
    def test_malformed(self, page: Page, browser: Poster, log: Log, data: bytes) -> None:
        """A malformed message ends the page, after those before it; the poll is told too."""
        element = echo(page)
        poll = browser.poll()
        assert browser.send(*says("a"), data, *says("b"))["close"][0] == 4400
        assert element.heard == ["a"]
        assert page.ended is not None
        assert page.ended.code == 4400
        assert poll.answer()["close"][0] == 4400
        assert page.pageId not in log.take("page refused (4400)")
        assert log.texts() == []

    def test_spaced(self, page: Page, browser: Poster) -> None:
        """JSON may be written with spaces and lines."""
        data = b'[ "call" ,\n null, 1,\t"say", [ "a" ] ]'
        assert browser.send(data) == {"received": 1}
        assert echo(page).heard == ["a"]

    def test_neverSent(self, page: Page, browser: Poster, log: Log) -> None:
        """To acknowledge what was never sent ends the page; nothing is dispatched then."""
        element = echo(page)
        browser.received = 1
        assert browser.send(*says("a"))["close"][0] == 4400
        assert page.ended is not None
        assert element.heard == []
        log.take("page refused (4400)")

    def test_noAcknowledgement(self, server: Server, page: Page, browser: Poster) -> None:
        """What an answer has counted is owed no more: no poll is answered for it."""
        poll = browser.poll()
        browser.send(*says("a"))
        server.clock.advance(2)
        assert poll.waits


class TestMethods:
    """What methods do meanwhile."""

    def make(self, server: Server, element: LiveElement) -> tuple[Page, Poster]:
        """A page with this element, and its browser."""
        page = server.resource.pages.make()
        page.attach(element)
        browser = Poster(server.resource, page.pageId)
        browser.hello()
        return page, browser

    def test_deferred(self, server: Server) -> None:
        """An answer that comes later is not waited for: it goes to the next poll."""
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

    def test_answers(self, server: Server) -> None:
        """The browser answers calls of the server by a send."""
        element = LiveElement()
        _, browser = self.make(server, element)
        answers: list[Any] = []
        element.callRemote("ask").addCallback(answers.append)
        assert browser.poll().answer()["messages"] == [["call", 1, 1, "ask", []]]
        browser.send(Result(1, {"x": 1}))
        assert answers == [{"x": 1}]

    def test_closed(self, server: Server, log: Log) -> None:
        """A page that a method closes: what follows is not dispatched.

        The close comes down after the last message, and does not overtake it here.
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

    def test_closedAfterSilence(self, server: Server) -> None:
        """Where nothing comes down any more, the send is told of the close."""

        class Closing(LiveElement):
            @expose
            def bye(self) -> None:
                assert self.page is not None
                self.page.close("bye")

        _, browser = self.make(server, Closing())
        server.clock.pump([1] * 50)
        assert browser.send(Call(1, 1, "bye", [])) == {"close": [4000, "bye"]}

    def test_lost(self, server: Server) -> None:
        """A request that is lost while its messages are dispatched is no error."""

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

    def test_whileItRuns(self, server: Server) -> None:
        """Messages that come while a method runs the reactor wait for their turn."""
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

    def test_tooMuch(self, log: Log) -> None:
        """A send that makes more than the page may hold ends it, a moment later."""
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
    """The page is being left."""

    def test_leaves(self, server: Server, page: Page, browser: Poster) -> None:
        """The page ends after 4 s, and its last messages are dispatched."""
        assert browser.send(*says("a"), leave=True) == {"received": 1}
        assert echo(page).heard == ["a"]
        server.clock.advance(3.9)
        assert page.ended is None
        server.clock.advance(0.1)
        assert page.ended is not None

    def test_comesBack(self, server: Server, page: Page, browser: Poster) -> None:
        """It does not if a newer connection comes."""
        browser.send(leave=True)
        browser.connection = 2
        browser.hello()
        server.clock.advance(6)
        assert page.ended is None

    def test_afterAWebSocket(self, server: Server) -> None:
        """A page that is connected by a WebSocket leaves in the same way."""
        page = server.page()
        socket = server.connect(page)
        browser = Poster(server.resource, page.pageId)
        assert browser.send(*says("a"), leave=True) == {"received": 1}
        socket.wire.lose()
        assert browser.send(leave=True) == {"received": 1}
        server.clock.advance(4)
        assert page.ended is not None

    def test_older(self, server: Server, page: Page, browser: Poster) -> None:
        """One of an older connection, which comes late, does not end the page."""
        browser.connection = 2
        browser.hello()
        browser.connection = 1
        assert browser.send(leave=True)["close"][0] == 4409
        server.clock.advance(6)
        assert page.ended is None

    def test_givenUp(self, server: Server, page: Page, browser: Poster) -> None:
        """One of a connection that was given up is taken."""
        server.clock.pump([1] * 50)
        assert browser.send(*says("a"), leave=True) == {"received": 0}
        server.clock.advance(4)
        assert page.ended is not None

    def test_beforeAnyHello(self, server: Server) -> None:
        """A page that is left before it was there ends soon."""
        page = server.page()
        assert Poster(server.resource, page.pageId).send(leave=True) == {"received": 0}
        server.clock.advance(4)
        assert page.ended is not None
