"""A web site that limits the size of requests."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from io import BytesIO
from typing import Any, cast

from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel, _GenericHTTPChannelProtocol
from twisted.web.http import Request as HTTPRequest
from twisted.web.http_headers import Headers
from twisted.web.resource import IResource
from twisted.web.server import Site

from livewidget.web.channel import LiveChannel
from livewidget.web.fastpath import FastRequest, respondJSON
from livewidget.web.forwarded import clientOf
from livewidget.web.requestheaders import headOf
from livewidget.web.responseheaders import JSON_HEADERS
from livewidget.wire.codes import TOO_LARGE
from livewidget.wire.controls import Closing, encodeControl

#: The default limit for the body of a request, in bytes.
BODY_LIMIT = 128 * 1024

# Up to this limit bodies are kept in memory. Twisted creates a file for any that may be large.
_IN_MEMORY = 1024 * 1024

_MODULES = re.compile(rb"/_live/(?:js|css)/")

#: Seconds to send the response before the connection of a refused request is cut.
CUT_AFTER = 3

_RESPONSE = encodeControl(Closing((TOO_LARGE, "the body of the request is too large")))


class LiveRequest(FastRequest):
    """A request that is refused while its body is received, if that is too large.

    A Twisted request stores the whole body, of any size, before anything can check it.
    """

    _log = Logger()
    _refused = False
    _stored = 0
    _cutting: IDelayedCall | None = None
    _mediaTypes: Sequence[bytes] | None = None

    @property
    def _site(self) -> LiveSite:
        channel: Any = self.channel
        site: LiveSite = channel.site
        return site

    @property
    def _limit(self) -> int:
        return self._site.bodyLimit

    # Called by the channel.

    def gotLength(self, length: int | None) -> None:
        """Prepare for a body of this many bytes, or L{None} if it comes in chunks."""
        if length is not None and length > self._limit:
            self._refuse()
        elif self._limit <= _IN_MEMORY:
            self.content = BytesIO()
        else:
            super().gotLength(length)

    def handleContentChunk(self, data: bytes) -> None:
        """Store a part of the body."""
        if self._refused:
            return
        self._stored += len(data)
        if isinstance(self.channel, LiveChannel):
            self.channel.bodyArrived(len(data))
        if self._stored > self._limit:
            self._refuse()
        else:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """Process the request, whose body is complete."""
        if headOf(self) is None and not self._site.parsesForms:
            # Twisted recognises a form by this header.
            self._mediaTypes = self.requestHeaders.getRawHeaders(b"content-type")
            self.requestHeaders.removeHeader(b"content-type")
        super().requestReceived(command, path, version)

    def process(self) -> None:
        """Render the resource, or finish the refusal."""
        if self._mediaTypes is not None:
            self.requestHeaders.setRawHeaders(b"content-type", self._mediaTypes)
        if not self._refused:
            super().process()
        elif self._cutting is None:
            self._respond()

    def connectionLost(self, reason: Failure) -> None:
        """Handle the loss of the connection."""
        cutting, self._cutting = self._cutting, None
        if cutting is not None and cutting.active():
            cutting.cancel()
        super().connectionLost(reason)

    # Private.

    def _refuse(self) -> None:
        self._refused = True
        self._log.warn("request refused (413): its body is over {limit} bytes", limit=self._limit)
        stored, self.content = self.content, BytesIO()
        if stored is not None:
            stored.close()
        # An HTTP/2 connection has other requests too; the rest of this body is dropped.
        if isinstance(self.channel, HTTPChannel):
            self._cut(self.channel)

    def _cut(self, channel: Any) -> None:
        # Otherwise the channel would ask for the body.
        self.requestHeaders.removeHeader(b"expect")
        headers = Headers({name: [value] for name, value in JSON_HEADERS.items()})
        headers.setRawHeaders(b"Content-Length", [b"%d" % len(_RESPONSE)])
        headers.setRawHeaders(b"Connection", [b"close"])
        channel.writeHeaders(b"HTTP/1.1", b"413", b"Content Too Large", headers)
        channel.write(_RESPONSE)
        channel.loseConnection()
        # A peer that continues to send, or reads nothing, would keep the connection open.
        later = channel.site.reactor.callLater
        self._cutting = later(CUT_AFTER, channel.transport.abortConnection)

    def _respond(self) -> None:
        respondJSON(self, _RESPONSE, 413)


def _makeProtocol(_: Site) -> _GenericHTTPChannelProtocol:
    # The generic protocol switches to HTTP/2 if that was negotiated.
    return _GenericHTTPChannelProtocol(LiveChannel(LiveRequest))


class LiveSite(Site):
    """A C{twisted.web} site that refuses large bodies while it receives them.

    In a plain C{Site} a L{LiveResource} refuses them too, but only once they are stored
    completely, in memory or on disk. There, a single peer can also block the whole server for
    seconds, with a form or with pipelined requests.

    @param resource: the root.
    @param bodyLimit: the most bytes in the body of any request. A larger request gets the
        status 413, and its connection is cut. If a resource of the site accepts uploads, use
        their size. A L{LiveResource} needs at least C{limits.message} and 64 KiB more.
    @param parsesForms: whether to parse the form in the body of a C{POST} into
        C{request.args}, as C{Site} does. A maliciously crafted form can take seconds to parse,
        blocking everyone else.
    @param proxies: the proxies that are trusted to name the client for the access log.
    @param options: passed to C{Site}.
    @raise TypeError: the limit is not an integer.
    @raise ValueError: the limit is negative.
    @ivar logsRequests: whether each request is a line of the access log.
    @ivar logsModules: whether these include the many requests for modules and style sheets of
        live pages.
    @ivar parsesForms: see above; may be changed.
    """

    requestFactory = LiveRequest
    protocol = _makeProtocol

    def __init__(
        self,
        resource: IResource,
        *,
        bodyLimit: int = BODY_LIMIT,
        logsRequests: bool = True,
        logsModules: bool = True,
        parsesForms: bool = False,
        proxies: Collection[str] = (),
        **options: Any,
    ) -> None:
        super().__init__(resource, **options)
        self.bodyLimit = _checkLimit(bodyLimit)
        self.logsRequests = logsRequests
        self.logsModules = logsModules
        self.parsesForms = parsesForms
        self._proxies = proxies

    def log(self, request: HTTPRequest) -> None:
        """Write one line of the access log, or none."""
        if not self.logsRequests or (not self.logsModules and _MODULES.search(request.uri)):
            return
        client = clientOf(request, self._proxies)
        super().log(request if client is None else cast(Any, _FromClient(request, client)))


class _FromClient:
    """A request as the access log shows it: from the client instead of the proxy."""

    def __init__(self, request: HTTPRequest, client: str) -> None:
        self._request = request
        self._client = client

    def getClientAddress(self) -> IPv4Address:
        # The log uses the host only, requires ASCII and escapes control characters.
        text = self._client.encode("ascii", "backslashreplace").decode()
        return IPv4Address("TCP", text, 0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)


def _checkLimit(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"bodyLimit must be an integer, not {value!r}")
    if value < 0:
        raise ValueError(f"bodyLimit must be 0 or more, not {value!r}")
    return value
