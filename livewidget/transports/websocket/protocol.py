"""The receiving side of a WebSocket, on Autobahn.

See C{docs/reference/protocol.md}, "WebSocket".
"""

from __future__ import annotations

from typing import Any

from autobahn.twisted.websocket import WebSocketServerProtocol
from autobahn.websocket.types import ConnectionDeny
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger

from livewidget.errors import ProtocolError
from livewidget.logs import logRefusal, sendable
from livewidget.session.registry import Sessions
from livewidget.session.session import Session
from livewidget.transports.websocket.frames import parseText, textFrames
from livewidget.transports.websocket.states import TRANSITIONS, Event, State
from livewidget.transports.websocket.transport import WebSocketTransport
from livewidget.web.writer import SocketWriter
from livewidget.wire.codes import (
    ACCESS_REFUSED,
    MALFORMED,
    NO_FAULT,
    OF_BROWSER,
    OF_WEBSOCKET,
    REFUSED,
    TIMED_OUT,
)
from livewidget.wire.controls import decodeHello, decodeReceived, encodeControl, isControl

SUBPROTOCOL = "livewidget.1"

#: Seconds to send what is buffered before a dropped connection is cut.
CUT_AFTER = 3

#: The most frames handled in one turn of the reactor.
FRAMES_PER_TURN = 100

#: The most frames in one message. Autobahn keeps something for each, even if it is empty.
MAX_FRAMES = 1024

# The most bytes of the reason in a close frame (RFC 6455, 5.5.1).
_CLOSE_REASON_BYTES = 123


class QuietLogger:
    """A logger for Autobahn that logs only failures of Autobahn itself."""

    _log = Logger(namespace="autobahn")

    def error(self, *args: Any, **kwargs: Any) -> None:
        """Log a failure in Autobahn."""
        self._log.error(*args, **kwargs)

    critical = failure = error

    def warn(self, *args: Any, **kwargs: Any) -> None:
        """Ignore what the peer did wrong, which we log ourselves."""

    info = debug = trace = warn


class WebSocketConnection(WebSocketServerProtocol):
    """One WebSocket: its handshake, its hello, and what it receives.

    Its L{State} changes in L{_move} only. Autobahn's C{state} is that of the WebSocket layer.
    """

    # Autobahn's logger would log each refusal several times, and not escaped.
    log = QuietLogger()

    _log = Logger()
    # Set by Autobahn.
    maxMessagePayloadSize: int

    _state = State.HANDSHAKE
    # What the resource found out about the request of the handshake.
    _refusal: str | None = None
    _identity: Any = None
    # From AWAITING_HELLO on.
    _out: WebSocketTransport | None = None
    _helloTimer: IDelayedCall | None = None
    _dropTimer: IDelayedCall | None = None
    # Handles the frames that this turn of the reactor left over.
    _nextTurn: IDelayedCall | None = None
    _framesOfMessage = 0

    @property
    def _pages(self) -> Sessions:
        pages: Sessions = self.factory.pages
        return pages

    def setAccess(self, refusal: str | None, identity: Any) -> None:
        """Set why the connection is refused, or L{None}, and the identity behind it."""
        self._refusal = refusal
        self._identity = identity

    def close(self, code: int, reason: str) -> None:
        """Close the connection, without notifying the page."""
        self._leavePage()
        # Cut between characters, since half of one would be malformed.
        cut = sendable(reason).encode()[:_CLOSE_REASON_BYTES].decode(errors="ignore")
        self.sendCloseFrame(code, cut.encode(), isReply=False)

    # Called by Autobahn: the handshake.

    def onConnect(self, request: Any) -> str:
        """Return the subprotocol, or deny a handshake that does not offer it."""
        if SUBPROTOCOL not in request.protocols:
            raise ConnectionDeny(400, f"the subprotocol must be {SUBPROTOCOL}")
        return SUBPROTOCOL

    def failHandshake(self, reason: str, *args: Any, **kwargs: Any) -> Any:
        """Log and refuse a malformed handshake."""
        logRefusal(self._log, "handshake refused", ProtocolError(MALFORMED, str(reason)))
        return super().failHandshake(reason, *args, **kwargs)

    def onOpen(self) -> None:
        """Wait for the hello, since the handshake is done, or close a refused connection."""
        if self._refusal is not None:
            logRefusal(self._log, "connection refused", ProtocolError(REFUSED, self._refusal))
            self.close(REFUSED, ACCESS_REFUSED)
            return
        # Twisted's HTTP channel still watches the connection's buffer.
        transport: Any = self.transport
        transport.unregisterProducer()
        self._out = WebSocketTransport(self, SocketWriter(transport), self.factory.frames)
        transport.registerProducer(self._out, True)
        self._move(Event.ACCEPTED)
        pages = self._pages
        self._helloTimer = pages.clock.callLater(pages.settings.helloWithin, self._noHello)

    # Called by the transport and Autobahn: what is received.

    def dataReceived(self, data: bytes) -> None:
        """Handle bytes received from the connection."""
        out = self._out
        if out is not None and out.betweenFrames:
            found = parseText(data, self.maxMessagePayloadSize)
            # Almost always a browser sends exactly one frame.
            if found is not None and found[1] == len(data):
                self._handle(out, found[0])
                return
        # Skips Autobahn's dataReceived, which counts, and formats entries for a disabled log.
        self.data += data
        self.consumeData()

    def consumeData(self) -> None:
        """Handle the handshake, or some of the frames received."""
        if self.state not in (self.STATE_OPEN, self.STATE_CLOSING):
            super().consumeData()
        elif self._nextTurn is None:
            self._handleFrames()

    def onMessageBegin(self, isBinary: bool) -> None:
        """Begin to count the frames of a message."""
        super().onMessageBegin(isBinary)
        self._framesOfMessage = 0

    def onMessageFrameBegin(self, length: int) -> None:
        """Refuse a message in too many frames."""
        super().onMessageFrameBegin(length)
        self._framesOfMessage += 1
        if self._framesOfMessage > MAX_FRAMES and not self.failedByMe:
            self._max_message_size_exceeded(0, 0, f"a message in more than {MAX_FRAMES} frames")

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Handle a message, unless the connection is closing."""
        out = self._out
        if out is None or not out.open:
            return
        if isBinary:
            self._refuse(ProtocolError(MALFORMED, "a binary frame"))
        else:
            self._handle(out, payload)

    def onPing(self, payload: bytes) -> None:
        """Answer a ping, unless the peer does not read the answers."""
        if self._out is not None and not self._out.paused:
            super().onPing(payload)

    # Called by Autobahn: what it sends, and the end.

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:
        """Write what Autobahn sends: control frames."""
        if self._out is not None:
            self._out.writer.recheck()
        super().sendData(data, sync, chopsize)

    def sendCloseFrame(
        self, code: int | None = None, reasonUtf8: bytes | None = None, isReply: bool = False
    ) -> None:
        """Send a close frame. If Autobahn does so because of malformed frames, end the page."""
        wasOpen = self.state == self.STATE_OPEN
        super().sendCloseFrame(code, reasonUtf8, isReply)
        self._move(Event.CLOSE)
        failure = OF_WEBSOCKET.get(code or 0)
        if failure is not None and wasOpen:
            page = self._leavePage()
            why = (reasonUtf8 or b"").decode(errors="replace")
            self._refuseFor(page, ProtocolError(failure, why))

    def dropConnection(self, abort: bool = False) -> None:
        """Close the TCP connection, and soon cut it if the peer reads nothing."""
        super().dropConnection(abort)
        self._move(Event.CLOSE)
        if not abort and self._dropTimer is None:
            self._dropTimer = self._pages.clock.callLater(CUT_AFTER, self._abort)

    def connectionLost(self, reason: Any = connectionDone) -> None:
        """Handle the loss of the TCP connection."""
        self._move(Event.LOST)
        super().connectionLost(reason)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        """Notify the page of the loss of its connection."""
        page = self._leavePage()
        if page is not None and code in OF_BROWSER:
            page.refuse(ProtocolError(code, f"the browser says: {reason}"))
        elif page is not None and self._out is not None:
            page.connectionClosed(self._out)

    def onCloseHandshakeTimeout(self) -> None:
        """Cut the connection of a peer that does not answer a close frame."""
        self.closeHandshakeTimeoutCall = None
        if self.state != self.STATE_CLOSED:
            self._abort()

    # Private.

    def _move(self, event: Event) -> bool:
        """Enter the state that an event leads to. Return whether there is one."""
        state = TRANSITIONS.get((self._state, event))
        if state is None:
            return False
        self._state = state
        _cancel(self._helloTimer)
        self._helloTimer = None
        if self._out is not None and state in (State.CLOSING, State.CLOSED):
            self._out.stop()
        if state is State.CLOSED:
            _cancel(self._dropTimer)
            _cancel(self._nextTurn)
        return True

    def _handleFrames(self) -> None:
        self._handleSome()
        if self._out is not None:
            waits = self.data or self._nextTurn is not None
            inside = self.current_frame is not None or self.inside_message
            self._out.betweenFrames = self._out.open and not waits and not inside

    def _handleSome(self) -> None:
        left = FRAMES_PER_TURN
        while left:
            if self._handleText():
                if not self.data:
                    return
                left -= 1
                continue
            if not self.processData() or self.state == self.STATE_CLOSED:
                return
            # Autobahn handles the head and the payload of a frame in two steps.
            if self.current_frame is None:
                left -= 1
        # If a method runs the reactor, an inner call may have scheduled it already.
        if self.data and self._nextTurn is None:
            transport: Any = self.transport
            transport.pauseProducing()
            self._nextTurn = self._pages.clock.callLater(0, self._continue)

    def _handleText(self) -> bool:
        """Handle a frame that Autobahn need not parse. Return whether there was one."""
        if self.current_frame is not None or self.inside_message:
            return False
        found = parseText(self.data, self.maxMessagePayloadSize)
        if found is None:
            return False
        payload, size = found
        self.data = self.data[size:]
        self.onMessage(payload, False)
        return True

    def _continue(self) -> None:
        self._nextTurn = None
        self._handleFrames()
        if self._nextTurn is None:
            transport: Any = self.transport
            transport.resumeProducing()

    def _handle(self, out: WebSocketTransport, payload: bytes) -> None:
        page = out.page
        try:
            if page is None:
                self._handleHello(out, payload)
            elif not isControl(payload):
                page.receiveNext(out.connection, payload)
            else:
                page.acknowledge(out.connection, decodeReceived(payload).received)
        except ProtocolError as error:
            self._refuse(error)

    def _handleHello(self, out: WebSocketTransport, payload: bytes) -> None:
        hello = decodeHello(payload)
        if not self._move(Event.HELLO):
            # A lifecycle hook of the page runs the reactor.
            raise ProtocolError(MALFORMED, "a message before the hello was answered")
        page, welcome = self._pages.hello(out, hello, self._identity)
        if not self._move(Event.WELCOMED):
            # Closed or lost meanwhile. The page may not know.
            page.connectionClosed(out)
            return
        out.connection = hello.connection
        out.writer.write(textFrames([encodeControl(welcome)]))
        out.page = page
        page.flush()

    def _noHello(self) -> None:
        self.close(TIMED_OUT, "no hello was received")

    def _refuse(self, error: ProtocolError) -> None:
        page = None if self._out is None else self._out.page
        self._refuseFor(page, error)
        if page is None:
            self.close(error.code, error.reason)

    def _refuseFor(self, page: Session | None, error: ProtocolError) -> None:
        if page is not None:
            page.refuse(error)
        elif error.code not in NO_FAULT:
            logRefusal(self._log, "connection refused", error)

    def _leavePage(self) -> Session | None:
        """Forget the page, so that nothing more is sent for it, and return it."""
        out = self._out
        if out is None:
            return None
        page, out.page = out.page, None
        return page

    def _abort(self) -> None:
        transport: Any = self.transport
        transport.abortConnection()


def _cancel(timer: IDelayedCall | None) -> None:
    if timer is not None and timer.active():
        timer.cancel()
