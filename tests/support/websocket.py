"""WebSocket frames, and a minimal WebSocket client over a transport in memory."""

from __future__ import annotations

import json
import struct
from typing import Any

from twisted.web.resource import IResource

from livewidget.page.page import Page
from livewidget.wire.controls import Hello, encodeControl
from livewidget.wire.messages import Message, encode
from tests.support.http import Wire, parseResponse
from tests.support.pages import CLAIM

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "livewidget.1",
    "Origin": "http://localhost:8080",
}


def frame(payload: bytes, opcode: int = TEXT, fin: bool = True, mask: bytes = b"mask") -> bytes:
    """Return a masked frame, as a browser sends it."""
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
    """Return a server's complete, unmasked frames, and the rest of the data."""
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


class Socket:
    """A WebSocket over a L{Wire}.

    @ivar response: the response to the handshake.
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
        """Return the text frames received since the last call."""
        frames, self._data = parseFrames(self._data + self.wire.take())
        assert self._data == b""
        for opcode, payload in frames:
            if opcode == CLOSE:
                self.closed = int.from_bytes(payload[:2], "big"), payload[2:].decode()
        return [payload for opcode, payload in frames if opcode == TEXT]

    @property
    def code(self) -> int | None:
        """Return the code of the server's close frame, or L{None}."""
        self.take()
        return None if self.closed is None else self.closed[0]

    def send(self, *messages: Message | bytes) -> None:
        """Send text frames."""
        for message in messages:
            self.wire.send(frame(message if isinstance(message, bytes) else encode(message)))

    def hello(self, page: Page, connection: int = 1, received: int = 0) -> Any:
        """Say hello, and return the answer or L{None}."""
        self.send(encodeControl(Hello(page.pageId, CLAIM, connection, received)))
        frames = self.take()
        self.after = frames[1:]
        return json.loads(frames[0]) if frames else None


#: A mask of zeros, which leaves the payload readable in a masked frame.
MASK = bytes(4)


def odd(
    payload: bytes, opcode: int, fin: bool, reserved: int, masked: bool, length: int | None
) -> bytes:
    """Return a frame, possibly with reserved bits, unmasked, or with a false length.

    @param length: the length in the last byte of the head, unless L{None}.
    """
    data = bytearray(frame(payload, opcode, fin, MASK))
    data[0] |= reserved
    if not masked:
        data[1] &= 0x7F
    if length is not None:
        data[1] = data[1] & 0x80 | length
    return bytes(data)
