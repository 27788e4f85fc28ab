"""Tests of C{livewidget.transports.websocket.protocol}: frames, good and bad, and backpressure."""

from __future__ import annotations

import json
from typing import Any

import pytest
from twisted.internet.testing import StringTransport

from livewidget import Limits
from livewidget.page.page import Page
from livewidget.wire.messages import Call, Result
from tests.support.log import Log
from tests.support.server import Echo, Server
from tests.support.websocket import BINARY, CLOSE, PING, PONG, Socket, frame, parseFrames

pytestmark = pytest.mark.usefixtures("takenBy")


def echo(page: Page) -> Echo:
    """Return the page's element."""
    element = page.elements[1]
    assert isinstance(element, Echo)
    return element


class TestMessages:
    """Messages in both directions."""

    def test_textFramesAreMessages(self, page: Page, socket: Socket) -> None:
        """Each text frame is a message, in both directions."""
        socket.send(Call(1, 1, "say", ["a"]), Call(2, 1, "say", ["\u2028\U0001f600"]))
        assert socket.take() == [
            b'["result",1,"a"]',
            '["result",2,"\u2028\U0001f600"]'.encode(),
        ]
        answers: list[Any] = []
        page.elements[1].callRemote("ask").addCallback(answers.append)
        assert socket.take() == [b'["call",1,1,"ask",[]]']
        socket.send(Result(1, {"x": 1}))
        assert answers == [{"x": 1}]

    def test_frameMayArriveByteByByte(self, page: Page, socket: Socket) -> None:
        """A frame may arrive byte by byte."""
        for byte in frame(b'["call",1,1,"say",["a"]]'):
            socket.wire.send(bytes([byte]))
        assert socket.take() == [b'["result",1,"a"]']

    def test_manyFramesMayArriveAtOnce(self, server: Server, socket: Socket) -> None:
        """Many frames may arrive together."""
        frames = [frame(b'["call",%d,1,"say",["a"]]' % n) for n in range(1, 101)]
        socket.wire.send(b"".join(frames))
        server.clock.advance(0)
        assert len(socket.take()) == 100

    def test_fragmentedMessageIsHandled(self, page: Page, socket: Socket) -> None:
        """The fragments of a message are joined."""
        data = b'["call",1,1,"say",["a"]]'
        socket.wire.send(frame(data[:5], fin=False) + frame(data[5:9], 0, False))
        socket.wire.send(frame(data[9:], 0))
        assert socket.take() == [b'["result",1,"a"]']

    def test_pingIsAnswered(self, socket: Socket) -> None:
        """A ping of the WebSocket layer is answered."""
        socket.wire.send(frame(b"hi", PING))
        assert parseFrames(socket.wire.take())[0] == [(10, b"hi")]

    def test_dueAcknowledgementFollowsMessages(
        self, server: Server, page: Page, socket: Socket
    ) -> None:
        """A due acknowledgement is sent even if there are always messages."""
        socket.send(Call(None, 1, "echo", ["a"]))
        socket.take()
        server.clock.rightNow += 1
        echo(page).callRemoteOnly("show")
        assert page.transport is not None
        page.transport.flush(server.clock.seconds())
        frames, _ = parseFrames(socket.wire.transport.value())
        texts = [payload for _, payload in frames]
        assert texts == [b'["call",null,1,"show",[]]', b'{"received":1}']

    def test_bothSidesAcknowledge(self, server: Server, page: Page, socket: Socket) -> None:
        """Both sides acknowledge by an object."""
        page.elements[1].callRemoteOnly("show")
        assert len(page.delivery._buffer) == 1
        socket.send(b'{"received":1}')
        assert len(page.delivery._buffer) == 0
        assert server.resource.pages.bufferedBytes == 0
        socket.take()
        socket.send(Call(None, 1, "say", ["a"]))
        server.clock.advance(1)
        assert socket.take() == [b'{"received":1}']

    def test_heartbeatIsAnAcknowledgement(self, server: Server, socket: Socket) -> None:
        """The server's heartbeat is an acknowledgement."""
        server.clock.advance(25)
        assert socket.take() == [b'{"received":0}']

    def test_silenceClosesTheConnectionAndKeepsThePage(
        self, server: Server, page: Page, socket: Socket
    ) -> None:
        """After 45 s of silence the connection gets 4408; the page waits."""
        server.clock.pump([1] * 45)
        assert socket.code == 4408
        assert page.ended is None
        server.clock.pump([1] * 60)
        assert page.ended is not None

    def test_lostConnectionLosesNothing(self, server: Server, page: Page, socket: Socket) -> None:
        """Messages sent while nothing is connected arrive with the next connection."""
        page.elements[1].callRemoteOnly("a")
        socket.wire.lose()
        page.elements[1].callRemoteOnly("b")
        again = Socket(server.resource)
        assert again.hello(page, 2, 1)["received"] == 0
        assert again.after == [b'["call",null,1,"b",[]]']

    @pytest.mark.parametrize("code", [1000, 1001, 4000])
    def test_closeOfTheBrowserIsALostConnection(
        self, page: Page, socket: Socket, code: int
    ) -> None:
        """A close by the browser is a lost connection; later calls wait."""
        socket.wire.send(frame(code.to_bytes(2, "big"), CLOSE))
        page.elements[1].callRemoteOnly("show")
        assert socket.take() == []
        assert socket.code == 1000
        socket.wire.lose()
        assert page.ended is None
        assert not page.delivery.connected
        page.elements[1].callRemoteOnly("show")

    @pytest.mark.parametrize("code", [4400, 4404, 4413, 4429, 4500])
    def test_browserEndsThePageByItsCode(
        self, page: Page, socket: Socket, log: Log, code: int
    ) -> None:
        """A browser ends the page by a code that says so."""
        socket.wire.send(frame(code.to_bytes(2, "big") + b"no \x1b use", CLOSE))
        socket.wire.lose()
        assert page.ended is not None
        assert page.ended.code == code
        assert r"the browser says: no \x1b use" in log.take(f"page refused ({code})")

    def test_newConnectionDoesNotSaveAnEndedPage(
        self, server: Server, page: Page, socket: Socket, log: Log
    ) -> None:
        """A page that ended by malformed frames is not saved by a new connection."""
        socket.wire.send(b"\x81\x02hi")
        late = Socket(server.resource)
        assert late.hello(page, 2) is None
        assert late.code == 4400
        log.take("page refused (4400)")
        log.take("connection refused (4400)")

    @pytest.mark.parametrize("close", [frame((1000).to_bytes(2, "big"), CLOSE), b"\x81\x02hi" * 2])
    def test_closingPeerThatReadsNothingIsCut(
        self, server: Server, page: Page, socket: Socket, log: Log, close: bytes
    ) -> None:
        """A closing peer that reads nothing is cut after some seconds."""
        transport: Any = socket.wire.transport
        socket.wire.send(close)
        assert transport.disconnecting
        assert not transport.disconnected
        server.clock.advance(3)
        assert transport.disconnected
        socket.wire.lose()
        page.close()
        assert server.clock.getDelayedCalls() == []
        if close.startswith(b"\x81"):
            log.take("page refused (4400)")

    def test_closingPeerThatGoesLeavesNoTimer(
        self, server: Server, page: Page, socket: Socket
    ) -> None:
        """A closing peer that goes by itself leaves no timer."""
        socket.wire.send(frame((1000).to_bytes(2, "big"), CLOSE))
        socket.wire.lose()
        page.close()
        assert server.clock.getDelayedCalls() == []

    def test_peerThatDoesNotAnswerACloseIsCutQuietly(self, page: Page, socket: Socket) -> None:
        """A peer that does not answer a close is cut; nothing is logged."""
        page.close("bye")
        transport: Any = socket.wire.transport
        transport.protocol.onCloseHandshakeTimeout()
        assert transport.disconnected

    def test_closingConnectionGetsNoHeartbeat(
        self, server: Server, page: Page, socket: Socket
    ) -> None:
        """Nothing is sent on a closing connection, whatever is due."""
        socket.wire.send(frame((1000).to_bytes(2, "big"), CLOSE))
        socket.take()
        server.clock.advance(26)
        assert socket.take() == []

    def test_lossAfterTheEndDoesNothing(self, server: Server, page: Page, socket: Socket) -> None:
        """The loss of the connection after the end of the page does nothing."""
        page.close("bye")
        assert socket.closed is None
        assert socket.code == 4000
        assert socket.closed == (4000, "bye")
        socket.wire.send(frame((4000).to_bytes(2, "big"), CLOSE))
        socket.wire.lose()
        assert server.clock.getDelayedCalls() == []

    def test_messageAfterTheEndIsIgnored(self, page: Page, socket: Socket, log: Log) -> None:
        """Messages that the browser sent before it received the end are ignored."""
        heard = echo(page).heard
        page.close("bye")
        socket.send(Call(1, 1, "say", ["a"]))
        assert socket.code == 4000
        assert heard == []
        assert log.texts() == []

    @pytest.mark.parametrize("reason", ["x" * 200, "\u00e9" * 100, "x" + "\U0001f600" * 50])
    def test_longReasonIsCutBetweenCharacters(
        self, page: Page, socket: Socket, reason: str
    ) -> None:
        """A long reason is cut to 123 bytes, between characters."""
        page.close(reason)
        socket.take()
        assert socket.closed is not None
        code, cut = socket.closed
        assert code == 4000
        assert reason.startswith(cut)
        assert 119 < len(cut.encode()) <= 123


class TestRefused:
    """Bad frames."""

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"nonsense",
            b"[]",
            b'["join",1,1]',
            b'["event",1,"say",["x"]]',
            b'["call",1,1,"say",[NaN]]',
            b'{"received":-1}',
            b'{"received":7}',
            b'{"received":"0"}',
            b'{"received":0,"more":0}',
            b'{"leave":true}',
            b"{}",
        ],
    )
    def test_malformedMessageEndsThePage(
        self, page: Page, socket: Socket, log: Log, data: bytes
    ) -> None:
        """A malformed message gets 4400, ends the page and reaches no method."""
        socket.send(data)
        socket.send(Call(1, 1, "say", ["after"]))
        assert socket.code == 4400
        assert page.ended is not None
        log.take("page refused (4400)")

    def test_binaryFrameEndsThePage(self, page: Page, socket: Socket, log: Log) -> None:
        """A binary frame is malformed."""
        socket.wire.send(frame(b'["call",1,1,"say",["x"]]', BINARY))
        assert socket.code == 4400
        assert page.ended is not None
        log.take("a binary frame")

    def test_binaryHelloIsRefused(self, server: Server, log: Log) -> None:
        """A binary frame before the hello is refused."""
        socket = Socket(server.resource)
        socket.wire.send(frame(b"{}", BINARY))
        assert socket.code == 4400
        log.take("a binary frame")

    @pytest.mark.parametrize(
        ("data", "wire", "ended"),
        [
            (b"\x81\x02hi", 1002, 4400),
            (frame(b"hi", 3), 1002, 4400),
            (frame(b"hi", 0), 1002, 4400),
            (b"\xf1" + frame(b"hi")[1:], 1002, 4400),
            (frame(b"x" * 126, PING), 1002, 4400),
            (frame(b'["call",1,1,"say",["\xff"]]'), 1007, 4400),
            (frame(b"\xed\xa0\x80"), 1007, 4400),
            (frame(b"x" * 65537), 1009, 4413),
            (frame(b"x" * 40000, fin=False) + frame(b"x" * 40000, 0), 1009, 4413),
            (b"\x81\xff" + (2**62).to_bytes(8, "big") + b"mask", 1009, 4413),
        ],
    )
    def test_forbiddenFrameEndsThePage(
        self, page: Page, socket: Socket, log: Log, data: bytes, wire: int, ended: int
    ) -> None:
        """Frames that RFC 6455 forbids, or that are too large, end the page."""
        element = page.elements[1]
        element.callRemoteOnly("before")
        socket.wire.send(data)
        assert socket.code == wire
        assert page.ended is not None
        assert page.ended.code == ended
        element.callRemoteOnly("while it closes")
        socket.wire.lose()
        log.take(f"page refused ({ended})")
        assert log.texts() == []

    def test_messageOfTheLimitIsHandled(self, page: Page, socket: Socket) -> None:
        """A message of exactly the limit is handled."""
        data = b'["call",1,1,"say",["%s"]]'
        data = data % (b"x" * (65536 - len(data) + 2))
        assert len(data) == 65536
        socket.send(data)
        assert len(echo(page).heard) == 1
        assert socket.code is None

    def test_largeFrameBeforeTheHelloIsRefused(self, server: Server, log: Log) -> None:
        """The limit of a message holds before the hello."""
        socket = Socket(server.resource)
        socket.wire.send(frame(b"x" * 65537))
        assert socket.code == 1009
        socket.wire.lose()
        log.take("connection refused (4413)")
        assert log.texts() == []

    def test_refusalIsCutInTheLog(self, server: Server, log: Log) -> None:
        """The reason of a refusal is cut in the log."""
        Socket(server.resource).send(b'{"%s":1}' % (b"x" * 50_000))
        assert len(log.take("connection refused (4400)")) < 700

    def test_messageAfterARefusalIsIgnored(self, page: Page, socket: Socket, log: Log) -> None:
        """A message after a refused one, in the same segment, is ignored."""
        element = echo(page)
        socket.wire.send(frame(b"nonsense") + frame(b'["call",1,1,"say",["x"]]'))
        assert element.heard == []
        log.take("page refused (4400)")


class TestBackpressure:
    """A connection that is full for a while."""

    def test_pausedMessagesAreSentInOrderLater(self, page: Page, socket: Socket) -> None:
        """Messages wait while the connection is paused, and follow in order."""
        producer: Any = socket.wire.transport.producer
        producer.pauseProducing()
        for number in range(3):
            page.elements[1].callRemoteOnly("show", number)
        assert socket.take() == []
        producer.resumeProducing()
        assert [json.loads(data)[4] for data in socket.take()] == [[0], [1], [2]]

    def test_pausedPeerGetsNoPongs(self, socket: Socket) -> None:
        """A peer that reads nothing gets no pongs, which would pile up."""
        producer: Any = socket.wire.transport.producer
        producer.pauseProducing()
        socket.wire.send(frame(b"p", PING) * 100)
        assert socket.wire.take() == b""
        producer.resumeProducing()
        socket.wire.send(frame(b"p", PING))
        assert parseFrames(socket.wire.take())[0] == [(PONG, b"p")]

    def test_longQueueIsSentInChunks(self, page: Page, socket: Socket, monkeypatch: Any) -> None:
        """A long queue is sent in parts until the connection pauses."""
        producer: Any = socket.wire.transport.producer
        producer.pauseProducing()
        for _ in range(12):
            page.elements[1].callRemoteOnly("show", "x" * 60_000)
        write = StringTransport.write

        def full(transport: StringTransport, data: bytes) -> None:
            write(transport, data)
            if len(transport.value()) > 100_000:
                producer.pauseProducing()

        monkeypatch.setattr(StringTransport, "write", full)
        producer.resumeProducing()
        assert len(socket.take()) == 2
        producer.resumeProducing()
        assert len(socket.take()) == 2

    def test_slowReaderIsClosedAtTheLimit(self, server: Server, page: Page, socket: Socket) -> None:
        """A reader too slow for the limit is closed with 4429."""
        producer: Any = socket.wire.transport.producer
        producer.pauseProducing()
        element = page.elements[1]
        for _ in range(18):
            element.callRemoteOnly("show", "x" * 60_000)
        server.clock.advance(0)
        assert page.ended is not None
        assert socket.code == 4429
        producer.resumeProducing()
        assert socket.take() == []
        assert server.resource.pages.bufferedBytes == 0

    def test_stoppedConnectionGetsNothing(self, page: Page, socket: Socket) -> None:
        """A connection that is lost gets nothing more."""
        producer: Any = socket.wire.transport.producer
        producer.stopProducing()
        page.elements[1].callRemoteOnly("show")
        assert socket.take() == []

    def test_limitsCanBeSet(self, log: Log) -> None:
        """The limits are those of the settings; control frames always fit."""
        server = Server(limits=Limits(message=100))
        page = server.page()
        socket = server.connect(page)
        data = b'["call",1,1,"say",["%s"]]'
        socket.send(data % (b"x" * (100 - len(data) + 2)))
        assert len(socket.take()) == 1
        socket.send(data % (b"x" * (101 - len(data) + 2)))
        assert socket.code == 4413
        log.take("page refused (4413)")
