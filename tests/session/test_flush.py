"""Tests of L{livewidget.session.session}: messages are sent once per turn, on the connection in
use.
"""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface import implementer

from livewidget.interfaces import ITransport
from livewidget.page.page import Page
from livewidget.wire.controls import Hello, encodeControl
from tests.support.log import Log
from tests.support.pages import CLAIM
from tests.support.server import Server
from tests.support.websocket import CLOSE, Socket, frame, parseFrames
from tests.support.widgetcalls import showEach, shownValues


@implementer(ITransport)
class Counting:
    """A connection that counts its flushes.

    @ivar flushes: how often it was asked to send.
    @ivar sent: the messages of each flush that had any.
    @ivar closed: the codes and reasons with which it was closed.
    @ivar fails: whether sending raises.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.flushes = 0
        self.sent: list[list[bytes]] = []
        self.closed: list[tuple[int, str]] = []
        self.fails = False

    def flush(self, now: float) -> None:
        """Take the waiting messages."""
        self.flushes += 1
        messages = self.page.delivery.takeMessages(now)[1]
        if self.fails:
            raise ValueError("the wire is cut")
        if messages:
            self.sent.append(messages)
        self.page.delivery.takeAck(now)

    def close(self, code: int, reason: str) -> None:
        """Note the code and the reason."""
        self.closed.append((code, reason))


def connect(server: Server, page: Page, connection: int = 1) -> Counting:
    """Return a new connection of the page, which has sent what was waiting."""
    transport = Counting(page)
    server.resource.pages.hello(transport, Hello(page.pageId, CLAIM, connection, 0))
    page.flush()
    server.clock.advance(0)
    transport.flushes = 0
    return transport


class TestOncePerTurn:
    """How often a connection is asked to send."""

    def test_messagesOfATurnAreSentTogether(self, server: Server, page: Page) -> None:
        """The messages of a turn are sent in one flush, with the answers to its calls."""
        transport = connect(server, page)
        showEach(page, 1, 2)
        page.receiveNext(1, b'["call",1,1,"say",["x"]]')
        page.acknowledge(1, 0)
        showEach(page, 3)
        page.flush()
        assert transport.flushes == 0
        server.clock.advance(0)
        assert transport.flushes == 1
        assert [len(messages) for messages in transport.sent] == [4]
        server.clock.advance(0)
        assert transport.flushes == 1

    def test_eachTurnSendsItsOwnMessages(self, server: Server, page: Page) -> None:
        """Each turn sends the messages made in it, and none twice."""
        transport = connect(server, page)
        for number in range(3):
            showEach(page, number)
            server.clock.advance(0)
        assert [shownValues(messages) for messages in transport.sent] == [[0], [1], [2]]

    def test_earlyFlushIsNotRepeated(self, server: Server, page: Page) -> None:
        """Messages that were flushed early are not sent again at the end of the turn."""
        transport = connect(server, page)
        showEach(page, 1)
        page.flushNow(0.0)
        showEach(page, 2)
        server.clock.advance(0)
        assert [shownValues(messages) for messages in transport.sent] == [[1], [2]]

    def test_nothingIsDueAfterTheFlush(self, server: Server, page: Page) -> None:
        """After a flush no delayed call is due before the next deadline."""
        connect(server, page)
        showEach(page, 1)
        server.clock.advance(0)
        assert all(
            call.getTime() > server.clock.seconds() for call in server.clock.getDelayedCalls()
        )


class TestEnd:
    """Turns in which a connection or a page ends."""

    def test_closedPageSendsWhatWaitsAndNothingMore(self, server: Server, page: Page) -> None:
        """Closing a page sends the messages that wait before the close, and nothing after it."""
        transport = connect(server, page)
        showEach(page, 1)
        page.close("bye")
        assert [shownValues(messages) for messages in transport.sent] == [[1]]
        assert transport.closed == [(4000, "bye")]
        flushes = transport.flushes
        server.clock.advance(0)
        page.flush()
        assert server.clock.getDelayedCalls() == []
        page.flushNow(0.0)
        server.clock.advance(100)
        assert transport.flushes == flushes
        assert server.clock.getDelayedCalls() == []

    def test_stoppedServerSendsWhatWaits(self, server: Server, page: Page) -> None:
        """Stopping the server sends the messages that wait before it closes with 1001."""
        transport = connect(server, page)
        showEach(page, 1)
        server.resource.pages.stop()
        assert [shownValues(messages) for messages in transport.sent] == [[1]]
        assert transport.closed[0][0] == 1001
        assert server.clock.getDelayedCalls() == []

    def test_takeoverSendsOnTheNewerConnectionAlone(self, server: Server, page: Page) -> None:
        """Messages not flushed before a takeover are sent on the newer connection alone."""
        older = connect(server, page)
        showEach(page, 1)
        newer = connect(server, page, 2)
        assert older.flushes == 0
        assert [shownValues(messages) for messages in newer.sent] == [[1]]
        assert older.closed[0][0] == 4409

    def test_lossKeepsUnsentMessagesForTheNextConnection(self, server: Server, page: Page) -> None:
        """Messages that a lost connection had no time to send wait for the next connection."""
        lost = connect(server, page)
        showEach(page, 1)
        page.connectionClosed(lost)
        server.clock.advance(0)
        assert lost.flushes == 0
        newer = connect(server, page, 2)
        assert [shownValues(messages) for messages in newer.sent] == [[1]]


class TestFailure:
    """A transport that fails to send."""

    def test_failingConnectionIsClosedAndTheNextGetsEverything(
        self, server: Server, page: Page, log: Log
    ) -> None:
        """A failing connection is closed with 1001, others go on, and the next one gets it all."""
        failing = connect(server, page)
        other = server.page()
        well = connect(server, other)
        failing.fails = True
        showEach(page, 1)
        showEach(other, 1)
        server.clock.advance(0)
        assert "the wire is cut" in log.take("sending failed")
        assert failing.closed == [(1001, "sending failed")]
        assert [shownValues(messages) for messages in well.sent] == [[1]]
        showEach(page, 2)
        newer = connect(server, page, 2)
        assert [shownValues(messages) for messages in newer.sent] == [[1, 2]]

    def test_pageEndsIfNoConnectionReplacesTheFailed(
        self, server: Server, page: Page, log: Log
    ) -> None:
        """A page whose connection failed to send ends after the resume window."""
        failing = connect(server, page)
        failing.fails = True
        showEach(page, 1)
        server.clock.advance(0)
        log.take("sending failed")
        server.clock.advance(60)
        assert page.ended is not None
        assert server.clock.getDelayedCalls() == []

    def test_pageClosesThoughItsLastMessagesFail(
        self, server: Server, page: Page, log: Log
    ) -> None:
        """A page that fails to send its last messages still closes, and its calls fail."""
        failing = connect(server, page)
        answers: list[Any] = []
        page.elements[1].callRemote("ask").addErrback(answers.append)
        failing.fails = True
        page.close("bye")
        log.take("sending failed")
        assert failing.closed == [(4000, "bye")]
        assert len(answers) == 1


class TestHooks:
    """Events that arrive while a hook of the page runs, between the hello and its answer."""

    def run(self, page: Page, does: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Run C{does} in the next hello of the page."""
        tellConnected = page.lifecycle.connected

        def once() -> None:
            monkeypatch.setattr(page.lifecycle, "connected", tellConnected)
            does()

        monkeypatch.setattr(page.lifecycle, "connected", once)

    def test_takeoverDuringTheHookClosesTheFirstConnection(
        self, server: Server, page: Page, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A connection that is taken over during the hook sends nothing but its close."""
        first, second = Socket(server.resource), Socket(server.resource)
        self.run(page, lambda: second.hello(page, 2), monkeypatch)
        showEach(page, 1)
        first.wire.send(frame(encodeControl(Hello(page.pageId, CLAIM, 1, 0))))
        found, _ = parseFrames(first.wire.take())
        assert [opcode for opcode, _ in found] == [CLOSE]
        showEach(page, 2)
        assert shownValues([*second.after, *second.take()]) == [1, 2]
        first.wire.lose()
        showEach(page, 3)
        assert shownValues(second.take()) == [3]

    def test_lossDuringTheHookIsNoticed(
        self, server: Server, page: Page, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A page whose connection is lost during the hook ends after its window."""
        first = Socket(server.resource)
        self.run(page, first.wire.lose, monkeypatch)
        first.wire.send(frame(encodeControl(Hello(page.pageId, CLAIM, 1, 0))))
        assert not page.delivery.connected
        server.clock.advance(60)
        assert page.ended is not None
        assert server.clock.getDelayedCalls() == []

    def test_secondHelloDuringTheHookIsRefused(
        self, server: Server, page: Page, log: Log, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A connection that says hello for a second page during the hook is closed with 4400."""
        other = server.page()
        first = Socket(server.resource)
        hello = frame(encodeControl(Hello(other.pageId, CLAIM, 1, 0)))
        self.run(page, lambda: first.wire.send(hello), monkeypatch)
        first.wire.send(frame(encodeControl(Hello(page.pageId, CLAIM, 1, 0))))
        assert first.code == 4400
        assert other.transport is None
        assert page.transport is None
        log.take("a message before the hello was answered")

    def test_callsDuringAMethodAreDispatchedOnceInOrder(
        self, server: Server, page: Page, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Calls that arrive while a method runs the reactor run once, in order, with one timer."""
        socket = server.connect(page)
        protocol = socket.wire.transport.protocol
        calls = [frame(b'["call",null,1,"say",["%d"]]' % number) for number in range(400)]
        element: Any = page.elements[1]

        class Heard(list[str]):
            def append(self, text: str) -> None:
                super().append(text)
                if text == "0":
                    protocol.dataReceived(b"".join(calls[150:]))

        element.heard = Heard()
        protocol.dataReceived(b"".join(calls[:150]))
        later = [str(call) for call in server.clock.getDelayedCalls()]
        assert len([call for call in later if "WebSocketConnection._continue" in call]) == 1
        for _ in range(200):
            server.clock.advance(0.05)
        assert element.heard == [str(number) for number in range(400)]
