"""A web site with a bound on what is sent to it."""

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
from livewidget.web.fastpath import WholeRequest
from livewidget.web.forwarded import clientOf
from livewidget.wire.codes import TOO_LARGE
from livewidget.wire.controls import Closing, encodeControl

#: Bytes in the body of a request.
BODY_LIMIT = 128 * 1024

# Below, bodies are kept in memory; Twisted's own makes a file of each that may be large.
_IN_MEMORY = 1024 * 1024

_MODULES = re.compile(rb"/_live/(?:js|css)/")

#: Seconds for the answer to go out, when a connection is cut.
CUT_WITHIN = 3

_ANSWER = encodeControl(Closing((TOO_LARGE, "the body of the request is too large")))


class LiveRequest(WholeRequest):
    """A request whose body is refused while it arrives, when it is too large.

    Twisted's own keeps the whole body, of whatever size, before anything looks at it.
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

    # What the channel calls.

    def gotLength(self, length: int | None) -> None:
        """The headers are here; the length is L{None} for a body in chunks."""
        if length is not None and length > self._limit:
            self._refuse()
        elif self._limit <= _IN_MEMORY:
            self.content = BytesIO()
        else:
            super().gotLength(length)

    def handleContentChunk(self, data: bytes) -> None:
        """A part of the body is here."""
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
        """The body is here."""
        if self.head is None and not self._site.parsesForms:
            # It is by this header that a form is known.
            self._mediaTypes = self.requestHeaders.getRawHeaders(b"content-type")
            self.requestHeaders.removeHeader(b"content-type")
        super().requestReceived(command, path, version)

    def process(self) -> None:
        """The request is here."""
        if self._mediaTypes is not None:
            self.requestHeaders.setRawHeaders(b"content-type", self._mediaTypes)
        if not self._refused:
            super().process()
        elif self._cutting is None:
            self._answer()

    def connectionLost(self, reason: Failure) -> None:
        """The connection is gone."""
        cutting, self._cutting = self._cutting, None
        if cutting is not None and cutting.active():
            cutting.cancel()
        super().connectionLost(reason)

    # Inside.

    def _refuse(self) -> None:
        self._refused = True
        self._log.warn("request refused (413): its body is over {limit} bytes", limit=self._limit)
        stored, self.content = self.content, BytesIO()
        if stored is not None:
            stored.close()
        # Over HTTP/2 the connection is that of other requests too: what still comes is dropped.
        if isinstance(self.channel, HTTPChannel):
            self._cut(self.channel)

    def _cut(self, channel: Any) -> None:
        # Else the channel would ask for the body.
        self.requestHeaders.removeHeader(b"expect")
        headers = Headers({**_headers(), b"Connection": [b"close"]})
        channel.writeHeaders(b"HTTP/1.1", b"413", b"Content Too Large", headers)
        channel.write(_ANSWER)
        channel.loseConnection()
        # A peer that goes on sending, or that reads nothing, would keep it open.
        later = channel.site.reactor.callLater
        self._cutting = later(CUT_WITHIN, channel.transport.abortConnection)

    def _answer(self) -> None:
        self.setResponseCode(413)
        for name, values in _headers().items():
            self.responseHeaders.setRawHeaders(name, values)
        self.write(_ANSWER)
        self.finish()


def _headers() -> dict[bytes, list[bytes]]:
    return {
        b"Content-Type": [b"application/json"],
        b"Content-Length": [b"%d" % len(_ANSWER)],
        b"Cache-Control": [b"no-store"],
        b"X-Content-Type-Options": [b"nosniff"],
    }


def _makeProtocol(_: Site) -> _GenericHTTPChannelProtocol:
    # It goes over to HTTP/2 where that was negotiated.
    return _GenericHTTPChannelProtocol(LiveChannel(LiveRequest))


class LiveSite(Site):
    """A C{twisted.web} site that refuses large bodies while they arrive.

    In a plain C{Site} a L{LiveResource} refuses them too, but only after they
    have arrived and are kept, in memory or on disk. And there one peer can stop
    the whole server for seconds, by a form or by requests that it sends ahead.

    @param resource: the root.
    @param bodyLimit: bytes in the body of any request; what is over it gets the
        status 413 and is cut off. Where a resource of the site takes uploads,
        their size; for a L{LiveResource} at least C{limits.message} and 64 KiB more.
    @param parsesForms: whether the form that is the body of a C{POST} is read into
        C{request.args}, as C{Site} does. To read one that is made for it takes
        seconds, in which nobody else is served.
    @param proxies: which proxies are asked who the client is, for the access log.
    @param options: as C{Site} has them.
    @raise TypeError: the limit is no integer.
    @raise ValueError: it is negative.
    @ivar logsRequests: whether each request is a line of the access log.
    @ivar logsModules: also those for modules and style sheets of live pages, which are many.
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
        super().log(request if client is None else cast(Any, _Passed(request, client)))


class _Passed:
    """A request as the log is to see it: from the client, and not from the proxy."""

    def __init__(self, request: HTTPRequest, client: str) -> None:
        self._request = request
        self._client = client

    def getClientAddress(self) -> IPv4Address:
        # The log takes the host alone, as ASCII, and escapes what controls a terminal.
        text = self._client.encode("ascii", "backslashreplace").decode()
        return IPv4Address("TCP", text, 0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)


def _checkLimit(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"bodyLimit takes an integer, not {value!r}")
    if value < 0:
        raise ValueError(f"bodyLimit takes an integer from 0 on, not {value!r}")
    return value
