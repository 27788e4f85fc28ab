"""The frames of RFC 6455 that nearly all are: whole texts that are not large.

Autobahn takes each through some twenty calls, which cost several times what is done with
the message. What is not of this kind, or is wrong, is left to it with all its checks.
"""

from __future__ import annotations

from collections.abc import Sequence

#: Bytes of the largest payload that is taken here: above it Autobahn's masks are faster.
LARGEST = 4096

_WHOLE_TEXT = 0x81
_MASKED = 0x80
_number = int.from_bytes


def takeText(data: bytes, most: int = LARGEST) -> tuple[bytes, int] | None:
    """The frame at the beginning of what a browser has sent, if it is there whole.

    @param most: bytes that its payload may have.
    @return: the payload, which is UTF-8, and the bytes that the frame has; or L{None}: it
        is left to Autobahn.
    """
    if len(data) < 6 or data[0] != _WHOLE_TEXT:
        return None
    size, start = data[1] ^ _MASKED, 6
    if size == 126:
        size, start = data[2] << 8 | data[3], 8
        if size < 126:
            return None
    elif size > 126:
        # Not masked, or of a length in 64 bits.
        return None
    end = start + size
    if end > len(data) or size > most or size > LARGEST:
        return None
    key = (data[start - 4 : start] * (size // 4 + 1))[:size]
    payload = (_number(data[start:end], "little") ^ _number(key, "little")).to_bytes(size, "little")
    return (payload, end) if payload.isascii() or _isUtf8(payload) else None


def textFrames(payloads: Sequence[bytes]) -> bytes:
    """Frames with these texts, as a server sends them."""
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
