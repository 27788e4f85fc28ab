"""Tests of C{livewidget.web.site}: large bodies are refused while they are received."""

from __future__ import annotations

import json
import socket
import tracemalloc
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from twisted.internet import reactor as globalReactor
from twisted.internet.task import Clock
from twisted.web.resource import Resource
from twisted.web.server import Request, Site
from twisted.web.test.requesthelper import DummyChannel

from livewidget import LiveResource, LiveSite, Settings
from livewidget.web.site import BODY_LIMIT, LiveRequest
from tests.support.http import Wire, parseResponse
from tests.support.log import Log
from tests.support.poster import Poster
from tests.support.server import Echo
from tests.support.sockets import turnUntil
from tests.support.websocket import HANDSHAKE

reactor: Any = globalReactor
LIMIT = 1000


class Uploads(Resource):
    """A resource that counts the bytes of uploads.

    @ivar last: the last upload.
    """

    isLeaf = True
    last: Any

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def render_POST(self, request: Request) -> bytes:
        """Accept an upload."""
        self.last = request
        content: Any = request.content
        self.sizes.append(len(content.read()))
        return b"ok"


class Setup:
    """A site on a clock, with a resource that accepts uploads of at most L{LIMIT}."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.uploads = Uploads()
        self.site = LiveSite(self.uploads, bodyLimit=LIMIT, reactor=self.clock, timeout=None)
        self.wire = Wire(self.uploads, site=self.site)

    def send(self, body: bytes, **headers: str) -> Any:
        """Send a request, and return the bytes that the resource sees."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        assert self.wire.request("/?a=1", named, "POST", body).status == 200
        return self.uploads.last

    def begin(self, **headers: str) -> None:
        """Send the head of a request with a body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.wire.begin("/", named, "POST")

    @property
    def cut(self) -> bool:
        """Return whether the server has closed the connection."""
        closing: bool = self.wire.transport.disconnecting
        return closing


@pytest.fixture
def it() -> Setup:
    """Return a setup in which nothing was sent."""
    return Setup()


def chunk(size: int) -> bytes:
    """Return one chunk of a body."""
    return b"%x\r\n%b\r\n" % (size, b"x" * size)


class TestLength:
    """A body with a length."""

    def test_bodyOfTheLimitIsAccepted(self, it: Setup) -> None:
        """A body of exactly the limit is accepted, and the connection is kept."""
        assert it.wire.request("/", method="POST", body=b"x" * LIMIT).status == 200
        assert it.uploads.sizes == [LIMIT]
        assert not it.cut

    def test_bodyOverTheLimitIsRefusedByItsHead(self, it: Setup, log: Log) -> None:
        """A body of a byte over the limit is refused by its head, with a complete response."""
        it.begin(Content_Length=str(LIMIT + 1))
        response = parseResponse(it.wire.take())
        assert response.status == 413
        assert json.loads(response.body)["close"][0] == 4413
        assert int(response.headers["content-length"]) == len(response.body)
        assert response.headers["connection"] == "close"
        assert response.headers["content-type"] == "application/json"
        assert it.cut
        assert log.take("request refused (413)").isprintable()
        assert log.texts() == []

    def test_bytesAfterARefusalAreDropped(self, it: Setup, log: Log) -> None:
        """Bytes after a refusal are dropped and not answered."""
        it.begin(Content_Length=str(LIMIT + 1))
        it.wire.take()
        it.wire.send(b"x" * (LIMIT + 1))
        it.wire.send(b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx")
        assert it.wire.take() == b""
        assert it.uploads.sizes == []
        log.take("request refused (413)")

    def test_expectContinueIsAnsweredByTheLength(self, it: Setup, log: Log) -> None:
        """C{Expect: 100-continue} is answered by 100 or 413."""
        it.begin(Content_Length=str(LIMIT), Expect="100-continue")
        assert it.wire.take().startswith(b"HTTP/1.1 100 ")
        other = Setup()
        other.begin(Content_Length=str(LIMIT + 1), Expect="100-continue")
        data = other.wire.take()
        assert parseResponse(data).status == 413
        assert b" 100 " not in data
        log.take("request refused (413)")

    def test_refusedPeerIsCutAfterSomeSeconds(self, it: Setup, log: Log) -> None:
        """A refused peer that sends on, or reads nothing, is cut after 3 seconds."""
        it.begin(Content_Length=str(LIMIT + 1))
        it.clock.advance(2.9)
        assert not it.wire.transport.disconnected
        it.clock.advance(0.1)
        assert it.wire.transport.disconnected
        it.wire.lose()
        assert it.clock.getDelayedCalls() == []
        log.take("request refused (413)")

    def test_refusedPeerThatGoesLeavesNoTimer(self, it: Setup, log: Log) -> None:
        """A refused peer that closes by itself leaves no timer."""
        it.begin(Content_Length=str(LIMIT + 1))
        it.wire.lose()
        assert it.clock.getDelayedCalls() == []
        log.take("request refused (413)")

    def test_largeFormIsRefused(self, it: Setup, log: Log) -> None:
        """A form over the limit is refused like any body."""
        it.begin(Content_Length=str(LIMIT + 1), Content_Type="application/x-www-form-urlencoded")
        assert parseResponse(it.wire.take()).status == 413
        log.take("request refused (413)")


class TestChunks:
    """A body in chunks."""

    def test_chunksOfTheLimitAreAccepted(self, it: Setup) -> None:
        """Chunks of exactly the limit are accepted."""
        it.begin(Transfer_Encoding="chunked")
        for _ in range(LIMIT // 100):
            it.wire.send(chunk(100))
        it.wire.send(b"0\r\n\r\n")
        assert parseResponse(it.wire.take()).status == 200
        assert it.uploads.sizes == [LIMIT]

    def test_chunksOverTheLimitAreRefusedAtOnce(self, it: Setup, log: Log) -> None:
        """Chunks are refused once they exceed the limit, and are not kept."""
        it.begin(Transfer_Encoding="chunked")
        it.wire.send(chunk(LIMIT))
        [request] = it.wire.transport.protocol._channel.requests
        kept = request.content
        assert it.wire.take() == b""
        it.wire.send(chunk(1))
        assert parseResponse(it.wire.take()).status == 413
        assert it.cut
        assert kept.closed
        log.take("request refused (413)")

    def test_wholeChunkedBodyIsRefusedOnce(self, it: Setup, log: Log) -> None:
        """A chunked body that arrives whole is refused once, and not rendered."""
        it.begin(Transfer_Encoding="chunked")
        it.wire.send(chunk(LIMIT + 1) + chunk(5) + b"0\r\n\r\n")
        assert it.wire.take().count(b"HTTP/1.1 ") == 1
        assert it.uploads.sizes == []
        assert it.cut
        log.take("request refused (413)")

    def test_largeChunkIsRefusedBeforeItsEnd(self, it: Setup, log: Log) -> None:
        """A chunk that is too large is refused before it is complete."""
        it.begin(Transfer_Encoding="chunked")
        it.wire.send(b"fffffff\r\n" + b"x" * (LIMIT + 1))
        assert parseResponse(it.wire.take()).status == 413
        log.take("request refused (413)")


FORMS = [
    ("application/x-www-form-urlencoded", b"a=2&b=3"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="b"\r\n\r\n3\r\n--x--\r\n',
    ),
]


@pytest.mark.parametrize(("mediaType", "body"), FORMS)
class TestForms:
    """A body that is a form."""

    def test_formIsNotParsedByDefault(self, it: Setup, mediaType: str, body: bytes) -> None:
        """A form is not parsed by default; the resource has all of its bytes."""
        request = it.send(body, Content_Type=mediaType)
        assert request.args == {b"a": [b"1"]}
        assert request.getHeader("content-type") == mediaType
        assert it.uploads.sizes == [len(body)]

    def test_formIsParsedOnRequest(self, it: Setup, mediaType: str, body: bytes) -> None:
        """A form is parsed if the site says so."""
        it.site.parsesForms = True
        request = it.send(body, Content_Type=mediaType)
        assert request.args[b"b"] == [b"3"]
        assert request.getHeader("content-type") == mediaType


def test_hostileFormBlocksNothing(it: Setup) -> None:
    """A form that Twisted parses for seconds is answered immediately."""
    site = LiveSite(it.uploads, reactor=it.clock, timeout=None)
    it.wire = Wire(it.uploads, site=site)
    head = b'--x\r\nContent-Disposition: form-data; name=a;b="' + b'\\";' * 40_000
    request = it.send(
        head + b"\r\n\r\nx\r\n--x--\r\n", Content_Type="multipart/form-data; boundary=x"
    )
    assert request.args == {b"a": [b"1"]}


@pytest.mark.parametrize("limit", [1024 * 1024, 1024 * 1024 + 1])
def test_smallBodyNeedsNoFile(limit: int) -> None:
    """Bodies are kept in memory if the limit is small, and otherwise in files."""
    clock = Clock()
    uploads = Uploads()
    wire = Wire(uploads, site=LiveSite(uploads, bodyLimit=limit, reactor=clock, timeout=None))
    wire.begin("/", {"Transfer-Encoding": "chunked"}, "POST")
    [request] = wire.transport.protocol._channel.requests
    content = request.content
    assert isinstance(content, BytesIO) == (limit == 1024 * 1024)
    content.close()


class TestSite:
    """The site as a whole."""

    def test_limitHoldsForEachRequest(self, it: Setup, log: Log) -> None:
        """The limit holds for each request of a connection, and ends it."""
        for _ in range(3):
            assert it.wire.request("/", method="POST", body=b"x" * LIMIT).status == 200
        it.begin(Content_Length="99999999")
        assert it.wire.take().startswith(b"HTTP/1.1 413 ")
        assert it.uploads.sizes == [LIMIT] * 3
        log.take("request refused (413)")

    def test_bodyOverHttp2IsDroppedAndTheConnectionKept(self, it: Setup, log: Log) -> None:
        """Over HTTP/2 the body is dropped and the connection kept."""
        for length in (None, LIMIT + 1):
            channel = DummyChannel()
            channel.site = it.site
            channel.factory = None
            request = LiveRequest(channel, False)
            request.gotLength(length)
            for _ in range(20):
                request.handleContentChunk(b"x" * LIMIT)
            assert channel.transport.written.getvalue() == b""
            request.requestReceived(b"POST", b"/", b"HTTP/2")
            response = parseResponse(channel.transport.written.getvalue())
            assert response.status == 413
            assert json.loads(response.body)["close"][0] == 4413
            assert not channel.transport.disconnected
            log.take("request refused (413)")
        assert it.uploads.sizes == []

    @pytest.mark.parametrize("limit", [1.5, "1", None, True])
    def test_limitMustBeAnInteger(self, limit: Any) -> None:
        """A limit that is not an integer is refused."""
        with pytest.raises(TypeError, match="bodyLimit must be an integer, not "):
            LiveSite(Resource(), bodyLimit=limit)

    def test_negativeLimitIsRefused(self) -> None:
        """The limit may be 0, but not less."""
        with pytest.raises(ValueError, match="bodyLimit must be 0 or more, not -1"):
            LiveSite(Resource(), bodyLimit=-1)
        assert LiveSite(Resource(), bodyLimit=0).bodyLimit == 0

    def test_defaultLimitFitsALiveResource(self) -> None:
        """The default is enough for the largest request of a live resource."""
        assert LiveSite(Resource()).bodyLimit == BODY_LIMIT
        assert Settings().largestBody <= BODY_LIMIT

    def test_optionsOfAPlainSiteAreKept(self) -> None:
        """All options of a plain site work, and so does its access log."""
        clock = Clock()
        site = LiveSite(Resource(), reactor=clock, timeout=7)
        assert isinstance(site, Site)
        assert (site.reactor, site.timeOut, site.logsRequests) == (clock, 7, True)
        assert LiveSite(Resource(), parsesForms=True).parsesForms

    def test_liveResourceWorksOverAllTransports(self) -> None:
        """A live resource works in the site over all transports."""
        clock = Clock()
        resource = LiveResource(Echo, clock=clock)
        site = LiveSite(resource, reactor=clock, timeout=None)
        browser = Poster(resource, resource.pages.make().pageId)
        for number, name in enumerate(["poll", "stream", "poll"], 1):
            body = browser.body(hello=True, connection=number)
            wire = Wire(resource, site=site)
            wire.begin(f"/_live/{name}", browser.headers(), "POST", body)
            assert f'"connection":{number}' in wire.take().decode()
        wire = Wire(resource, site=site)
        wire.begin("/_live/ws", HANDSHAKE)
        assert wire.take().startswith(b"HTTP/1.1 101 ")


class Listening:
    """A site that listens on a loopback port."""

    def __init__(self, site: Site) -> None:
        self._port = reactor.listenTCP(0, site, interface="127.0.0.1")

    def connect(self) -> socket.socket:
        """Return a client that does not block."""
        client = socket.create_connection(("127.0.0.1", self._port.getHost().port))
        client.setblocking(False)
        return client

    def stop(self) -> None:
        """Close everything, and wait until it is closed."""
        closed: list[Any] = []
        self._port.stopListening().addBoth(closed.append)
        turnUntil(lambda: closed)
        turnUntil(lambda: not [r for r in reactor.getReaders() if hasattr(r, "getPeer")])


@pytest.fixture
def listening() -> Iterator[Listening]:
    """Return a site with the default limit."""
    listening = Listening(LiveSite(Uploads(), timeout=None))
    try:
        yield listening
    finally:
        listening.stop()


def pour(client: socket.socket, data: bytes, total: int) -> int:
    """Send until everything is sent or the connection is cut, and return the size sent."""
    sent = 0

    def more() -> bool:
        nonlocal sent
        try:
            while sent < total:
                sent += client.send(data)
        except BlockingIOError:
            return False
        except ConnectionError:
            return True
        return True

    turnUntil(more)
    return sent


@pytest.mark.parametrize("head", ["Content-Length: 52428800", "Transfer-Encoding: chunked"])
def test_bodyOfFiftyMegabytesIsCutEarly(listening: Listening, log: Log, head: str) -> None:
    """A body of 50 MB is cut early and never stored."""
    client = listening.connect()
    client.send(f"POST / HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode())
    data = chunk(65536) if "chunked" in head else b"x" * 65536
    tracemalloc.start()
    try:
        sent = pour(client, data, 50 * 1024 * 1024)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        client.close()
    # At most the size of the kernel's buffers.
    assert sent < 20 * 1024 * 1024
    assert peak < 2 * 1024 * 1024
    log.take("request refused (413)")


def test_responseReachesAClientThatWaits(listening: Listening, log: Log) -> None:
    """A client that waits before it sends the body gets the response and the end."""
    client = listening.connect()
    client.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 52428800\r\n\r\n")
    data = bytearray()

    def ended() -> bool:
        try:
            while part := client.recv(65536):
                data.extend(part)
        except BlockingIOError:
            return False
        return True

    turnUntil(ended)
    client.close()
    assert parseResponse(bytes(data)).status == 413
    log.take("request refused (413)")
