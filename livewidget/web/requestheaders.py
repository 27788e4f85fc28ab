"""The headers of a request, however the request was parsed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twisted.web.http import Request


@dataclass(slots=True, eq=False)
class Head:
    """The path and headers of a request that L{livewidget.web.fastpath} parsed.

    Requests with identical heads share one object.

    @ivar path: as it was sent.
    @ivar values: the header values, by names in lower case; no name occurs twice.
    @ivar length: bytes of the body.
    @ivar accepted: the circumstances under which L{livewidget.web.access} last allowed a request
        with this head, or L{None}. No other module uses it.
    """

    path: bytes
    values: Mapping[bytes, bytes]
    length: int
    accepted: Any = None


def headOf(request: Request) -> Head | None:
    """Return the head of a request, or L{None} if only Twisted's C{requestHeaders} have it.

    It is L{None} for a request that Twisted parsed, and once anything has read or changed
    C{requestHeaders}.
    """
    head: Head | None = getattr(request, "head", None)
    return head


def valuesOf(request: Request, name: bytes) -> Sequence[bytes]:
    """Return all values of a header of a request.

    @param name: in lower case.
    """
    head = headOf(request)
    if head is None:
        return request.requestHeaders.getRawHeaders(name, ())
    value = head.values.get(name)
    return () if value is None else (value,)


def mediaTypeOf(request: Request) -> bytes:
    """Return the media type of the body in lower case, without parameters.

    @return: empty unless there is exactly one C{Content-Type}.
    """
    values = valuesOf(request, b"content-type")
    return values[0].partition(b";")[0].strip().lower() if len(values) == 1 else b""
