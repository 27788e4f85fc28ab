"""The network stack of a browser: WebSockets and requests, as bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.acceptance.model.pipes import Connection
from tests.support.websocket import CLOSE, HANDSHAKE, TEXT, frame, parseFrames

#: Seconds that a browser waits for the server to close the TCP connection.
CLOSES_WITHIN = 2

GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 13\r\n\r\n<h1>Oops</h1>"

Tell = Callable[..., None]


class ClientSocket:
    """A WebSocket.

    @param tell: called with the script's events, as lists.
    @param later: calls a function after a number of seconds.
    """

    def __init__(self, tell: Tell, later: Callable[..., Any], path: str) -> None:
        self._tell = tell
        self._later = later
        self._data = b""
        self._open = False
        self._closed: tuple[int, str] = (1006, "")
        self.opening = requestHead("GET", path, HANDSHAKE)
        self.connection: Connection | None = None

    # Called by the script.

    def send(self, text: str) -> None:
        """Send a text."""
        if self.connection is not None:
            self.connection.up.put(frame(text.encode()))

    def close(self, code: int, reason: str) -> None:
        """Close the WebSocket, with a handshake if it is open."""
        if self._open:
            self._closed = code, reason
            self._sayClose(code, reason)
            self._later(CLOSES_WITHIN, self._giveUp)
        else:
            self._later(0.01, self._giveUp)

    # Called by the connection.

    def received(self, connection: Connection, data: bytes) -> None:
        """Handle bytes received from the server."""
        self._data += data
        heard: list[list[Any]] = []
        if not self._open:
            head, end, rest = self._data.partition(b"\r\n\r\n")
            if not end:
                return
            if head.split()[1] != b"101":
                self._giveUp()
                return
            self._open, self._data = True, rest
            heard.append(["opened"])
        frames, self._data = parseFrames(self._data)
        for opcode, payload in frames:
            if opcode == TEXT:
                heard.append(["received", payload.decode()])
            elif opcode == CLOSE:
                self._closed = int.from_bytes(payload[:2], "big"), payload[2:].decode()
                heard.append(["closing"])
                self._sayClose(*self._closed)
                self._later(CLOSES_WITHIN, self._giveUp)
        if heard:
            self._tell(*heard)

    def lost(self, connection: Connection) -> None:
        """Handle the loss of the TCP connection."""
        self.connection = None
        self._tell(["closed", *self._closed])

    def _sayClose(self, code: int, reason: str) -> None:
        if self.connection is not None:
            self.connection.up.put(frame(code.to_bytes(2, "big") + reason.encode(), opcode=CLOSE))

    def _giveUp(self) -> None:
        if self.connection is not None:
            self.connection.closeByBrowser()
            self.lost(self.connection)


class ClientRequest:
    """A request and its answer.

    @ivar connections: more than one if a proxy repeats it.
    @ivar heard: the index of the connection whose answer counts.
    """

    def __init__(self, tell: Tell, path: str, pageId: str, body: str) -> None:
        self._tell = tell
        content = body.encode()
        headers = {
            "Live-Page": pageId,
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            "Origin": "http://localhost:8080",
        }
        self.opening = requestHead("POST", path, headers) + content
        self.connections: list[Connection] = []
        self.heard = 0
        self._data = b""
        self._begun = False
        self._over = False
        # Bytes left of the body; in a chunked one, of the chunk and its line break.
        self._left = 0
        self._chunked = False

    # Called by the script.

    def abort(self) -> None:
        """Abort the request."""
        self._over = True
        for connection in self.connections:
            connection.closeByBrowser()

    # Called by the connections.

    def received(self, connection: Connection, data: bytes) -> None:
        """Handle bytes received from the server."""
        if self._over or connection is not self.connections[self.heard]:
            return
        self._data += data
        heard: list[list[Any]] = []
        if not self._begun:
            head, end, rest = self._data.partition(b"\r\n\r\n")
            if not end:
                return
            self._begun, self._data = True, rest
            self._readHead(head.lower())
            heard.append(["answered", int(head.split()[1])])
        text = self._takeChunked() if self._chunked else self._take()
        if text:
            heard.append(["received", text.decode("latin-1")])
        if self._left == 0:
            heard.append(["ended"])
            self.abort()
        if heard:
            self._tell(*heard)

    def lost(self, connection: Connection) -> None:
        """Handle the loss of the connection before the answer is complete."""
        if not self._over and connection is self.connections[self.heard]:
            self.abort()
            self._tell(["failed"])

    def _readHead(self, head: bytes) -> None:
        self._chunked = b"transfer-encoding: chunked" in head
        if self._chunked:
            self._left = -1
        else:
            self._left = int(head.partition(b"content-length:")[2].split()[0])

    def _take(self) -> bytes:
        text, self._data = self._data, b""
        self._left -= len(text)
        return text

    def _takeChunked(self) -> bytes:
        # -1: a size follows; 0: the last chunk. The line break after a chunk counts as part of it.
        text = b""
        while self._left and self._data:
            if self._left < 0:
                size, end, rest = self._data.partition(b"\r\n")
                if not end:
                    break
                self._data = rest
                self._left = int(size, 16) + 2
                if self._left == 2:
                    self._left = 0
                continue
            part, self._data = self._data[: self._left], self._data[self._left :]
            text += part[: max(0, self._left - 2)]
            self._left = self._left - len(part) or -1
        return text


def requestHead(method: str, path: str, headers: dict[str, str]) -> bytes:
    """Return the head of a request, with the empty line after it."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost:8080"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1")
