"""The headers of the responses to the requests of a page's script."""

from __future__ import annotations

from collections.abc import Mapping


def responseHeaders(contentType: bytes) -> Mapping[bytes, bytes]:
    """Return the headers of a response that must be neither cached nor sniffed."""
    return {
        b"Content-Type": contentType,
        b"Cache-Control": b"no-store",
        b"X-Content-Type-Options": b"nosniff",
    }


JSON_HEADERS = responseHeaders(b"application/json")

#: nginx would buffer the stream without the last one.
STREAM_HEADERS = {**responseHeaders(b"text/event-stream"), b"X-Accel-Buffering": b"no"}
