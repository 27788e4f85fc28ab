"""Tests of C{livewidget.web.channel}: pipelined and slow requests."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.task import Clock
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from livewidget import LiveSite
from tests.support.http import Wire
from tests.support.log import Log


class Pages(Resource):
    """A resource that records its requests. The test answers C{/later} itself."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.waiting: list[Request] = []

    def render(self, request: Request) -> Any:
        """Return the path and the body."""
        content: Any = request.content
        text = request.path.decode() + content.read().decode()
        self.asked.append(text)
        if request.path == b"/later":
            self.waiting.append(request)
            return NOT_DONE_YET
        return text.encode()


class Turns(Clock):
    """A clock on which the next turn of the reactor is a second later."""

    def callLater(self, when: float, what: Any, *args: Any, **kwargs: Any) -> Any:
        """Delay calls without a delay by a second."""
        return super().callLater(when or 1, what, *args, **kwargs)


class Setup:
    """A connection to a site, on a clock."""

    def __init__(self, timeout: int | None = None) -> None:
        self.clock = Turns()
        self.pages = Pages()
        site = LiveSite(self.pages, reactor=self.clock, timeout=timeout, bodyLimit=10_000_000)
        self.wire = Wire(self.pages, site=site)

    @property
    def reads(self) -> bool:
        """Return whether the server still reads."""
        state: str = self.wire.transport.producerState
        return state == "producing"

    @property
    def producer(self) -> Any:
        """Return the producer that the transport pauses while its peer does not read."""
        return self.wire.transport.producer

    def turn(self) -> list[str]:
        """Let one turn of the reactor pass, and return the requests handled in it."""
        before = len(self.pages.asked)
        self.clock.advance(1)
        return self.pages.asked[before:]


@pytest.fixture
def it() -> Setup:
    """Return a setup in which nothing was sent."""
    return Setup()


def get(path: str) -> bytes:
    """Return a request."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def post(path: str, body: bytes) -> bytes:
    """Return a request with a body."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def test_pipelinedRequestsAreHandledOnePerTurn(it: Setup) -> None:
    """Pipelined requests are handled one per turn; reading stops meanwhile."""
    it.wire.send(get("/1") + post("/2", b"two") + get("/3"))
    assert it.pages.asked == ["/1"]
    assert not it.reads
    assert it.turn() == ["/2two"]
    assert not it.reads
    assert it.turn() == ["/3"]
    assert it.reads
    assert it.turn() == []
    assert it.wire.take().count(b"HTTP/1.1 200 OK") == 3
    it.wire.send(get("/4"))
    assert it.pages.asked[-1] == "/4"
    assert it.clock.getDelayedCalls() == []


@pytest.mark.parametrize("size", [1, 3, 7, 50, 130])
def test_splitRequestsAreHandledOnceAndInOrder(it: Setup, size: int) -> None:
    """Each request is handled once and in order, wherever the bytes are split."""
    data = get("/1") + post("/2", b"two") + get("/3") + post("/4", b"x" * 100)
    for start in range(0, len(data), size):
        it.wire.send(data[start : start + size])
        while it.clock.getDelayedCalls():
            it.turn()
        # An incomplete request needs the rest.
        assert it.reads
    assert it.pages.asked == ["/1", "/2two", "/3", "/4" + "x" * 100]


def test_requestBehindAWaitingOneWaits(it: Setup) -> None:
    """A request behind an unanswered one waits for the answer and for its turn."""
    it.wire.send(get("/later") + get("/1"))
    it.wire.send(get("/2"))
    assert it.turn() == []
    [request] = it.pages.waiting
    request.finish()
    assert it.pages.asked == ["/later"]
    assert it.turn() == ["/1"]
    assert it.turn() == ["/2"]
    assert it.reads


def test_requestsWaitWhileResponsesAreNotRead(it: Setup) -> None:
    """No request is handled while its peer does not read responses."""
    it.wire.send(get("/1") + get("/2") + get("/3"))
    it.producer.pauseProducing()
    assert it.turn() == []
    assert it.turn() == []
    assert not it.reads
    it.producer.resumeProducing()
    assert it.turn() == ["/2"]
    assert it.turn() == ["/3"]
    assert it.reads


def test_laterRequestWaitsWhileTheBufferIsFull(it: Setup) -> None:
    """A request sent later waits while the first response fills the buffer."""
    it.wire.send(get("/later"))
    it.producer.pauseProducing()
    it.pages.waiting[0].finish()
    it.wire.send(get("/1"))
    it.wire.send(get("/2"))
    assert it.turn() == []
    assert not it.reads
    it.producer.resumeProducing()
    assert it.turn() == ["/1"]
    assert it.turn() == ["/2"]
    assert it.reads


@pytest.mark.parametrize("isRead", [True, False])
def test_readAheadIsBounded(it: Setup, isRead: bool) -> None:
    """Little is read behind a waiting request, whether responses are read or not."""
    it.wire.send(get("/later"))
    if not isRead:
        it.producer.pauseProducing()
    it.wire.send(b"x" * 16_384)
    assert it.reads
    it.wire.send(b"x")
    assert not it.reads


def test_resumingDoesNotDisturbAWaitingRequest(it: Setup) -> None:
    """A slow response is not disturbed when the peer has read the others."""
    it.wire.send(get("/later"))
    it.producer.pauseProducing()
    it.producer.resumeProducing()
    assert it.clock.getDelayedCalls() == []


def test_resumingTwiceHandlesOneRequest(it: Setup) -> None:
    """A transport that resumes twice in a turn has one request handled."""
    it.wire.send(get("/1") + get("/2") + get("/3"))
    for _ in range(2):
        it.producer.pauseProducing()
        it.producer.resumeProducing()
    assert it.turn() == ["/2"]
    assert it.turn() == ["/3"]


def test_lostConnectionHandlesNothingMore(it: Setup) -> None:
    """Nothing more is handled for a lost peer, and no timer remains."""
    it.wire.send(get("/1") + get("/2"))
    it.wire.lose()
    assert it.clock.getDelayedCalls() == []
    assert it.pages.asked == ["/1"]


def test_lostIdleConnectionLeavesNoTimer(it: Setup) -> None:
    """A connection lost after all its requests leaves no timer."""
    it.wire.send(get("/1") + get("/2"))
    it.turn()
    it.wire.lose()
    assert it.clock.getDelayedCalls() == []


def test_bytesAfterTheLastRequestAreDropped(it: Setup) -> None:
    """Bytes after a request with C{Connection: close} are dropped."""
    it.wire.send(get("/1").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + get("/2"))
    assert it.turn() == []
    assert it.wire.transport.disconnecting


@pytest.mark.parametrize("digits", [5000, 15000])
def test_lengthWithTooManyDigitsIsABadRequest(it: Setup, log: Log, digits: int) -> None:
    """A length that Python does not convert is a bad request, not an error."""
    it.wire.send(f"POST / HTTP/1.1\r\nContent-Length: {'9' * digits}\r\nX: y\r\n\r\n".encode())
    assert it.wire.take() == b"HTTP/1.1 400 Bad Request\r\n\r\n"
    assert it.wire.transport.disconnecting
    assert it.pages.asked == []
    assert log.texts() == []


@pytest.mark.parametrize(
    "codings", [["identity"], ["chunked", "identity"], ["identity", "chunked"]]
)
def test_transferEncodingOtherThanChunkedIsABadRequest(it: Setup, codings: list[str]) -> None:
    """Other encodings are refused, since a proxy may see another body."""
    lines = "".join(f"Transfer-Encoding: {coding}\r\n" for coding in codings)
    it.wire.send(f"POST / HTTP/1.1\r\n{lines}\r\n0\r\n\r\n".encode() + get("/2"))
    assert it.wire.take() == b"HTTP/1.1 400 Bad Request\r\n\r\n"
    assert it.wire.transport.disconnecting
    assert it.pages.asked == []


def test_chunkedIsRecognisedInAnyForm(it: Setup) -> None:
    """C{chunked} is accepted in any case and with spaces around it."""
    it.wire.send(b"POST /1 HTTP/1.1\r\nTransfer-Encoding: \t CHUNKED \r\n\r\n1\r\na\r\n0\r\n\r\n")
    assert it.pages.asked == ["/1a"]


def test_loneCarriageReturnIsABadRequest(it: Setup) -> None:
    """A lone carriage return in a header is refused, whatever Twisted does."""
    it.wire.send(b"GET /1 HTTP/1.1\r\nHost: localhost\r\nX: y\rContent-Length: 9\r\n\r\n")
    assert it.wire.take().startswith(b"HTTP/1.1 400 ")
    assert it.wire.transport.disconnecting
    assert it.pages.asked == []


class TestSlow:
    """A request that is sent byte by byte."""

    HEAD = b"POST /1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n\r\n"

    def drip(self, it: Setup, data: bytes, seconds: float) -> bool:
        """Send something, and return whether the connection is still open."""
        it.wire.send(data)
        it.clock.advance(seconds)
        return not it.wire.transport.disconnecting

    @pytest.mark.parametrize("begin", [b"", b"POST /", HEAD, HEAD + b"x" * 1000])
    def test_slowRequestIsCutAfter60Seconds(self, begin: bytes) -> None:
        """A head or body that drips in is cut after 60 seconds."""
        it = Setup(60)
        assert self.drip(it, begin, 0)
        assert [self.drip(it, b"x", 10) for _ in range(6)] == [True] * 5 + [False]
        assert it.pages.asked == []
        # Otherwise the file that holds the body stays open.
        it.wire.lose()

    def test_requestInTimeRestartsTheTime(self) -> None:
        """A request that arrives in time is answered; the next has as long again."""
        it = Setup(60)
        for _ in range(3):
            it.clock.advance(40)
            for byte in get("/1"):
                assert self.drip(it, bytes([byte]), 1)
        assert it.pages.asked == ["/1"] * 3

    def test_largeBodyMayTakeLonger(self) -> None:
        """A large body may take longer if 64 KiB arrive every 60 seconds."""
        it = Setup(60)
        it.wire.send(self.HEAD)
        assert all(self.drip(it, b"x" * 22_000, 15) for _ in range(300))
        assert [self.drip(it, b"x" * 5000, 20) for _ in range(6)][-1] is False
        it.wire.lose()

    def test_chunkFramingIsNoProgress(self) -> None:
        """Only the content of chunks counts as progress, not their framing."""
        it = Setup(60)
        it.wire.send(b"POST /1 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"1;" + b"x" * 900 + b"\r\ny\r\n"
        assert [self.drip(it, chunk * 20, 6) for _ in range(10)] == [True] * 9 + [False]
        it.wire.lose()

    def test_noTimeRunsWhileARequestIsHandled(self) -> None:
        """The time-out does not run while a request is handled."""
        it = Setup(60)
        it.wire.send(get("/later"))
        assert all(self.drip(it, b"G", 20) for _ in range(9))
        it.pages.waiting[0].finish()
        assert [self.drip(it, b"E", 10) for _ in range(7)][-1] is False

    def test_idleConnectionIsClosed(self) -> None:
        """A connection without requests is closed after the site's time-out."""
        it = Setup(60)
        it.wire.send(get("/1"))
        it.clock.advance(59)
        assert not it.wire.transport.disconnecting
        it.clock.advance(1)
        assert it.wire.transport.disconnecting
