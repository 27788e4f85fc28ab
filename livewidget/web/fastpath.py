"""A fast path for the small JSON requests of a polling browser.

Twisted parses a request line by line and header by header, and writes the response in a dozen
pieces, which costs several times what livewidget does with the request. L{parseFast} recognises
the usual form of such a request in one step. Anything unusual or malformed falls through to
Twisted's parser. Whatever is accepted here, Twisted would have parsed identically.

The channel of a L{livewidget.LiveSite} tries L{parseFast} first, and gives what it returns to a
L{FastRequest}. The parsed headers are a L{livewidget.web.requestheaders.Head}, by which
L{livewidget.web.access.accessRefusal} recognises requests that it has allowed before. The
functions at the end of this module take any request.
"""

# Fast path: requests of long-poll and send; see
# docs/explanation/performance.md#requests-read-whole, tests/web/test_fastpath.py

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from time import time
from typing import Any
from urllib.parse import unquote_to_bytes

from twisted.python.failure import Failure
from twisted.web.http import OK, datetimeToString
from twisted.web.http_headers import Headers
from twisted.web.resource import _IEncodingResource
from twisted.web.server import Request, version

from livewidget.web.requestheaders import Head, headOf, mediaTypeOf
from livewidget.web.responseheaders import JSON_HEADERS
from livewidget.web.writer import write

#: The most bytes of a head, including the empty line after it.
MAX_HEAD = 4096

#: How many parsed heads are cached; a browser sends the same head again and again.
CACHED_HEADS = 512

#: How many header names are cached.
CACHED_NAMES = 128

#: How many beginnings of responses are cached. There is one for each second in which a poll that
#: still waits arrived.
CACHED_STARTS = 64

_HEAD = re.compile(
    rb"POST (/[\w.~%+@:/-]*+)(?<=/_live/(?:poll|send)) HTTP/1\.1\r\n"
    rb"((?:[A-Za-z0-9-]++: [!-~](?:[ -~]*[!-~])?\r\n)++)\r\n"
)
_LENGTH = re.compile(rb"[1-9]\d{0,8}")

# Headers that change how a request is read or answered.
_UNSUPPORTED = frozenset([b"transfer-encoding", b"expect", b"upgrade", b"trailer", b"te"])

_JSON_HEADERS = b"".join(b"%b: %b\r\n" % header for header in JSON_HEADERS.items())


def parseFast(data: bytes) -> tuple[Head, bytes] | None:
    """Parse bytes that are exactly one request in the usual form.

    @return: the head and the body, whose type is C{application/json}; or L{None} if Twisted
        must parse the bytes.
    """
    if not data.startswith(b"POST "):
        return None
    end = data.find(b"\r\n\r\n", 0, MAX_HEAD) + 4
    head = _parseHead(data[:end])
    if head is None or len(data) - end != head.length:
        return None
    return head, data[end:]


@lru_cache(maxsize=CACHED_HEADS)
def _parseHead(data: bytes) -> Head | None:
    match = _HEAD.fullmatch(data)
    if match is None:
        return None
    pairs = [line.split(b": ", 1) for line in match[2].splitlines()]
    values = {_lower(name): value for name, value in pairs}
    if len(values) != len(pairs) or not _UNSUPPORTED.isdisjoint(values):
        return None
    length = values.get(b"content-length", b"")
    if (
        values.get(b"content-type") != b"application/json"
        or values.get(b"connection", b"keep-alive").lower() != b"keep-alive"
        or _LENGTH.fullmatch(length) is None
    ):
        return None
    return Head(match[1], values, int(length))


@lru_cache(maxsize=CACHED_NAMES)
def _lower(name: bytes) -> bytes:
    # Cached so that all heads share the objects.
    return name.lower()


class FastRequest(Request):
    """A request that L{parseFast} may have parsed.

    Behaves like any other Twisted request, but creates its headers, cookies and response
    headers lazily, when something first asks for them.

    @ivar head: stands for C{requestHeaders} until something asks for those; otherwise L{None}.
    """

    head: Head | None = None
    # The time of processing, in seconds since the epoch, until responseHeaders exist.
    _since: int | None = None
    _onLost: Callable[[], Any] | None = None

    # Called by the channel.

    def receiveFast(self, head: Head, body: bytes) -> None:
        """Accept what L{parseFast} returned. The channel calls L{requestReceived} next."""
        self.head = head
        self.content = BytesIO(body)
        # __getattr__ creates them on demand.
        del self.requestHeaders, self.received_cookies, self.responseHeaders

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """Process the request, whose body is complete."""
        if self.head is None:
            super().requestReceived(command, path, version)
            return
        self.method, self.uri, self.path, self.clientproto = command, path, path, version
        self.args = {}
        self._processFast()

    def connectionLost(self, reason: Failure) -> None:
        """Handle the loss of the connection before the response was finished."""
        super().connectionLost(reason)
        call, self._onLost = self._onLost, None
        if call is not None:
            call()

    # Called by the functions below.

    def whenLost(self, call: Callable[[], Any]) -> None:
        """Set what is called if the connection is lost before the response is finished.

        Does what C{notifyFinish} is for, without a C{Deferred}.
        """
        self._onLost = call

    @property
    def isUntouched(self) -> bool:
        """Whether nothing has changed the response, so that L{respondAtOnce} may be called."""
        return (
            self._since is not None
            and self.code == OK
            and not self.cookies
            and self._encoder is None
            and "write" not in self.__dict__
            and self.etag is None
            and self.lastModified is None
        )

    def respondAtOnce(self, headers: bytes, body: bytes) -> None:
        """Send the response in one write.

        Sends the bytes that L{write} and L{finish} would send.

        @param headers: lines with their line breaks, other than C{Server}, C{Date} and
            C{Content-Length}.
        """
        self.startedWriting = 1
        self.sentLength = len(body)
        start = _responseStart(self._since or 0)
        response = b"%b%bContent-Length: %d\r\n\r\n%b" % (start, headers, len(body), body)
        write(self.channel.transport, response)
        self.finish()

    def finish(self) -> None:
        """End the response."""
        self._onLost = None
        super().finish()

    # What is created on demand.

    def __getattr__(self, name: str) -> Any:
        if name in ("requestHeaders", "received_cookies"):
            self._createHeaders()
        elif name == "responseHeaders":
            self._createResponseHeaders()
        try:
            return self.__dict__[name]
        except KeyError:
            raise AttributeError(name) from None

    def getStateToCopyFor(self, issuer: Any) -> dict[str, Any]:
        """Return what another process gets of the request (C{twisted.web.distrib})."""
        self._createHeaders()
        self._createResponseHeaders()
        state: dict[str, Any] = super().getStateToCopyFor(issuer)
        return state

    # Private.

    def _createHeaders(self) -> None:
        head, self.head = self.head, None
        if head is None:
            return
        self.requestHeaders = Headers()
        for name, value in head.values.items():
            self.requestHeaders.addRawHeader(name, value)
        self.received_cookies = {}
        self.parseCookies()

    def _createResponseHeaders(self) -> None:
        since, self._since = self._since, None
        if since is not None:
            self.responseHeaders = Headers(
                {b"Server": [version], b"Date": [datetimeToString(since)]}
            )

    def _processFast(self) -> None:
        # Does what Request.process does, without creating response headers. It needs a private
        # name of Twisted; tests/web/test_fastpath.py fails if that is renamed.
        channel: Any = self.channel
        self.site = channel.site
        self._since = int(time())
        self.prepath = []
        self.postpath = self.path[1:].split(b"/")
        if b"%" in self.path:
            self.postpath = [unquote_to_bytes(part) for part in self.postpath]
        try:
            found = self.site.getResourceFor(self)
            if _IEncodingResource.providedBy(found):
                self._encoder = found.getEncoder(self)
            self.render(found)
        except BaseException:
            self.processingFailed(Failure())


@lru_cache(maxsize=CACHED_STARTS)
def _responseStart(since: int) -> bytes:
    date = datetimeToString(since)
    return b"HTTP/1.1 200 OK\r\nServer: %b\r\nDate: %b\r\n" % (version, date)


# For any request.


def isJSON(request: Request) -> bool:
    """Return whether the body of a request is C{application/json} by its headers."""
    # L{parseFast} accepts nothing else.
    return headOf(request) is not None or mediaTypeOf(request) == b"application/json"


def whenLost(request: Request, call: Callable[[], Any]) -> None:
    """Call a function without arguments if a connection is lost before the response is finished.

    Use it once for a request.
    """
    if isinstance(request, FastRequest):
        request.whenLost(call)
    else:
        request.notifyFinish().addErrback(lambda _: call())


def respondJSON(request: Request, body: bytes, status: int = OK) -> None:
    """Send the whole response to a request, with a body of JSON."""
    if status == OK and isinstance(request, FastRequest) and request.isUntouched:
        request.respondAtOnce(_JSON_HEADERS, body)
        return
    request.setResponseCode(status)
    for name, value in JSON_HEADERS.items():
        request.setHeader(name, value)
    request.setHeader(b"content-length", b"%d" % len(body))
    request.write(body)
    request.finish()
