"""Tests of C{livewidget.web.channel}: requests that a peer sends ahead."""

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
    """Notes what is asked for; C{/later} is answered by the test."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.waiting: list[Request] = []

    def render(self, request: Request) -> Any:
        """Answer with the path and the body."""
        content: Any = request.content
        text = request.path.decode() + content.read().decode()
        self.asked.append(text)
        if request.path == b"/later":
            self.waiting.append(request)
            return NOT_DONE_YET
        return text.encode()


class Turns(Clock):
    """A clock on which what is to be soon is a second later, as it is a turn later."""

    def callLater(self, when: float, what: Any, *args: Any, **kwargs: Any) -> Any:
        """See C{Clock}."""
        return super().callLater(when or 1, what, *args, **kwargs)


class Setup:
    """One connection to a site, on a clock."""

    def __init__(self, timeout: int | None = None) -> None:
        self.clock = Turns()
        self.pages = Pages()
        site = LiveSite(self.pages, reactor=self.clock, timeout=timeout, bodyLimit=10_000_000)
        self.wire = Wire(self.pages, site=site)

    @property
    def reads(self) -> bool:
        """Whether the server reads on."""
        state: str = self.wire.transport.producerState
        return state == "producing"

    @property
    def producer(self) -> Any:
        """What the transport stops when its peer does not read."""
        return self.wire.transport.producer

    def turn(self) -> list[str]:
        """Let one turn of the reactor pass; returns what was asked for in it."""
        before = len(self.pages.asked)
        self.clock.advance(1)
        return self.pages.asked[before:]


@pytest.fixture
def it() -> Setup:
    """With nothing sent."""
    return Setup()


def get(path: str) -> bytes:
    """A request."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def post(path: str, body: bytes) -> bytes:
    """A request with a body."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def test_oneATurn(it: Setup) -> None:
    """Of requests that come together one is taken a turn, and meanwhile nothing is read."""
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
def test_inPieces(it: Setup, size: int) -> None:
    """Wherever the bytes are split, each request is taken once and in order."""
    data = get("/1") + post("/2", b"two") + get("/3") + post("/4", b"x" * 100)
    for start in range(0, len(data), size):
        it.wire.send(data[start : start + size])
        while it.clock.getDelayedCalls():
            it.turn()
        # What is not whole yet needs the rest.
        assert it.reads
    assert it.pages.asked == ["/1", "/2two", "/3", "/4" + "x" * 100]


def test_behindOneThatWaits(it: Setup) -> None:
    """What comes after a request that is not answered yet waits for that, and then for its turn."""
    it.wire.send(get("/later") + get("/1"))
    it.wire.send(get("/2"))
    assert it.turn() == []
    [request] = it.pages.waiting
    request.finish()
    assert it.pages.asked == ["/later"]
    assert it.turn() == ["/1"]
    assert it.turn() == ["/2"]
    assert it.reads


def test_answersThatAreNotRead(it: Setup) -> None:
    """While a peer reads no answers none of its requests is taken."""
    it.wire.send(get("/1") + get("/2") + get("/3"))
    it.producer.pauseProducing()
    assert it.turn() == []
    assert it.turn() == []
    assert not it.reads
    it.producer.resumeProducing()
    assert it.turn() == ["/2"]
    assert it.turn() == ["/3"]
    assert it.reads


def test_oneByOneAndNotRead(it: Setup) -> None:
    """So it is when requests come one by one: the answer to the first has filled the buffer."""
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
def test_endless(it: Setup, isRead: bool) -> None:
    """Behind a request that waits a little is read ahead, whether answers are read or not."""
    it.wire.send(get("/later"))
    if not isRead:
        it.producer.pauseProducing()
    it.wire.send(b"x" * 16_384)
    assert it.reads
    it.wire.send(b"x")
    assert not it.reads


def test_resumedWhileOneWaits(it: Setup) -> None:
    """An answer that is long in coming is not disturbed when the peer has read."""
    it.wire.send(get("/later"))
    it.producer.pauseProducing()
    it.producer.resumeProducing()
    assert it.clock.getDelayedCalls() == []


def test_manyResumes(it: Setup) -> None:
    """A transport that resumes twice in a turn has no two requests taken."""
    it.wire.send(get("/1") + get("/2") + get("/3"))
    for _ in range(2):
        it.producer.pauseProducing()
        it.producer.resumeProducing()
    assert it.turn() == ["/2"]
    assert it.turn() == ["/3"]


def test_gone(it: Setup) -> None:
    """Of a peer that is gone no more is taken, and no timer stays."""
    it.wire.send(get("/1") + get("/2"))
    it.wire.lose()
    assert it.clock.getDelayedCalls() == []
    assert it.pages.asked == ["/1"]


def test_goneLater(it: Setup) -> None:
    """So it is when all was taken."""
    it.wire.send(get("/1") + get("/2"))
    it.turn()
    it.wire.lose()
    assert it.clock.getDelayedCalls() == []


def test_last(it: Setup) -> None:
    """What comes after a request that is to be the last one is dropped."""
    it.wire.send(get("/1").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + get("/2"))
    assert it.turn() == []
    assert it.wire.transport.disconnecting


@pytest.mark.parametrize("digits", [5000, 15000])
def test_endlessLength(it: Setup, log: Log, digits: int) -> None:
    """A length that is no number to Python is a bad request, and no error of the server's."""
    it.wire.send(f"POST / HTTP/1.1\r\nContent-Length: {'9' * digits}\r\nX: y\r\n\r\n".encode())
    assert it.wire.take() == b"HTTP/1.1 400 Bad Request\r\n\r\n"
    assert it.wire.transport.disconnecting
    assert it.pages.asked == []
    assert log.texts() == []


@pytest.mark.parametrize(
    "codings", [["identity"], ["chunked", "identity"], ["identity", "chunked"]]
)
def test_otherCodings(it: Setup, codings: list[str]) -> None:
    """Whoever says another coding than chunks may have another idea of where the body ends."""
    lines = "".join(f"Transfer-Encoding: {coding}\r\n" for coding in codings)
    it.wire.send(f"POST / HTTP/1.1\r\n{lines}\r\n0\r\n\r\n".encode() + get("/2"))
    assert it.wire.take() == b"HTTP/1.1 400 Bad Request\r\n\r\n"
    assert it.wire.transport.disconnecting
    assert it.pages.asked == []


def test_chunks(it: Setup) -> None:
    """Chunks, in whatever case and with spaces around, are a body."""
    it.wire.send(b"POST /1 HTTP/1.1\r\nTransfer-Encoding: \t CHUNKED \r\n\r\n1\r\na\r\n0\r\n\r\n")
    assert it.pages.asked == ["/1a"]


def test_bareReturn(it: Setup) -> None:
    """A header with half of a line break in it is malformed, whatever Twisted makes of it."""
    it.wire.send(b"GET /1 HTTP/1.1\r\nHost: localhost\r\nX: y\rContent-Length: 9\r\n\r\n")
    assert it.wire.take().startswith(b"HTTP/1.1 400 ")
    assert it.wire.transport.disconnecting
    assert it.pages.asked == []


class TestSlow:
    """A request that comes byte by byte."""

    HEAD = b"POST /1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n\r\n"

    def drip(self, it: Setup, data: bytes, seconds: float) -> bool:
        """Send something; whether the server goes on with it."""
        it.wire.send(data)
        it.clock.advance(seconds)
        return not it.wire.transport.disconnecting

    @pytest.mark.parametrize("begin", [b"", b"POST /", HEAD, HEAD + b"x" * 1000])
    def test_cut(self, begin: bytes) -> None:
        """It has 60 seconds, however often a byte comes: in its head and in its body."""
        it = Setup(60)
        assert self.drip(it, begin, 0)
        assert [self.drip(it, b"x", 10) for _ in range(6)] == [True] * 5 + [False]
        assert it.pages.asked == []
        # Else the file that holds the body stays open.
        it.wire.lose()

    def test_whole(self) -> None:
        """One that is there within them is answered, and the next one has as long."""
        it = Setup(60)
        for _ in range(3):
            it.clock.advance(40)
            for byte in get("/1"):
                assert self.drip(it, bytes([byte]), 1)
        assert it.pages.asked == ["/1"] * 3

    def test_large(self) -> None:
        """A large one may take longer, as long as 64 KiB come in each 60 seconds."""
        it = Setup(60)
        it.wire.send(self.HEAD)
        assert all(self.drip(it, b"x" * 22_000, 15) for _ in range(300))
        assert [self.drip(it, b"x" * 5000, 20) for _ in range(6)][-1] is False
        it.wire.lose()

    def test_chunks(self) -> None:
        """What is around the chunks of a body is none of it."""
        it = Setup(60)
        it.wire.send(b"POST /1 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"1;" + b"x" * 900 + b"\r\ny\r\n"
        assert [self.drip(it, chunk * 20, 6) for _ in range(10)] == [True] * 9 + [False]
        it.wire.lose()

    def test_answerThatTakesLong(self) -> None:
        """While a request is handled no time runs, whatever else comes."""
        it = Setup(60)
        it.wire.send(get("/later"))
        assert all(self.drip(it, b"G", 20) for _ in range(9))
        it.pages.waiting[0].finish()
        assert [self.drip(it, b"E", 10) for _ in range(7)][-1] is False

    def test_idle(self) -> None:
        """A connection on which nothing is asked is closed after as long, as ever."""
        it = Setup(60)
        it.wire.send(get("/1"))
        it.clock.advance(59)
        assert not it.wire.transport.disconnecting
        it.clock.advance(1)
        assert it.wire.transport.disconnecting
