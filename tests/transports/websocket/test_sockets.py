"""Tests of C{livewidget.transports.websocket} on real sockets: all of it, and slow readers."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twisted.internet import reactor as globalReactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.web.server import Site

from livewidget import LiveElement, LiveResource, expose
from livewidget.page.page import Page
from livewidget.wire.controls import Hello, encodeControl
from livewidget.wire.messages import Call, encode
from tests.support.help import CLAIM, Project
from tests.support.wire import (
    CLOSE,
    HANDSHAKE,
    PONG,
    TEXT,
    endTurn,
    frame,
    parseFrames,
    parseResponse,
)

pytestmark = pytest.mark.usefixtures("takenBy")

reactor: Any = globalReactor
TURNS = 20_000

#: The servers of the test that runs.
SERVING: list[Server] = []


def turnUntil(condition: Callable[[], object]) -> None:
    """Run the reactor until something holds."""
    for _ in range(TURNS):
        for server in SERVING:
            endTurn(server.resource)
        if condition():
            return
        reactor.iterate(0.005)
    raise AssertionError("it does not come to hold")


class Server:
    """A site that listens on a loopback port; its pages live on the test's clock.

    @ivar scheme: of its URLs.
    """

    scheme = "http"

    def __init__(self, factory: Callable[[], LiveElement]) -> None:
        self.resource = LiveResource(factory, clock=Clock())
        self._port = self.listen()
        self.clients: list[Client] = []
        SERVING.append(self)

    def listen(self) -> Any:
        """Listen, and return the port."""
        site = Site(self.resource, timeout=None)
        return reactor.listenTCP(0, site, interface="127.0.0.1")

    @property
    def host(self) -> str:
        """Return the name and port of its URLs."""
        return f"localhost:{self._port.getHost().port}"

    def page(self, element: LiveElement) -> Page:
        """Return a page that waits for its browser."""
        page = self.resource.pages.make()
        page.attach(element)
        return page

    def open(self, receiveBuffer: int | None = None) -> Client:
        """Return a connection to it."""
        client = self.client(receiveBuffer)
        self.clients.append(client)
        return client

    def client(self, receiveBuffer: int | None) -> Client:
        """Return a client of the server."""
        return Client(self.host, self._port.getHost().port, receiveBuffer)

    def stop(self) -> None:
        """Close everything, and wait until it is closed."""
        SERVING.remove(self)
        self.resource.stop()
        for client in self.clients:
            client.close()
        closed: list[Any] = []
        stopped: Deferred[Any] = self._port.stopListening()
        stopped.addBoth(closed.append)
        turnUntil(lambda: closed)
        turnUntil(lambda: not [r for r in reactor.getReaders() if hasattr(r, "getPeer")])


class Client:
    """A browser's end of a TCP connection."""

    def __init__(
        self, host: str, port: int, receiveBuffer: int | None, scheme: str = "http"
    ) -> None:
        self._host = host
        self._scheme = scheme
        self._socket = socket.socket()
        if receiveBuffer is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receiveBuffer)
        self._socket.connect(("127.0.0.1", port))
        self._socket.setblocking(False)
        self.data = b""
        self.ended = False
        self.texts: list[bytes] = []
        self.closed: tuple[int, str] | None = None

    def close(self) -> None:
        """Lose the connection."""
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send a few bytes."""
        assert self._socket.send(data) == len(data)

    def read(self) -> None:
        """Return what has arrived."""
        while not self.ended:
            try:
                data = self._socket.recv(65536)
            except BlockingIOError:
                return
            except ConnectionError:
                data = b""
            self.ended = not data
            self.data += data

    def request(self, path: str, **headers: str) -> Any:
        """Make a request, and wait for the head of its response."""
        lines = [f"GET {path} HTTP/1.1", f"Host: {self._host}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.send("".join(f"{line}\r\n" for line in [*lines, ""]).encode())

        def hasHead() -> bool:
            self.read()
            return b"\r\n\r\n" in self.data

        turnUntil(hasHead)
        head, _, self.data = self.data.partition(b"\r\n\r\n")
        return parseResponse(head + b"\r\n\r\n")

    def upgrade(self, path: str = "/_live/ws") -> None:
        """Become a WebSocket."""
        headers = {**HANDSHAKE, "Origin": f"{self._scheme}://{self._host}"}
        response = self.request(path, **{k.replace("-", "_"): v for k, v in headers.items()})
        assert response.status == 101

    def hello(self, pageId: str, connection: int = 1, received: int = 0) -> Any:
        """Say hello, and wait for the welcome."""
        self.send(frame(encodeControl(Hello(pageId, CLAIM, connection, received))))
        return json.loads(self.next())

    def next(self) -> bytes:
        """Wait for the next text frame."""
        turnUntil(lambda: self.receive() or self.texts)
        return self.texts.pop(0)

    def receive(self) -> None:
        """Parse the frames received."""
        self.read()
        frames, self.data = parseFrames(self.data)
        for opcode, payload in frames:
            if opcode == CLOSE:
                self.closed = int.from_bytes(payload[:2], "big"), payload[2:].decode()
            elif opcode == TEXT:
                self.texts.append(payload)

    def call(self, callId: int, *args: Any) -> bytes:
        """Call C{say}, and return the next frame."""
        self.send(frame(encode(Call(callId, 1, "say", list(args)))))
        return self.next()


class Echo(LiveElement):
    """An element that returns its arguments."""

    @expose
    def say(self, text: str) -> str:
        return text


@pytest.fixture
def server(project: Project) -> Iterator[Server]:
    """Return a server of L{Echo}."""
    server = Server(project.page("<p {{ liveElement }}></p>", say=Echo.say))
    try:
        yield server
    finally:
        server.stop()


def test_browserConnectsCallsResumesAndGoes(server: Server) -> None:
    """A browser loads the page, connects, calls, loses the connection, resumes and goes."""
    client = server.open()
    response = client.request("/")
    assert response.status == 200
    length = int(response.headers["content-length"])
    turnUntil(lambda: client.read() or len(client.data) >= length)
    found = re.search(rb'id="livewidget-start">(.*?)</script>', client.data)
    assert found is not None
    pageId = json.loads(found[1])["page"]

    first = server.open()
    first.upgrade()
    assert first.hello(pageId)["received"] == 0
    assert first.call(1, "a") == b'["result",1,"a"]'
    first.close()
    page = server.resource.pages._sessions[pageId]
    turnUntil(lambda: not page.delivery.connected)

    page.elements[1].callRemoteOnly("show")
    second = server.open()
    second.upgrade()
    assert second.hello(pageId, 2, 1)["received"] == 1
    assert second.next() == b'["call",null,1,"show",[]]'
    assert second.call(2, "b") == b'["result",2,"b"]'
    second.send(frame(b'{"received":3}'))
    second.close()
    turnUntil(lambda: not page.delivery.connected)
    assert server.resource.pages.bufferedBytes == 0
    server.resource.pages.clock.advance(60)
    assert len(server.resource.pages) == 0


def test_clientThatReadsNothingIsClosed(server: Server) -> None:
    """A client that reads nothing costs bounded memory and is closed; others go on."""
    element = Echo()
    page = server.page(element)
    slow = server.open(receiveBuffer=4096)
    slow.upgrade()
    slow.hello(page.pageId)
    transport = page.transport
    transport.writer._transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    other = server.open()
    other.upgrade()
    other.hello(server.page(Echo()).pageId)

    given = 0
    for number in range(17):
        element.callRemoteOnly("show", "x" * 60_000)
        given = page.delivery.next - 1
        assert other.call(number + 1, "hi") == b'["result",%d,"hi"]' % (number + 1)
    assert transport.paused
    assert page.delivery.next - 1 == given <= 5
    assert server.resource.pages.bufferedBytes > 1_000_000
    assert page.ended is None

    element.callRemoteOnly("show", "x" * 60_000)
    server.resource.pages.clock.advance(0)
    assert page.ended is not None
    assert page.ended.code == 4429
    assert server.resource.pages.bufferedBytes < 1000
    assert other.call(99, "hi") == b'["result",99,"hi"]'
    turnUntil(lambda: slow.receive() or slow.closed)
    assert slow.closed is not None
    assert slow.closed[0] == 4429
    assert len(slow.texts) == given


def test_slowClientGetsEverythingInOrder(server: Server) -> None:
    """A client that reads slowly gets everything in order."""
    element = Echo()
    page = server.page(element)
    client = server.open(receiveBuffer=4096)
    client.upgrade()
    client.hello(page.pageId)
    transport = page.transport
    transport.writer._transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    for number in range(16):
        element.callRemoteOnly("show", number, "x" * 60_000)
    endTurn(server.resource)
    assert transport.paused
    assert [json.loads(client.next())[4][0] for _ in range(16)] == list(range(16))
    assert not transport.paused
    client.send(frame(b'{"received":16}'))
    turnUntil(lambda: server.resource.pages.bufferedBytes == 0)


def test_messageDoesNotInterruptAutobahnsWrite(server: Server) -> None:
    """A message does not interrupt what Autobahn has begun to write."""
    element = Echo()
    page = server.page(element)
    client = server.open()
    client.upgrade()
    client.hello(page.pageId)
    assert client.call(1, "a") == b'["result",1,"a"]'
    transport: Any = page.transport
    tcp = transport.writer._transport
    tcp.protocol.sendPong(b"12345")
    tcp.dataBuffer, tcp._tempDataBuffer = b"".join(tcp._tempDataBuffer), []
    tcp.offset = tcp.socket.send(tcp.dataBuffer[:3])
    element.callRemoteOnly("show")
    endTurn(server.resource)
    turnUntil(lambda: client.read() or client.data.endswith(b"]"))
    frames, rest = parseFrames(client.data)
    assert frames == [(PONG, b"12345"), (TEXT, b'["call",null,1,"show",[]]')]
    assert rest == b""


def test_lossInsideAHandshakeOrFrameLeavesNothing(server: Server) -> None:
    """A connection lost inside a handshake or frame leaves nothing."""
    page = server.page(Echo())
    server.open().send(b"GET /_live/ws HTTP/1.1\r\nUpgrade: web")
    client = server.open()
    client.upgrade()
    client.hello(page.pageId)
    client.send(frame(b'["call",1,1,"say",["x"]]')[:10])
    for each in server.clients:
        each.close()
    turnUntil(lambda: not page.delivery.connected)
    assert page.ended is None


def test_stoppedServerClosesWebSockets(server: Server) -> None:
    """A server that goes down closes browsers with 1001."""
    page = server.page(Echo())
    client = server.open()
    client.upgrade()
    client.hello(page.pageId)
    server.resource.stop()
    turnUntil(lambda: client.receive() or client.closed)
    assert client.closed is not None
    assert client.closed[0] == 1001
