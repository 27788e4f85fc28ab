"""WebSocket, by Autobahn. See C{docs/protocol.md}, "WebSocket"."""

from __future__ import annotations

from typing import Any

from autobahn.twisted.resource import WebSocketResource
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionDeny
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.web.pages import notFound
from twisted.web.resource import Resource
from twisted.web.server import Request

from livewidget.errors import ProtocolError
from livewidget.session.registry import Sessions
from livewidget.session.session import Session
from livewidget.transports.websocket.frames import takeText, textFrames
from livewidget.transports.websocket.transport import WebSocketTransport
from livewidget.web.access import hostRefusal, originRefusal
from livewidget.web.lastmade import LastMade
from livewidget.web.writer import DirectWriter
from livewidget.wire.codes import MALFORMED, NO_FAULT, OF_BROWSER, OF_WEBSOCKET, REFUSED, TIMED_OUT
from livewidget.wire.controls import decodeHello, decodeReceived, encodeControl, isControl

SUBPROTOCOL = "livewidget.1"

#: Seconds for what is written to go out, when a connection is dropped.
DROP_WITHIN = 3

#: Frames that are taken before the reactor has its turn.
A_TURN = 100

#: Frames in one message. Something is kept of each, though it be empty.
MOST_FRAMES = 1024

_CLOSE_REASON_BYTES = 123
_CONTROL_BYTES = 1024


class QuietLogger:
    """Takes Autobahn's log entries and keeps those of its own failures alone."""

    _log = Logger(namespace="autobahn")

    def error(self, *args: Any, **kwargs: Any) -> None:
        """Something went wrong in Autobahn."""
        self._log.error(*args, **kwargs)

    critical = failure = error

    def warn(self, *args: Any, **kwargs: Any) -> None:
        """Something of the other side's; we say it ourselves."""

    info = debug = trace = warn


class WebSocketConnection(WebSocketServerProtocol):
    """One WebSocket: its handshake, its hello, and what comes in on it."""

    # Autobahn's own would tell each refusal several times, and not escaped.
    log = QuietLogger()

    _log = Logger()
    # Autobahn sets it.
    maxMessagePayloadSize: int

    _out: WebSocketTransport | None = None
    _refusal: str | None = None
    _identity: Any = None
    _helloTimer: IDelayedCall | None = None
    _dropTimer: IDelayedCall | None = None
    _frames = 0
    _next: IDelayedCall | None = None

    @property
    def _pages(self) -> Sessions[Any]:
        pages: Sessions[Any] = self.factory.pages
        return pages

    # What Autobahn calls.

    def onConnect(self, request: Any) -> str:
        """The handshake has come: is it one of ours?"""
        if SUBPROTOCOL not in request.protocols:
            raise ConnectionDeny(400, f"the subprotocol {SUBPROTOCOL} is wanted")
        return SUBPROTOCOL

    def failHandshake(self, reason: str, *args: Any, **kwargs: Any) -> Any:
        """The handshake is malformed."""
        self._log.warn("handshake refused: {reason!r}", reason=str(reason)[:500])
        return super().failHandshake(reason, *args, **kwargs)

    def onOpen(self) -> None:
        """The handshake is done: a hello must come."""
        if self._refusal is not None:
            self._log.warn("connection refused: {reason}", reason=self._refusal)
            self.close(REFUSED, "this host or origin may not connect")
            return
        # Twisted's HTTP channel still watches the connection's buffer.
        transport: Any = self.transport
        transport.unregisterProducer()
        self._out = WebSocketTransport(self, DirectWriter(transport), self.factory.frames)
        transport.registerProducer(self._out, True)
        pages = self._pages
        self._helloTimer = pages.clock.callLater(pages.settings.helloWithin, self._noHello)

    def dataReceived(self, data: bytes) -> None:
        """Bytes have come."""
        out = self._out
        if out is not None and out.between:
            found = takeText(data, self.maxMessagePayloadSize)
            # What a browser sends is nearly always this: one frame, and all of it.
            if found is not None and found[1] == len(data):
                self._take(out, found[0])
                return
        # Without what Autobahn's own counts, and formats for a log that is off.
        self.data += data
        self.consumeData()

    def consumeData(self) -> None:
        """Bytes have come: take the frames in them, a few a turn."""
        if self.state not in (self.STATE_OPEN, self.STATE_CLOSING):
            super().consumeData()
        elif self._next is None:
            self._takeFrames()

    def onMessageBegin(self, isBinary: bool) -> None:
        """The first frame of a message begins."""
        super().onMessageBegin(isBinary)
        self._frames = 0

    def onMessageFrameBegin(self, length: int) -> None:
        """A frame of a message begins."""
        super().onMessageFrameBegin(length)
        self._frames += 1
        if self._frames > MOST_FRAMES and not self.failedByMe:
            self._max_message_size_exceeded(0, 0, f"a message in more than {MOST_FRAMES} frames")

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """A message has come."""
        if self._refusal is not None or self.state != self.STATE_OPEN:
            return
        if isBinary:
            self._refuse(ProtocolError(MALFORMED, "a binary frame"))
        elif self._out is not None:
            self._take(self._out, payload)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        """The connection is gone."""
        self._stopHelloTimer()
        page = self._leavePage()
        if page is not None and code in OF_BROWSER:
            page.refuse(ProtocolError(code, f"the browser says: {reason}"))
        elif page is not None and self._out is not None:
            page.connectionClosed(self._out)

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:
        """Autobahn writes: control frames."""
        if self._out is not None:
            self._out.writer.othersWrite()
        super().sendData(data, sync, chopsize)

    def sendCloseFrame(
        self, code: int | None = None, reasonUtf8: bytes | None = None, isReply: bool = False
    ) -> None:
        """Autobahn closes too, when the frames are wrong: then the page ends at once."""
        wasOpen = self.state == self.STATE_OPEN
        super().sendCloseFrame(code, reasonUtf8, isReply)
        self._takesNoMore()
        failure = OF_WEBSOCKET.get(code or 0)
        if failure is not None and wasOpen:
            page = self._leavePage()
            why = (reasonUtf8 or b"").decode(errors="replace")
            self._refuseFor(page, ProtocolError(failure, why))

    def dropConnection(self, abort: bool = False) -> None:
        """Autobahn has done with the connection; a peer that reads nothing is cut off."""
        super().dropConnection(abort)
        self._takesNoMore()
        if not abort and self._dropTimer is None:
            self._dropTimer = self._pages.clock.callLater(DROP_WITHIN, self._abort)

    def connectionLost(self, reason: Any = connectionDone) -> None:
        """The TCP connection is gone."""
        timer, self._dropTimer = self._dropTimer, None
        if timer is not None and timer.active():
            timer.cancel()
        later, self._next = self._next, None
        if later is not None:
            later.cancel()
        self._takesNoMore()
        super().connectionLost(reason)

    def onPing(self, payload: bytes) -> None:
        """Answer a ping, but not to a peer that does not read the answers."""
        if self._out is not None and not self._out.paused:
            super().onPing(payload)

    def onCloseHandshakeTimeout(self) -> None:
        """The other side does not answer a close: it is gone, which is no news."""
        self.closeHandshakeTimeoutCall = None
        if self.state != self.STATE_CLOSED:
            self._abort()

    def close(self, code: int, reason: str) -> None:
        """Close the connection; the page does not hear of it."""
        self._leavePage()
        self._stopHelloTimer()
        # Cut between characters: half of one would be malformed.
        cut = reason.encode(errors="replace")[:_CLOSE_REASON_BYTES].decode(errors="ignore")
        self.sendCloseFrame(code, cut.encode(), isReply=False)

    # Inside.

    def refuseOnOpen(self, reason: str) -> None:
        """Close with 4403 once open: only so does the browser learn why."""
        self._refusal = reason

    def setIdentity(self, identity: Any) -> None:
        """Whose the request of the handshake was."""
        self._identity = identity

    def _takeFrames(self) -> None:
        self._takeSome()
        if self._out is not None:
            waits = self.data or self._next is not None
            inside = self.current_frame is not None or self.inside_message
            self._out.between = self._out.open and not waits and not inside

    def _takeSome(self) -> None:
        left = A_TURN
        while left:
            if self._takeText():
                if not self.data:
                    return
                left -= 1
                continue
            if not self.processData() or self.state == self.STATE_CLOSED:
                return
            # Its head and its payload are taken one after the other.
            if self.current_frame is None:
                left -= 1
        # Where a method runs the reactor, this may have gone on inside it.
        if self.data and self._next is None:
            transport: Any = self.transport
            transport.pauseProducing()
            self._next = self._pages.clock.callLater(0, self._goOn)

    def _takeText(self) -> bool:
        """Take a frame that needs no more of Autobahn, if it is one."""
        if self.current_frame is not None or self.inside_message:
            return False
        found = takeText(self.data, self.maxMessagePayloadSize)
        if found is None:
            return False
        payload, size = found
        self.data = self.data[size:]
        self.onMessage(payload, False)
        return True

    def _goOn(self) -> None:
        self._next = None
        self._takeFrames()
        if self._next is None:
            transport: Any = self.transport
            transport.resumeProducing()

    def _take(self, out: WebSocketTransport, payload: bytes) -> None:
        page = out.page
        try:
            if page is None:
                self._hello(out, payload)
            elif not isControl(payload):
                page.receiveNext(out.connection, payload)
            else:
                page.acknowledge(out.connection, decodeReceived(payload).received)
        except ProtocolError as error:
            self._refuse(error)

    def _hello(self, out: WebSocketTransport, payload: bytes) -> None:
        hello = decodeHello(payload)
        if self._helloTimer is None:
            # A hook of the page runs the reactor.
            raise ProtocolError(MALFORMED, "a message before the hello was answered")
        self._stopHelloTimer()
        page, welcome = self._pages.hello(out, hello, self._identity)
        if self.state != self.STATE_OPEN:
            # Closed or lost meanwhile: the page may not know.
            page.connectionClosed(out)
            return
        out.connection = hello.connection
        out.writer.write(textFrames([encodeControl(welcome)]))
        out.page = page
        page.flush()

    def _refuse(self, error: ProtocolError) -> None:
        page = None if self._out is None else self._out.page
        self._refuseFor(page, error)
        if page is None:
            self.close(error.code, error.reason)

    def _refuseFor(self, page: Session | None, error: ProtocolError) -> None:
        if page is not None:
            page.refuse(error)
        elif error.code not in NO_FAULT:
            self._log.warn(
                "connection refused ({code}): {reason!r}",
                code=error.code,
                reason=error.reason[:500],
            )

    def _leavePage(self) -> Session | None:
        """The page has nothing to do with this connection any more; returns it."""
        out = self._out
        if out is None:
            return None
        page, out.page = out.page, None
        return page

    def _takesNoMore(self) -> None:
        if self._out is not None:
            self._out.open = self.state == self.STATE_OPEN
            self._out.between = self._out.between and self._out.open
            self._out.writer.othersWrite()

    def _abort(self) -> None:
        transport: Any = self.transport
        transport.abortConnection()

    def _noHello(self) -> None:
        self._helloTimer = None
        self.close(TIMED_OUT, "no hello came")

    def _stopHelloTimer(self) -> None:
        timer, self._helloTimer = self._helloTimer, None
        if timer is not None:
            timer.cancel()


class _Factory(WebSocketServerFactory):
    protocol = WebSocketConnection
    noisy = False

    def __init__(self, pages: Sessions[Any]) -> None:
        super().__init__(protocols=[SUBPROTOCOL], server="livewidget")
        self.pages = pages
        self.frames = LastMade(textFrames)
        # Control frames must fit too; the delivery holds messages to their limit.
        limit = max(pages.settings.limits.message, _CONTROL_BYTES)
        self.setProtocolOptions(
            # With it the WebSocket's URL would be an open redirect.
            webStatus=False,
            # "null" is refused by us, with a code that a script can see.
            allowNullOrigin=True,
            maxFramePayloadSize=limit,
            maxMessagePayloadSize=limit,
            failByDrop=False,
            closeHandshakeTimeout=3,
            tcpNoDelay=True,
        )


class WebSocketEntry(Resource):
    """The resource C{_live/ws}."""

    isLeaf = True

    def __init__(self, pages: Sessions[Any]) -> None:
        super().__init__()
        self._pages = pages
        self._factory = _Factory(pages)

    def render(self, request: Request) -> Any:
        """Hand the connection over to a WebSocket, or say that one is wanted."""
        if request.postpath:
            return notFound().render(request)
        upgrade = request.requestHeaders.getRawHeaders(b"upgrade", [])
        if request.method != b"GET" or [value.lower() for value in upgrade] != [b"websocket"]:
            request.setResponseCode(426)
            request.setHeader(b"upgrade", b"websocket")
            request.setHeader(b"content-type", b"text/plain; charset=utf-8")
            return b"A WebSocket handshake is wanted here.\n"
        settings = self._pages.settings
        refusal = hostRefusal(request, settings) or originRefusal(request, settings)
        identity = None if refusal is not None else self._pages.identityOf(request)
        return WebSocketResource(_ForOne(self._factory, refusal, identity)).render(request)


class _ForOne:
    """The factory, as one request sees it."""

    def __init__(self, factory: _Factory, refusal: str | None, identity: Any) -> None:
        self._factory = factory
        self._refusal = refusal
        self._identity = identity

    def buildProtocol(self, address: Any) -> Any:
        protocol: Any = self._factory.buildProtocol(address)
        protocol.setIdentity(self._identity)
        if self._refusal is not None:
            protocol.refuseOnOpen(self._refusal)
        return protocol
