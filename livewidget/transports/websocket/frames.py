"""A fast path for WebSocket frames: complete short texts (RFC 6455).

Autobahn makes some twenty calls for each frame, which cost several times what livewidget does
with the message. Almost all frames are complete texts that are not large. Anything else, and
whatever is wrong, falls through to Autobahn with all its checks.
"""

# Fast path: frames beside Autobahn; see docs/explanation/performance.md#frames-beside-autobahn,
# tests/transports/websocket/test_frames.py

from __future__ import annotations

from collections.abc import Sequence

#: The most bytes of a payload that is parsed here. Autobahn unmasks larger ones faster.
MAX_PAYLOAD = 4096

_WHOLE_TEXT = 0x81
_MASKED = 0x80
_number = int.from_bytes


def parseText(data: bytes, limit: int = MAX_PAYLOAD) -> tuple[bytes, int] | None:
    """Parse a text frame at the beginning of what a browser sent.

    @param limit: the most bytes of its payload.
    @return: the payload, which is valid UTF-8, and the size of the frame in bytes; or L{None} if
        Autobahn must parse the data.
    """
    if len(data) < 6 or data[0] != _WHOLE_TEXT:
        return None
    size, start = data[1] ^ _MASKED, 6
    if size == 126:
        size, start = data[2] << 8 | data[3], 8
        if size < 126:
            return None
    elif size > 126:
        # Not masked, or with a length of 64 bits.
        return None
    end = start + size
    if end > len(data) or size > limit or size > MAX_PAYLOAD:
        return None
    key = (data[start - 4 : start] * (size // 4 + 1))[:size]
    payload = (_number(data[start:end], "little") ^ _number(key, "little")).to_bytes(size, "little")
    return (payload, end) if payload.isascii() or _isUtf8(payload) else None


def textFrames(payloads: Sequence[bytes]) -> bytes:
    """Return the frames in which a server sends texts, one frame each."""
    return b"".join([_head(len(payload)) + payload for payload in payloads])


def _isUtf8(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


def _head(size: int) -> bytes:
    if size < 126:
        return bytes((_WHOLE_TEXT, size))
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big")
    return b"\x81\x7f" + size.to_bytes(8, "big")
