"""The attacker's end of a TCP connection."""

from __future__ import annotations

import json
import re
import socket
import struct
from collections.abc import Iterable, Mapping
from typing import Any

from tests.support.http import Response, dechunkPart
from tests.support.http import parseResponse as parseHead
from tests.support.pages import CLAIM
from tests.support.websocket import CLOSE, HANDSHAKE, TEXT, frame, parseFrames

#: Seconds that the server may take for anything.
PATIENCE = 20

Headers = Mapping[str, str | None] | Iterable[tuple[str, str]]


class Gone(Exception):
    """Raised when the server has closed the connection."""


class Peer:
    """A connection to the server.

    @ivar host: the server's name and port, as a C{Host} header has them.
    @ivar data: the bytes received and not yet parsed.
    """

    def __init__(self, port: int, receiveBuffer: int | None = None) -> None:
        self.host = f"127.0.0.1:{port}"
        self.data = b""
        self._unsent = b""
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if receiveBuffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receiveBuffer)
        try:
            self.socket.connect(("127.0.0.1", port))
        except OSError:
            self.socket.close()
            raise

    def close(self) -> None:
        """Lose the connection."""
        self.socket.close()

    def reset(self) -> None:
        """Lose the connection by a reset, which the server sees."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def send(self, data: bytes) -> None:
        """Send all of the bytes."""
        self.socket.sendall(data)

    def offer(self, data: bytes) -> bool:
        """Send the bytes that the connection accepts now, and the rest with the next offer.

        @raise Gone: the server has closed it.
        @return: whether these were begun. If not, earlier bytes are still to be sent.
        """
        begun = not self._unsent
        self._unsent = self._unsent or data
        self.socket.setblocking(False)
        try:
            self._unsent = self._unsent[self.socket.send(self._unsent) :]
        except BlockingIOError:
            pass
        except ConnectionError as error:
            raise Gone from error
        finally:
            self.socket.settimeout(PATIENCE)
        return begun

    def flood(self, data: bytes, most: int = 100_000) -> bool:
        """Send bytes repeatedly, up to a limit. Return whether the server closed the connection."""
        try:
            for _ in range(most):
                self.offer(data)
        except Gone:
            return True
        return False

    def read(self) -> None:
        """Wait for more bytes.

        @raise Gone: the connection is closed.
        """
        try:
            data = self.socket.recv(256 * 1024)
        except ConnectionError as error:
            raise Gone from error
        if not data:
            raise Gone
        self.data += data

    def rest(self) -> bytes:
        """Return all bytes until the server closes the connection, which it must."""
        try:
            while True:
                self.read()
        except Gone:
            data, self.data = self.data, b""
            return data

    # HTTP.

    def request(
        self, path: str, headers: Headers = (), method: str = "GET", body: bytes = b""
    ) -> Response:
        """Make a request, and return its answer."""
        self.begin(path, headers, method, body)
        return self.response(method)

    def begin(
        self, path: str, headers: Headers = (), method: str = "GET", body: bytes = b""
    ) -> None:
        """Send a request.

        @param headers: C{Host} is added unless it is given; L{None} leaves a header out.
        @param body: sent with its length, unless empty.
        """
        pairs: list[tuple[str, str | None]] = list(
            headers.items() if isinstance(headers, Mapping) else headers
        )
        if "host" not in [name.lower() for name, _ in pairs]:
            pairs.insert(0, ("Host", self.host))
        if body:
            pairs.append(("Content-Length", str(len(body))))
        lines = [f"{method} {path} HTTP/1.1", *(f"{n}: {v}" for n, v in pairs if v is not None)]
        self.send("".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1") + body)

    def response(self, method: str = "POST") -> Response:
        """Wait for an answer, and remove it from the received bytes."""
        response = self.head()
        while response.status == 100:
            response = self.head()
        length = int(response.headers.get("content-length", 0))
        if method == "HEAD" or response.status == 101:
            length = 0
        if response.headers.get("transfer-encoding") == "chunked":
            return Response(response.status, response.headers, self._chunks())
        while len(self.data) < length:
            self.read()
        body, self.data = self.data[:length], self.data[length:]
        return Response(response.status, response.headers, body)

    def head(self) -> Response:
        """Wait for the head of an answer, and remove it from the received bytes."""
        while b"\r\n\r\n" not in self.data:
            self.read()
        head, _, self.data = self.data.partition(b"\r\n\r\n")
        # The body has not arrived yet.
        named = parseHead(head.replace(b"chunked", b"in chunks") + b"\r\n\r\n")
        if named.headers.get("transfer-encoding") == "in chunks":
            named.headers["transfer-encoding"] = "chunked"
        return named

    def _chunks(self) -> bytes:
        body, ended = b"", False
        while not ended:
            part, self.data, ended = dechunkPart(self.data)
            body += part
            if not ended:
                self.read()
        return body

    def page(self, path: str = "/probe", headers: Headers = ()) -> str:
        """Load a page, and return its id."""
        html = self.request(path, headers).text
        found = re.search('id="livewidget-start">(.*?)</script>', html)
        assert found is not None, html
        return str(json.loads(found[1])["page"])

    # WebSocket.

    def upgrade(self, path: str = "/probe/_live/ws", **headers: str | None) -> Response:
        """Make a handshake with these headers changed, or left out if L{None}."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        own = {"Origin": f"http://{self.host}"}
        return self.request(path, {**HANDSHAKE, **own, **named})

    def text(self, *payloads: bytes) -> None:
        """Send text frames."""
        self.send(b"".join(map(frame, payloads)))

    def frames(self) -> list[tuple[int, bytes]]:
        """Wait for whole frames, and return their opcodes and payloads."""
        while True:
            frames, self.data = parseFrames(self.data)
            if frames:
                return frames
            self.read()

    def closing(self) -> tuple[int, str]:
        """Wait for the server's close frame, and return its code and reason."""
        while True:
            for opcode, payload in self.frames():
                if opcode == CLOSE:
                    return int.from_bytes(payload[:2], "big"), payload[2:].decode()

    def nextText(self) -> bytes:
        """Return the next text frame, which arrives alone."""
        [(opcode, payload)] = self.frames()
        assert opcode == TEXT, (opcode, payload)
        return payload


def hello(pageId: str, connection: int = 1, received: int = 0, claim: str = CLAIM) -> bytes:
    """Return the hello of a WebSocket."""
    fields = {"page": pageId, "claim": claim, "connection": connection, "received": received}
    return json.dumps(fields).encode()


def post(host: str, pageId: str, **headers: str | None) -> dict[str, str | None]:
    """Return the headers of a request below C{_live/}, these changed or left out if L{None}."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "Origin": f"http://{host}",
        "Live-Page": pageId,
        "Content-Type": "application/json",
        **named,
    }


def body(connection: int = 1, received: int = 0, claim: str = CLAIM, **fields: Any) -> bytes:
    """Return the body of a request below C{_live/}."""
    given = {"claim": claim, "connection": connection, "received": received, **fields}
    return json.dumps(given).encode()
