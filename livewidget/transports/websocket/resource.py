"""The web resource whose requests become WebSocket connections."""

from __future__ import annotations

from typing import Any

from autobahn.twisted.resource import WebSocketResource
from autobahn.twisted.websocket import WebSocketServerFactory
from twisted.web.pages import notFound
from twisted.web.resource import Resource
from twisted.web.server import Request

from livewidget.session.registry import Sessions
from livewidget.transports.websocket.frames import textFrames
from livewidget.transports.websocket.protocol import SUBPROTOCOL, WebSocketConnection
from livewidget.web.access import hostRefusal, originRefusal
from livewidget.web.writer import BatchCache

# The most bytes of a control frame of ours.
_CONTROL_BYTES = 1024


class WebSocketEntry(Resource):
    """The resource C{_live/ws}."""

    isLeaf = True

    def __init__(self, pages: Sessions) -> None:
        super().__init__()
        self._pages = pages
        self._factory = _Factory(pages)

    def render(self, request: Request) -> Any:
        """Turn the connection into a WebSocket, or respond that only a handshake is accepted."""
        if request.postpath:
            return notFound().render(request)
        upgrade = request.requestHeaders.getRawHeaders(b"upgrade", [])
        if request.method != b"GET" or [value.lower() for value in upgrade] != [b"websocket"]:
            request.setResponseCode(426)
            request.setHeader(b"upgrade", b"websocket")
            request.setHeader(b"content-type", b"text/plain; charset=utf-8")
            return b"This URL accepts WebSocket handshakes only.\n"
        settings = self._pages.settings
        refusal = hostRefusal(request, settings) or originRefusal(request, settings)
        identity = None if refusal is not None else self._pages.identityOf(request)
        return WebSocketResource(_Handshake(self._factory, refusal, identity)).render(request)


class _Factory(WebSocketServerFactory):
    """The part of all connections of a resource that they share."""

    protocol = WebSocketConnection
    noisy = False

    def __init__(self, pages: Sessions) -> None:
        super().__init__(protocols=[SUBPROTOCOL], server="livewidget")
        self.pages = pages
        self.frames = BatchCache(textFrames)
        # Control frames must fit too; the delivery checks the size of messages.
        limit = max(pages.settings.limits.message, _CONTROL_BYTES)
        self.setProtocolOptions(
            # Otherwise the WebSocket's URL would be an open redirect.
            webStatus=False,
            # We refuse "null" ourselves, with a code that a script can read.
            allowNullOrigin=True,
            maxFramePayloadSize=limit,
            maxMessagePayloadSize=limit,
            failByDrop=False,
            closeHandshakeTimeout=3,
            tcpNoDelay=True,
        )


class _Handshake:
    """A factory for the connection of one request."""

    def __init__(self, factory: _Factory, refusal: str | None, identity: Any) -> None:
        self._factory = factory
        self._refusal = refusal
        self._identity = identity

    def buildProtocol(self, address: Any) -> Any:
        protocol: Any = self._factory.buildProtocol(address)
        protocol.setAccess(self._refusal, self._identity)
        return protocol
