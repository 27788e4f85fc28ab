"""Tests of C{livewidget.page.page}: what is sent goes out once a turn, on the connection in use."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest
from twisted.internet.testing import StringTransport
from twisted.web.resource import EncodingResourceWrapper
from twisted.web.server import GzipEncoderFactory, Request, Site
from zope.interface import implementer

from livewidget.interfaces import ITransport
from livewidget.page.page import Page
from livewidget.wire.controls import Hello, encodeControl
from tests.support.http import Wire, dechunk
from tests.support.log import Log
from tests.support.pages import CLAIM
from tests.support.poster import Poster
from tests.support.server import Server
from tests.support.websocket import CLOSE, Socket, frame, parseFrames


@implementer(ITransport)
class Counting:
    """A connection that counts.

    @ivar flushes: how often it was to send.
    @ivar sent: what it has sent each time that there was anything.
    @ivar closed: with what it was closed.
    @ivar fails: whether it cannot send.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.flushes = 0
        self.sent: list[list[bytes]] = []
        self.closed: list[tuple[int, str]] = []
        self.fails = False

    def flush(self, now: float) -> None:
        """Take what there is."""
        self.flushes += 1
        messages = self.page.delivery.takeMessages(now)[1]
        if self.fails:
            raise ValueError("the wire is cut")
        if messages:
            self.sent.append(messages)
        self.page.delivery.takeAck(now)

    def close(self, code: int, reason: str) -> None:
        """Note it."""
        self.closed.append((code, reason))


def connect(server: Server, page: Page, connection: int = 1) -> Counting:
    """A connection of the page, which has sent what there was."""
    transport = Counting(page)
    server.resource.pages.hello(transport, Hello(page.pageId, CLAIM, connection, 0))
    page.flush()
    server.clock.advance(0)
    transport.flushes = 0
    return transport


def tell(page: Page, *values: Any) -> None:
    """Call the widget of the page, once with each."""
    for value in values:
        page.elements[1].callRemoteOnly("show", value)


def told(messages: list[bytes]) -> list[Any]:
    """What these calls tell."""
    return [json.loads(message)[4][0] for message in messages]


class TestOnce:
    """How often it is sent."""

    def test_gathered(self, server: Server, page: Page) -> None:
        """However much is sent in a turn, and whatever comes in it."""
        transport = connect(server, page)
        tell(page, 1, 2)
        page.receiveNext(1, b'["call",1,1,"say",["x"]]')
        page.acknowledge(1, 0)
        tell(page, 3)
        page.flush()
        assert transport.flushes == 0
        server.clock.advance(0)
        assert transport.flushes == 1
        assert [len(messages) for messages in transport.sent] == [4]
        server.clock.advance(0)
        assert transport.flushes == 1

    def test_turns(self, server: Server, page: Page) -> None:
        """Each turn sends what it made, and nothing twice."""
        transport = connect(server, page)
        for number in range(3):
            tell(page, number)
            server.clock.advance(0)
        assert [told(messages) for messages in transport.sent] == [[0], [1], [2]]

    def test_early(self, server: Server, page: Page) -> None:
        """What was sent before the end of the turn is not sent again then."""
        transport = connect(server, page)
        tell(page, 1)
        page.flushNow(0.0)
        tell(page, 2)
        server.clock.advance(0)
        assert [told(messages) for messages in transport.sent] == [[1], [2]]

    def test_quiet(self, server: Server, page: Page) -> None:
        """When all is sent, nothing is due before the next deadline."""
        connect(server, page)
        tell(page, 1)
        server.clock.advance(0)
        assert all(
            call.getTime() > server.clock.seconds() for call in server.clock.getDelayedCalls()
        )


class TestEnd:
    """Where the turn does not end as it began."""

    def test_close(self, server: Server, page: Page) -> None:
        """What was sent before the page is closed goes out before that; then nothing does."""
        transport = connect(server, page)
        tell(page, 1)
        page.close("bye")
        assert [told(messages) for messages in transport.sent] == [[1]]
        assert transport.closed == [(4000, "bye")]
        flushes = transport.flushes
        server.clock.advance(0)
        page.flush()
        assert server.clock.getDelayedCalls() == []
        page.flushNow(0.0)
        server.clock.advance(100)
        assert transport.flushes == flushes
        assert server.clock.getDelayedCalls() == []

    def test_stop(self, server: Server, page: Page) -> None:
        """So does what was sent before the server goes down."""
        transport = connect(server, page)
        tell(page, 1)
        server.resource.pages.stop()
        assert [told(messages) for messages in transport.sent] == [[1]]
        assert transport.closed[0][0] == 1001
        assert server.clock.getDelayedCalls() == []

    def test_takeover(self, server: Server, page: Page) -> None:
        """What was not sent goes out on the newer connection alone."""
        older = connect(server, page)
        tell(page, 1)
        newer = connect(server, page, 2)
        assert older.flushes == 0
        assert [told(messages) for messages in newer.sent] == [[1]]
        assert older.closed[0][0] == 4409

    def test_lost(self, server: Server, page: Page) -> None:
        """What a lost connection had no time to send waits for the next."""
        lost = connect(server, page)
        tell(page, 1)
        page.connectionClosed(lost)
        server.clock.advance(0)
        assert lost.flushes == 0
        newer = connect(server, page, 2)
        assert [told(messages) for messages in newer.sent] == [[1]]


class TestFailure:
    """A transport that fails to send."""

    def test_closed(self, server: Server, page: Page, log: Log) -> None:
        """Its connection is closed, others are not, and the next one gets all of it."""
        failing = connect(server, page)
        other = server.page()
        well = connect(server, other)
        failing.fails = True
        tell(page, 1)
        tell(other, 1)
        server.clock.advance(0)
        assert "the wire is cut" in log.take("sending failed")
        assert failing.closed == [(1001, "sending failed")]
        assert [told(messages) for messages in well.sent] == [[1]]
        tell(page, 2)
        newer = connect(server, page, 2)
        assert [told(messages) for messages in newer.sent] == [[1, 2]]

    def test_over(self, server: Server, page: Page, log: Log) -> None:
        """If none comes the page ends, as after any lost connection."""
        failing = connect(server, page)
        failing.fails = True
        tell(page, 1)
        server.clock.advance(0)
        log.take("sending failed")
        server.clock.advance(60)
        assert page.ended is not None
        assert server.clock.getDelayedCalls() == []

    def test_atTheEnd(self, server: Server, page: Page, log: Log) -> None:
        """A page that cannot say its last words ends all the same."""
        failing = connect(server, page)
        answers: list[Any] = []
        page.elements[1].callRemote("ask").addErrback(answers.append)
        failing.fails = True
        page.close("bye")
        log.take("sending failed")
        assert failing.closed == [(4000, "bye")]
        assert len(answers) == 1


class TestWrites:
    """The transports: how often they write in a turn."""

    @pytest.fixture
    def written(self, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
        """What is written to any connection, each time."""
        written: list[bytes] = []
        write = StringTransport.write

        def noting(transport: StringTransport, data: bytes) -> None:
            written.append(data)
            write(transport, data)

        monkeypatch.setattr(StringTransport, "write", noting)
        return written

    def test_webSocket(self, server: Server, page: Page, written: list[bytes]) -> None:
        """A WebSocket once."""
        socket = server.connect(page)
        written.clear()
        tell(page, 1, 2, 3)
        assert told(socket.take()) == [1, 2, 3]
        assert len(written) == 1

    def test_stream(self, server: Server, page: Page, written: list[bytes]) -> None:
        """A stream once."""
        stream = Poster(server.resource, page.pageId).stream()
        stream.events()
        written.clear()
        tell(page, 1, 2, 3)
        assert [event[4] for event in stream.events()] == [[1], [2], [3]]
        assert len(written) == 1

    def test_poll(self, server: Server, page: Page) -> None:
        """A poll has all of them in its answer."""
        browser = Poster(server.resource, page.pageId)
        browser.hello()
        poll = browser.poll()
        tell(page, 1, 2, 3)
        assert [message[4] for message in poll.answer()["messages"]] == [[1], [2], [3]]

    def test_resultAndCall(self, server: Server, page: Page, written: list[bytes]) -> None:
        """Answers and calls of a turn go together, in order."""
        socket = server.connect(page)
        written.clear()
        tell(page, 1)
        socket.wire.transport.protocol.dataReceived(
            frame(b'["call",1,1,"say",["a"]]') + frame(b'["call",2,1,"say",["b"]]')
        )
        tell(page, 2)
        assert [json.loads(data)[0] for data in socket.take()] == ["call", *["result"] * 2, "call"]
        assert len(written) == 1


class TestHooks:
    """What comes while a hook of the page runs, between the hello and its answer."""

    def run(self, page: Page, does: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have the next hello of the page run this."""
        tellConnected = page.lifecycle.connected

        def once() -> None:
            monkeypatch.setattr(page.lifecycle, "connected", tellConnected)
            does()

        monkeypatch.setattr(page.lifecycle, "connected", once)

    def test_takenOver(self, server: Server, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
        """A connection that was taken over meanwhile says nothing after its close."""
        first, second = Socket(server.resource), Socket(server.resource)
        self.run(page, lambda: second.hello(page, 2), monkeypatch)
        tell(page, 1)
        first.wire.send(frame(encodeControl(Hello(page.pageId, CLAIM, 1, 0))))
        found, _ = parseFrames(first.wire.take())
        assert [opcode for opcode, _ in found] == [CLOSE]
        tell(page, 2)
        assert told([*second.after, *second.take()]) == [1, 2]
        first.wire.lose()
        tell(page, 3)
        assert told(second.take()) == [3]

    def test_lost(self, server: Server, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of one that was lost meanwhile the page knows it."""
        first = Socket(server.resource)
        self.run(page, first.wire.lose, monkeypatch)
        first.wire.send(frame(encodeControl(Hello(page.pageId, CLAIM, 1, 0))))
        assert not page.delivery.connected
        server.clock.advance(60)
        assert page.ended is not None
        assert server.clock.getDelayedCalls() == []

    def test_secondHello(
        self, server: Server, page: Page, log: Log, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A connection cannot have two pages."""
        other = server.page()
        first = Socket(server.resource)
        hello = frame(encodeControl(Hello(other.pageId, CLAIM, 1, 0)))
        self.run(page, lambda: first.wire.send(hello), monkeypatch)
        first.wire.send(frame(encodeControl(Hello(page.pageId, CLAIM, 1, 0))))
        assert first.code == 4400
        assert other.transport is None
        assert page.transport is None
        log.take("a message before the hello was answered")

    def test_floodInside(self, server: Server, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
        """What comes while a method runs the reactor is taken once, in order, with one timer."""
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


class Noting(Request):
    """A request of the application's, which changes what is written."""

    def write(self, data: bytes) -> None:
        """In capitals."""
        super().write(data.replace(b"show", b"SHOW"))


class Between(Request):
    """A request of the application's, with something between it and its channel."""

    def __init__(self, channel: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(Capitals(channel), *args, **kwargs)


class Capitals:
    """A channel that changes what is written."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel

    def writeSequence(self, data: list[bytes]) -> None:
        """In capitals."""
        self._channel.writeSequence([part.replace(b"show", b"SHOW") for part in data])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)


class Encoding(Site):
    """A site of the application's, which compresses all that it serves."""

    def getResourceFor(self, request: Any) -> Any:
        """What answers a request."""
        return EncodingResourceWrapper(super().getResourceFor(request), [GzipEncoderFactory()])


class TestStreamsOfOthers:
    """Streams whose writes go through something else."""

    def test_encoder(self, server: Server, page: Page) -> None:
        """Behind an encoder all events go through it, in order."""
        browser = Poster(server.resource, page.pageId)
        site = Encoding(server.resource, reactor=server.clock, timeout=None)
        wire = Wire(server.resource, site=site)
        headers = browser.headers(Accept_Encoding="gzip")
        wire.begin("/_live/stream", headers, "POST", browser.body())
        tell(page, 1)
        server.clock.advance(0)
        tell(page, 2)
        server.clock.advance(0)
        page.close("bye")
        head, _, body = wire.take().partition(b"\r\n\r\n")
        text = zlib.decompress(dechunk(body), 31).decode()
        assert b"gzip" in head
        events = [json.loads(event[6:]) for event in text.split("\n\n")[:-1]]
        assert [event[4] for event in events[1:-1]] == [[1], [2]]

    @pytest.mark.parametrize("requests", [Noting, Between])
    def test_ownWay(self, server: Server, page: Page, requests: type[Request]) -> None:
        """A request that writes in its own way, or has a channel that is something else, is
        given each event.
        """
        site = Site(server.resource, reactor=server.clock, timeout=None, requestFactory=requests)
        browser = Poster(server.resource, page.pageId)
        wire = Wire(server.resource, site=site)
        wire.begin("/_live/stream", browser.headers(), "POST", browser.body())
        tell(page, 1)
        assert b"SHOW" in wire.take()

    def test_http10(self, server: Server, page: Page) -> None:
        """Without chunks, over HTTP/1.0, there are none."""
        browser = Poster(server.resource, page.pageId)
        wire = Wire(server.resource)
        body = browser.body()
        pairs = {**browser.headers(), "Host": "localhost:8080", "Content-Length": str(len(body))}
        lines = ["POST /_live/stream HTTP/1.0", *(f"{k}: {v}" for k, v in pairs.items())]
        wire.send("".join(f"{line}\r\n" for line in [*lines, ""]).encode() + body)
        wire.take()
        tell(page, 1, 2)
        data = wire.take()
        assert data.startswith(b"data: ")
        assert told([event[6:] for event in data.split(b"\n\n")[:-1]]) == [1, 2]

    @pytest.mark.parametrize("kind", ["stream", "poll"])
    def test_goneInAHook(self, server: Server, page: Page, kind: str) -> None:
        """One whose browser is gone is written to no more, whoever hears of it first."""
        browser = Poster(server.resource, page.pageId)
        if kind == "stream":
            exchange = browser.stream()
            exchange.events()
        else:
            browser.hello()
            exchange = browser.poll()
        transport: Any = page.transport
        request = (transport._reply if kind == "stream" else transport._waiting).request

        def gone(_: Any) -> None:
            tell(page, 1)
            page.close("bye")

        # As an application's own notifyFinish() that was asked for earlier.
        request.notifyFinish().addErrback(gone)
        request.notifications.insert(0, request.notifications.pop())
        exchange.wire.lose()
        assert page.ended is not None
