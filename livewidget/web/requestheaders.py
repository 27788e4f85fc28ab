"""The requests that nearly all are, where a browser polls: of a page, plain, and there whole.

Twisted reads them line by line and header by header, which costs several times what is done
with them. What is not of this kind, or is wrong or odd in any way, is left to it with all
its checks; what is, means the same to it, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twisted.web.http import Request

#: Bytes of the largest head that is read here, with its last line break.
LARGEST = 4096

#: So many heads that were read are remembered: a browser sends the same again and again.
REMEMBERED = 512

#: And so many names of headers.
NAMES = 128

_HEAD = re.compile(
    rb"POST (/[\w.~%+@:/-]*+)(?<=/_live/(?:poll|send)) HTTP/1\.1\r\n"
    rb"((?:[A-Za-z0-9-]++: [!-~](?:[ -~]*[!-~])?\r\n)++)\r\n"
)
_LENGTH = re.compile(rb"[1-9]\d{0,8}")

#: What changes how a request is read or answered.
_LEFT = frozenset([b"transfer-encoding", b"expect", b"upgrade", b"trailer", b"te"])


@dataclass(slots=True, eq=False)
class Head:
    """All of a request but its body, which is JSON by its type. All that are the same share it.

    @ivar path: as it came.
    @ivar values: of the headers, by their names in lower case, each of which is there once.
    @ivar length: bytes of the body.
    @ivar accepted: where a request with this head was last found to be one that may connect;
        L{livewidget.web.access} knows what that is.
    """

    path: bytes
    values: Mapping[bytes, bytes]
    length: int
    accepted: Any = None


def takeWhole(data: bytes) -> tuple[Head, bytes] | None:
    """The one request that has come, with nothing before or after it.

    @return: its head and its body; or L{None}: it is left to Twisted.
    """
    if not data.startswith(b"POST "):
        return None
    end = data.find(b"\r\n\r\n", 0, LARGEST) + 4
    head = _read(data[:end])
    if head is None or len(data) - end != head.length:
        return None
    return head, data[end:]


def headOf(request: Request) -> Head | None:
    """The head of a request that was taken here, if it stands for its headers still."""
    head: Head | None = getattr(request, "head", None)
    return head


def valuesOf(request: Request, name: bytes) -> Sequence[bytes]:
    """The values of a header of a request.

    @param name: in lower case.
    """
    head = headOf(request)
    if head is None:
        return request.requestHeaders.getRawHeaders(name, ())
    value = head.values.get(name)
    return () if value is None else (value,)


@lru_cache(maxsize=REMEMBERED)
def _read(data: bytes) -> Head | None:
    match = _HEAD.fullmatch(data)
    if match is None:
        return None
    pairs = [line.split(b": ", 1) for line in match[2].splitlines()]
    values = {_lower(name): value for name, value in pairs}
    if len(values) != len(pairs) or not _LEFT.isdisjoint(values):
        return None
    length = values.get(b"content-length", b"")
    if (
        values.get(b"content-type") != b"application/json"
        or values.get(b"connection", b"keep-alive").lower() != b"keep-alive"
        or _LENGTH.fullmatch(length) is None
    ):
        return None
    return Head(match[1], values, int(length))


@lru_cache(maxsize=NAMES)
def _lower(name: bytes) -> bytes:
    # One object for all heads.
    return name.lower()
