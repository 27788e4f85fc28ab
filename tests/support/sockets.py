"""A site on a real port of loopback, and its clients."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any, Self

from twisted.internet import reactor as globalReactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.web.server import Site

from livewidget import LiveElement, LiveResource, expose
from livewidget.page.page import Page
from livewidget.wire.controls import Hello, encodeControl
from livewidget.wire.messages import Call, encode
from tests.support.http import endTurn, parseResponse
from tests.support.pages import CLAIM
from tests.support.websocket import CLOSE, HANDSHAKE, TEXT, frame, parseFrames

reactor: Any = globalReactor


TURNS = 20_000


#: The servers of the running test.
SERVING: list[Server] = []


def turnUntil(condition: Callable[[], object]) -> None:
    """Run the reactor until a condition holds."""
    for _ in range(TURNS):
        for server in SERVING:
            endTurn(server.resource)
        if condition():
            return
        reactor.iterate(0.005)
    raise AssertionError("it does not come to hold")


class Server:
    """A site that listens on a port of loopback, and whose pages live on a L{Clock}.

    @ivar scheme: the scheme of its URLs.
    """

    scheme = "http"

    def __init__(self, factory: Callable[[], LiveElement]) -> None:
        self.resource = LiveResource(factory, clock=Clock())
        self._port = self.listen()
        self.clients: list[Client] = []
        SERVING.append(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def listen(self) -> Any:
        """Listen, and return the port."""
        site = Site(self.resource, timeout=None)
        return reactor.listenTCP(0, site, interface="127.0.0.1")

    @property
    def host(self) -> str:
        """Return the name and port for URLs."""
        return f"localhost:{self._port.getHost().port}"

    def page(self, element: LiveElement) -> Page:
        """Return a page that waits for its browser."""
        page = self.resource.pages.make()
        page.attach(element)
        return page

    def open(self, receiveBuffer: int | None = None) -> Client:
        """Open a connection, which ends with the server."""
        client = self.client(receiveBuffer)
        self.clients.append(client)
        return client

    def client(self, receiveBuffer: int | None) -> Client:
        """Return a new client of the server."""
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
    """The browser's end of a TCP connection."""

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
        """Send bytes that fit into the socket's buffer."""
        assert self._socket.send(data) == len(data)

    def read(self) -> None:
        """Read the bytes that have arrived."""
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
        """Make a request, and return the head of its response."""
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
        """Upgrade to a WebSocket."""
        headers = {**HANDSHAKE, "Origin": f"{self._scheme}://{self._host}"}
        response = self.request(path, **{k.replace("-", "_"): v for k, v in headers.items()})
        assert response.status == 101

    def hello(self, pageId: str, connection: int = 1, received: int = 0) -> Any:
        """Say hello, and return the answer."""
        self.send(frame(encodeControl(Hello(pageId, CLAIM, connection, received))))
        return json.loads(self.next())

    def next(self) -> bytes:
        """Wait for the next text frame, and return it."""
        turnUntil(lambda: self.receive() or self.texts)
        return self.texts.pop(0)

    def receive(self) -> None:
        """Parse the frames that have arrived."""
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
    """An element that returns its argument."""

    @expose
    def say(self, text: str) -> str:
        return text


def post(server: Server, page: Page, name: str, client: Client, **fields: Any) -> None:
    """Send a request of a page."""
    body = {"claim": CLAIM, "connection": 1, "received": 0, **fields}
    data = json.dumps(body).encode()
    head = {
        "Host": server.host,
        "Origin": f"{server.scheme}://{server.host}",
        "Live-Page": page.pageId,
        "Content-Type": "application/json",
        "Content-Length": str(len(data)),
    }
    lines = "".join(f"{key}: {value}\r\n" for key, value in head.items())
    client.send(f"POST /_live/{name} HTTP/1.1\r\n{lines}\r\n".encode() + data)


def ask(server: Server, page: Page, name: str, client: Client, **fields: Any) -> Any:
    """Make a request, and return its answer."""
    post(server, page, name, client, **fields)

    def whole() -> bool:
        client.read()
        return client.data.endswith(b"}")

    turnUntil(whole)
    _, _, body = client.data.partition(b"\r\n\r\n")
    client.data = b""
    return json.loads(body)


def stream(server: Server, page: Page, receiveBuffer: int | None = None) -> Client:
    """Return a stream that has received the answer to its hello."""
    client = server.open(receiveBuffer)
    post(server, page, "stream", client)

    def begun() -> bool:
        client.read()
        return client.data.endswith(b"\n\n\r\n")

    turnUntil(begun)
    return client
