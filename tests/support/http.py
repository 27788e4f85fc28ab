"""A minimal HTTP client, over a transport in memory."""

from __future__ import annotations

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


def address(host: str) -> IAddress:
    """Return port 8080 of a host, given by its IP address."""
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
    """Parse the one response that was sent."""
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
    """Return the content of a complete chunked body."""
    body = b""
    while True:
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        body, data = body + data[:length], data[length + 2 :]
        if length == 0:
            return body


def dechunkPart(data: bytes) -> tuple[bytes, bytes, bool]:
    """Return the content of a chunked body so far, the rest, and whether the body is complete."""
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


def endTurn(resource: Any) -> None:
    """Flush the pages of a resource, as at the end of a reactor turn."""
    turn = getattr(getattr(resource, "pages", None), "flushQueue", None)
    if turn is not None:
        turn.end()


def makeSite(resource: IResource, clock: Clock) -> Site:
    """Return the site for tests that make none; the fixture C{readBy} replaces this."""
    return Site(resource, reactor=clock, timeout=None)


class Wire:
    """A connection to a site, in memory.

    @ivar transport: the server's transport.
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
        """Deliver bytes to the server, in a turn of their own."""
        endTurn(self._resource)
        self.transport.protocol.dataReceived(data)

    def take(self) -> bytes:
        """End the turn, and return what was written since the last time."""
        endTurn(self._resource)
        self._clock.advance(0)
        data: bytes = self.transport.value()
        self.transport.clear()
        return data

    def request(
        self, path: str, headers: Any = (), method: str = "GET", body: bytes = b""
    ) -> Response:
        """Make a request that is answered immediately, and return the response."""
        self.begin(path, headers, method, body)
        return parseResponse(self.take())

    def begin(self, path: str, headers: Any = (), method: str = "GET", body: bytes = b"") -> None:
        """Send a request.

        @param headers: a dict, or pairs; C{Host} is added unless it is given.
        @param body: sent with its length, unless empty.
        """
        pairs = list(headers.items() if isinstance(headers, dict) else headers)
        if "Host" not in [name for name, _ in pairs]:
            pairs.append(("Host", "localhost:8080"))
        if body:
            pairs.append(("Content-Length", str(len(body))))
        lines = [f"{method} {path} HTTP/1.1", *(f"{n}: {v}" for n, v in pairs if v is not None)]
        self.send("".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1") + body)

    def lose(self) -> None:
        """Lose the connection, in a turn of its own."""
        endTurn(self._resource)
        self.transport.protocol.connectionLost(Failure(ConnectionDone()))
