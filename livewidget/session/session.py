"""One browser's conversation with the server, across its connections."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget.errors import BufferFull, ConnectionLost, MessageTooLarge, ProtocolError
from livewidget.interfaces import ITransport
from livewidget.logs import logFailure, logRefusal
from livewidget.session.contracts import Registry
from livewidget.session.dispatcher import Dispatcher
from livewidget.session.state import SessionState
from livewidget.session.timer import DeadlineTimer
from livewidget.settings import Settings
from livewidget.wire.codes import (
    CLOSED,
    GOING_AWAY,
    GONE,
    HEARD_NOTHING,
    NEWER_CONNECTION,
    TAKEN_OVER,
    TIMED_OUT,
    TOO_MUCH,
)
from livewidget.wire.controls import Hello, Welcome
from livewidget.wire.delivery import Delivery, Expired
from livewidget.wire.messages import Call, Message

_log = Logger()

#: An encoded message that is held back, and what to call when it is sent.
Held: TypeAlias = tuple[bytes, Callable[[], None] | None]


class Session:
    """One browser's conversation, from before its first connection to its end.

    A transport connects by L{hello}, hands over what it receives by L{receive} or
    L{receiveNext}, and sends what L{delivery} returns when L{flushNow} asks it to. A subclass
    gives the messages their meaning: L{opened}, L{answerCall}, L{dispatch} and L{over}.

    @ivar registry: the registry that the session is in.
    @ivar pageId: names the session, a secret between server and browser. It must not be
        put into a URL or a log.
    @ivar claim: made by the browser's script; the first one binds the session to it.
    @ivar delivery: counts and keeps the messages of both directions.
    @ivar held: while this is a list, L{post} appends to it instead of sending.
    @ivar ended: why the session ended, or C{None}.
    @ivar ending: whether the session has ended or is about to; it accepts nothing more to send.
    @ivar accountedBytes: what the registry has counted of the bytes that L{delivery} holds.
    @ivar transport: the transport of the connection in use, or C{None}.
    """

    # A broadcast visits one of these for each session, so they are kept small.
    __slots__ = (
        "__weakref__",
        "_dispatcher",
        "_flushing",
        "_leftBy",
        "_timer",
        "accountedBytes",
        "claim",
        "delivery",
        "ended",
        "ending",
        "held",
        "pageId",
        "registry",
        "transport",
    )

    def __init__(self, registry: Registry) -> None:
        settings = registry.settings
        self.registry = registry
        self.pageId = secrets.token_urlsafe(16)
        self.claim: str | None = None
        self.delivery = Delivery(
            settings.limits,
            server=True,
            heartbeat=settings.heartbeat,
            timeout=settings.timeout,
            ackDelay=settings.ackDelay,
            overAt=registry.clock.seconds() + settings.connectWithin,
        )
        self.held: list[Held] | None = None
        self.ended: ConnectionLost | None = None
        self.ending = False
        self.accountedBytes = 0
        self.transport: ITransport | None = None
        # Whether the session is in the flush queue.
        self._flushing = False
        # The number of the connection that announced that the browser leaves, or 0.
        self._leftBy = 0
        self._dispatcher = Dispatcher(self, settings.callsPerSecond)
        self._timer = DeadlineTimer(registry.clock, self._due)
        self._timer.set(self.delivery.nextDeadline())

    @property
    def clock(self) -> IReactorTime:
        """The clock of the process."""
        return self.registry.clock

    @property
    def settings(self) -> Settings:
        """The settings of the resource."""
        return self.registry.settings

    @property
    def state(self) -> SessionState:
        """The state that the session is in."""
        if self.ended is not None:
            return SessionState.ENDED
        if self.transport is not None:
            return SessionState.CONNECTED
        return SessionState.LOST if self.delivery.connection else SessionState.RENDERED

    @property
    def identity(self) -> Any:
        """Whose session it is; C{None} if it is nobody's."""
        return None

    # What a subclass adds.

    def opened(self) -> None:
        """Handle a connection that was accepted; called before its welcome is sent."""

    def answerCall(self, call: Call) -> None:
        """Answer a browser's call. Must not raise."""
        raise NotImplementedError

    def dispatch(self, message: Message) -> None:
        """Handle any message except a call.

        @raise ProtocolError: a browser does not send this message; the session is ended.
        """
        raise NotImplementedError

    def over(self, lost: ConnectionLost) -> None:
        """Handle the end of the session; called once, last of all."""

    # Sending.

    def post(self, data: bytes) -> None:
        """Send an encoded message, now or when the browser is connected again.

        If it does not fit into the send buffer, the session is ended a moment later: a caller
        that sends to many sessions is not disturbed by the end of one.

        @raise MessageTooLarge: it exceeds the limit; it is not sent.
        """
        if self.held is not None:
            self.checkSize(data)
            self.held.append((data, None))
        elif not self.ending:
            try:
                self.delivery.send(data)
            except BufferFull as error:
                self.endSoon(str(error))
                return
            # Fast path: Registry.account() and flush() inlined, since a topic posts to each page;
            # see docs/explanation/performance.md#bookkeeping-inlined, tests/session/test_post.py
            size, registry = len(data), self.registry
            self.accountedBytes += size
            registry.bufferedBytes += size
            if registry.bufferedBytes > registry.mostBytes:
                registry.account(self)
            if not self._flushing:
                self._flushing = True
                registry.flushQueue.add(self)

    def postAll(self, messages: Iterable[bytes]) -> None:
        """Send several messages as L{post} does; all are kept before the first is sent."""
        # A flush that sends immediately may run the application's code.
        flushing, self._flushing = self._flushing, True
        for data in messages:
            self.post(data)
        self._flushing = flushing
        self.flush()

    def checkSize(self, data: bytes) -> None:
        """Raise L{MessageTooLarge} if an encoded message exceeds the limit.

        @raise MessageTooLarge: see above.
        """
        limit = self.delivery.limits.message
        if len(data) > limit:
            raise MessageTooLarge(len(data), limit)

    # The connection.

    def hello(self, transport: ITransport, hello: Hello, again: bool = False) -> Welcome:
        """Make a connection the one in use; it takes over from the one before.

        The transport must send the welcome first, and then call L{flush}.

        @param again: this may be a repetition of the hello of the connection in use.
        @raise ProtocolError: the connection is refused; close it with the error's code.
        """
        if self._dispatcher.running:
            # A method runs the reactor; taking over now would dispatch its call twice.
            raise ProtocolError(GOING_AWAY, "the page is busy; try again")
        self.checkClaim(hello.claim)
        if hello.connection <= self._leftBy:
            raise ProtocolError(TAKEN_OVER, "the browser left the page")
        try:
            now = self.clock.seconds()
            self.delivery.connect(hello.connection, hello.received, now, again=again)
        except ProtocolError as error:
            if error.code == GONE:
                self.end(error.code, error.reason)
            raise
        self.registry.account(self)
        older, self.transport = self.transport, transport
        if older is not None:
            older.close(TAKEN_OVER, NEWER_CONNECTION)
        longest = self.settings.heartbeat
        self.delivery.heartbeat = min(longest, hello.heartbeat or longest)
        self.registry.connected(self)
        self.opened()
        return self._welcome()

    def checkClaim(self, claim: str) -> None:
        """Check that a request comes from the browser script that the session is bound to.

        The first claim binds the session.

        @raise ProtocolError: 4404, it is another script, or the session has ended.
        """
        if self.ended is not None:
            raise ProtocolError(GONE, "the page has ended")
        if self.claim is None:
            self.claim = claim
        if not hmac.compare_digest(self.claim.encode(), claim.encode()):
            raise ProtocolError(GONE, "another copy of this page is open")

    def receiveNext(self, connection: int, message: bytes) -> None:
        """Handle a message from a connection that keeps the order; see L{receive}."""
        now = self.registry.clock.seconds()
        try:
            self.delivery.receiveNext(connection, message, now)
        except ProtocolError as error:
            self.refuse(error)
        self.goOn(now)

    def receive(self, connection: int, messages: list[bytes], first: int) -> None:
        """Handle messages: dispatch them, then send what that produced.

        @param first: the count of the first message.
        """
        now = self.registry.clock.seconds()
        try:
            self.delivery.receive(connection, messages, now, first)
        except ProtocolError as error:
            self.refuse(error)
        self.goOn(now)

    def goOn(self, now: float) -> None:
        """Dispatch as many messages as one turn allows, then send what that produced."""
        try:
            self._dispatcher.run(now)
        except ProtocolError as error:
            self.refuse(error)
        # Fast path: no count and no flush if nothing changed; see
        # docs/explanation/performance.md#one-way-for-each-kind-of-transport,
        # tests/session/test_goon.py
        delivery = self.delivery
        if delivery.bufferedBytes + delivery.inboxBytes != self.accountedBytes:
            self.registry.account(self)
        # post() flushes by itself. An answer, for example, produces nothing to send.
        if delivery.askAgain:
            self.flush()

    def acknowledge(self, connection: int, received: int) -> None:
        """Handle the count of messages that the browser says it has."""
        try:
            self.delivery.acknowledge(connection, received, self.clock.seconds())
        except ProtocolError as error:
            self.refuse(error)
        self.registry.account(self)

    def leaving(self, connection: int) -> None:
        """End the session soon, since the browser leaves, unless a newer connection is made."""
        if connection >= self.delivery.connection:
            self._leftBy = connection
            self.delivery.leave(self.clock.seconds(), self.settings.leaveWindow)
            self.flush()

    def connectionClosed(self, transport: ITransport) -> None:
        """Handle the loss of a transport's connection; the session waits for the next."""
        if transport is not self.transport:
            return
        self.transport = None
        window = self.settings.resumeWindow
        self.delivery.disconnect(self.delivery.connection, self.clock.seconds(), window)
        self._timer.stop()
        self._timer.set(self.delivery.nextDeadline())

    def flush(self) -> None:
        """Have L{flushNow} called at the end of this turn of the reactor."""
        if not self._flushing and self.ended is None:
            self._flushing = True
            self.registry.flushQueue.add(self)

    def flushNow(self, now: float) -> None:
        """Have the transport send what is unsent, and set the timer if a deadline moved.

        @param now: the clock's seconds.
        """
        self._flushing = False
        transport = self.transport
        if transport is not None:
            try:
                transport.flush(now)
            except Exception:
                logFailure(_log, "sending failed", Failure())
                # What the transport took is not sent, and the browser would miscount the rest.
                self.connectionClosed(transport)
                transport.close(GOING_AWAY, "sending failed")
        if self.delivery.askAgain and self.ended is None:
            self._timer.set(self.delivery.nextDeadline())

    # The end.

    def close(self, reason: str = "the application closed the page") -> None:
        """End the session; the browser is told the reason and does not reconnect."""
        self.end(CLOSED, reason)

    def refuse(self, error: ProtocolError) -> None:
        """Log that the browser violated the protocol, and end the session."""
        if self.ended is None:
            logRefusal(_log, "page refused", error)
            self.end(error.code, error.reason[:100])

    def end(self, code: int, reason: str) -> None:
        """End the session, once, and release everything that it holds.

        @param code: a close code; see C{docs/reference/close-codes.md}.
        """
        if self.ended is not None:
            return
        lost = self.ended = ConnectionLost(code, reason)
        self.ending = True
        # First of all: whatever fails below, the session cannot be found any more.
        self.registry.remove(self)
        self.registry.remember(self, code, reason)
        self._timer.stop()
        self._dispatcher.stop()
        transport, self.transport = self.transport, None
        if transport is not None:
            try:
                # A method may have sent something before it ended the session.
                transport.flush(self.clock.seconds())
            except Exception:
                logFailure(_log, "sending failed", Failure())
            transport.close(code, reason)
        self.over(lost)

    def endSoon(self, why: str) -> None:
        """End the session in the next turn, since its browser does not keep up.

        @param why: the limit that was exceeded, for the log and the browser.
        """
        _log.warn("page closed ({code}): {why}", code=TOO_MUCH, why=why)
        self.registry.endSoon(self, TOO_MUCH, f"the browser does not keep up: {why}")

    def _welcome(self) -> Welcome:
        settings = self.settings
        return Welcome(
            self.delivery.connection,
            self.delivery.received,
            self.delivery.heartbeat,
            settings.timeout,
            settings.limits,
            self.delivery.next,
        )

    def _due(self) -> None:
        expired = self.delivery.expire(self.clock.seconds())
        if expired is Expired.OVER:
            self.end(GONE, "the browser did not reconnect")
        elif expired is Expired.SILENT and self.transport is not None:
            transport = self.transport
            self.connectionClosed(transport)
            transport.close(TIMED_OUT, HEARD_NOTHING)
        else:
            self.delivery.askAgain = True
            self.flush()
