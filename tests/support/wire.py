"""HTTP and WebSocket by hand, over a transport in memory or over a real socket."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.resource import IResource
from twisted.web.server import Site

from livewidget.page.page import Page
from livewidget.wire.controls import Hello, encodeControl
from livewidget.wire.messages import Message, encode
from tests.support.help import CLAIM

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "livewidget.1",
    "Origin": "http://localhost:8080",
}


def address(host: str) -> IAddress:
    """Port 8080 of a host, given by its number."""
    family = IPv6Address if ":" in host else IPv4Address
    return family("TCP", host, 8080)


@dataclass
class Response:
    """An HTTP response.

    @ivar headers: by their names in lower case.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    text: str = field(init=False)

    def __post_init__(self) -> None:
        self.text = self.body.decode()


def parseResponse(data: bytes) -> Response:
    """Read the one response that was sent."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        assert name.lower() not in headers, f"{name} twice"
        headers[name.lower()] = value.strip()
    if headers.get("transfer-encoding") == "chunked":
        body = dechunk(body)
    return Response(int(first.split()[1]), headers, body)


def dechunk(data: bytes) -> bytes:
    """Put a chunked body together; it must be complete."""
    body = b""
    while True:
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        body, data = body + data[:length], data[length + 2 :]
        if length == 0:
            return body


def dechunkPart(data: bytes) -> tuple[bytes, bytes, bool]:
    """What has come of a chunked body, what is left, and whether that was all of the body."""
    body = b""
    while b"\r\n" in data:
        size, _, rest = data.partition(b"\r\n")
        length = int(size, 16)
        if len(rest) < length + 2:
            break
        body, data = body + rest[:length], rest[length + 2 :]
        if length == 0:
            return body, data, True
    return body, data, False


def frame(payload: bytes, opcode: int = TEXT, fin: bool = True, mask: bytes = b"mask") -> bytes:
    """A masked frame, as a browser sends it."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", fin << 7 | opcode, 0x80 | size)
    elif size < 65536:
        head = struct.pack("!BBH", fin << 7 | opcode, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", fin << 7 | opcode, 0x80 | 127, size)
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
    return head + mask + (int.from_bytes(payload, "big") ^ key).to_bytes(size, "big")


def parseFrames(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """The frames of a server, which are whole and not masked, and what is left."""
    frames = []
    while len(data) >= 2:
        size, start = data[1], 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(data[2:10], "big"), 10
        if len(data) < start + size:
            break
        assert data[0] & 0x80, "a fragment"
        frames.append((data[0] & 0x0F, data[start : start + size]))
        data = data[start + size :]
    return frames, data


def endTurn(resource: Any) -> None:
    """What the pages of a resource have to send is sent now."""
    turn = getattr(getattr(resource, "pages", None), "flushQueue", None)
    if turn is not None:
        turn.end()


def makeSite(resource: IResource, clock: Clock) -> Site:
    """The site that there is where a test needs none of its own; see C{readBy}."""
    return Site(resource, reactor=clock, timeout=None)


class Wire:
    """One connection to a site, in memory.

    @ivar transport: what the server writes to.
    """

    def __init__(
        self, resource: IResource, host: str = "127.0.0.1", site: Site | None = None
    ) -> None:
        self._resource = resource
        self._clock = Clock()
        site = site or makeSite(resource, self._clock)
        self.transport = StringTransport(address(host), IPv4Address("TCP", "127.0.0.1", 50000))
        protocol = site.buildProtocol(self.transport.getPeer())
        self.transport.protocol = protocol
        protocol.makeConnection(self.transport)

    def send(self, data: bytes) -> None:
        """Bytes come in, in a turn of their own."""
        endTurn(self._resource)
        self.transport.protocol.dataReceived(data)

    def take(self) -> bytes:
        """What was written since the last time, when the turn of the reactor is over."""
        endTurn(self._resource)
        self._clock.advance(0)
        data: bytes = self.transport.value()
        self.transport.clear()
        return data

    def request(
        self, path: str, headers: Any = (), method: str = "GET", body: bytes = b""
    ) -> Response:
        """Make one request that is answered at once."""
        self.begin(path, headers, method, body)
        return parseResponse(self.take())

    def begin(self, path: str, headers: Any = (), method: str = "GET", body: bytes = b"") -> None:
        """Send a request.

        @param headers: a dict, or pairs; C{Host} is given unless it is in there.
        @param body: sent with its length, if there is any.
        """
        pairs = list(headers.items() if isinstance(headers, dict) else headers)
        if "Host" not in [name for name, _ in pairs]:
            pairs.append(("Host", "localhost:8080"))
        if body:
            pairs.append(("Content-Length", str(len(body))))
        lines = [f"{method} {path} HTTP/1.1", *(f"{n}: {v}" for n, v in pairs if v is not None)]
        self.send("".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1") + body)

    def lose(self) -> None:
        """The connection is lost, in a turn of its own."""
        endTurn(self._resource)
        self.transport.protocol.connectionLost(Failure(ConnectionDone()))


class Socket:
    """A WebSocket over a L{Wire}.

    @ivar response: of the handshake.
    @ivar closed: the code and reason of the server's close frame.
    """

    def __init__(
        self,
        resource: IResource,
        path: str = "/_live/ws",
        host: str = "127.0.0.1",
        **headers: str | None,
    ) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.wire = Wire(resource, host)
        self.wire.begin(path, {**HANDSHAKE, **named})
        head, _, self._data = self.wire.take().partition(b"\r\n\r\n")
        self.response = parseResponse(head + b"\r\n\r\n")
        self.closed: tuple[int, str] | None = None

    def take(self) -> list[bytes]:
        """The text frames that came since the last time."""
        frames, self._data = parseFrames(self._data + self.wire.take())
        assert self._data == b""
        for opcode, payload in frames:
            if opcode == CLOSE:
                self.closed = int.from_bytes(payload[:2], "big"), payload[2:].decode()
        return [payload for opcode, payload in frames if opcode == TEXT]

    @property
    def code(self) -> int | None:
        """The code of the server's close frame, if one came."""
        self.take()
        return None if self.closed is None else self.closed[0]

    def send(self, *messages: Message | bytes) -> None:
        """Send text frames."""
        for message in messages:
            self.wire.send(frame(message if isinstance(message, bytes) else encode(message)))

    def hello(self, page: Page, connection: int = 1, received: int = 0) -> Any:
        """Say hello; returns the answer, or L{None}."""
        self.send(encodeControl(Hello(page.pageId, CLAIM, connection, received)))
        frames = self.take()
        self.after = frames[1:]
        return json.loads(frames[0]) if frames else None


class Poster:
    """A browser of a page that connects over HTTP; each request has a connection of its own.

    @ivar connection: the number that its requests have.
    @ivar received: the count that its requests have.
    """

    def __init__(self, resource: IResource, pageId: str, claim: str = CLAIM) -> None:
        self._resource = resource
        self._pageId = pageId
        self._claim = claim
        self.connection = 1
        self.received = 0

    def headers(self, **headers: str | None) -> dict[str, str | None]:
        """The headers of a request, with these in their place; L{None}: without."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {
            "Live-Page": self._pageId,
            "Content-Type": "application/json",
            "Origin": "http://localhost:8080",
            **named,
        }

    def body(self, *messages: Message | bytes, **fields: Any) -> bytes:
        """The body of a request, with these fields in their place; L{None}: without."""
        given = {
            "claim": self._claim,
            "connection": self.connection,
            "received": self.received,
            **fields,
        }
        head = json.dumps({name: value for name, value in given.items() if value is not None})
        if not messages:
            return head.encode()
        parts = [m if isinstance(m, bytes) else encode(m) for m in messages]
        return b'%b,"messages":[%b]}' % (head[:-1].encode(), b",".join(parts))

    def begin(self, name: str, *messages: Message | bytes, **fields: Any) -> Exchange:
        """Make a request that may wait."""
        return self.post(name, self.body(*messages, **fields))

    def post(self, name: str, body: bytes, **headers: str | None) -> Exchange:
        """Make a request with this body."""
        exchange = Exchange(self._resource)
        exchange.wire.begin(f"/_live/{name}", self.headers(**headers), "POST", body)
        return exchange

    def send(self, *messages: Message | bytes, first: int = 1, **fields: Any) -> Any:
        """Send messages; returns the answer."""
        if messages:
            fields["first"] = first
        return self.begin("send", *messages, **fields).answer()

    def hello(self, **fields: Any) -> Any:
        """The first poll of a connection; returns the answer."""
        return self.begin("poll", hello=True, **fields).answer()

    def poll(self, **fields: Any) -> Exchange:
        """A poll that waits."""
        return self.begin("poll", **fields)

    def stream(self, **fields: Any) -> Exchange:
        """A stream, or a probe."""
        return self.begin("stream", **fields)


class Exchange:
    """A request over a L{Wire} of its own, and its answer."""

    def __init__(self, resource: IResource) -> None:
        self.wire = Wire(resource)
        self.ended = False
        self._data = b""
        self._response: Response | None = None

    @property
    def waits(self) -> bool:
        """Whether nothing was answered yet."""
        self._data += self.wire.take()
        return self._data == b""

    @property
    def response(self) -> Response:
        """The answer, which has come whole."""
        assert not self.waits
        if self._response is None:
            self._response = parseResponse(self._data)
        return self._response

    def answer(self) -> Any:
        """The object of the answer, which is as the protocol has it."""
        response = self.response
        assert response.status == 200
        assert response.headers["content-type"] == "application/json"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert int(response.headers["content-length"]) == len(response.body)
        return json.loads(response.body)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a stream."""
        self.events()
        assert self._response is not None
        return self._response.headers

    def events(self) -> list[Any]:
        """The events of a stream that came since the last time, each in the one form."""
        self._data += self.wire.take()
        if self._response is None:
            head, _, self._data = self._data.partition(b"\r\n\r\n")
            self._response = parseResponse(head.replace(b"chunked", b"in chunks") + b"\r\n\r\n")
        text, self._data, ended = dechunkPart(self._data)
        self.ended = self.ended or ended
        *events, rest = text.decode().split("\n\n")
        assert rest == ""
        assert all(event.startswith("data: ") and "\n" not in event for event in events)
        return [json.loads(event.removeprefix("data: ")) for event in events]
