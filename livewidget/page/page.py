"""One open browser page: its delivery, its calls, its elements."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget.elements.element import LiveElement
from livewidget.elements.livepage import LivePage, beginPage, endPage
from livewidget.elements.topic import joinTopics
from livewidget.elements.tree import Tree
from livewidget.errors import (
    BufferFull,
    ConnectionLost,
    Detached,
    MessageTooLarge,
    ProtocolError,
)
from livewidget.interfaces import ITransport
from livewidget.logs import logFailure
from livewidget.page.adoption import Adoption, ElementMet, noElement, sendElements
from livewidget.page.caller import Caller
from livewidget.page.lifecycle import Hooks
from livewidget.page.reports import Complaints
from livewidget.session.dispatcher import Dispatcher
from livewidget.session.timer import DeadlineTimer
from livewidget.wire.calls import Calls
from livewidget.wire.codes import CLOSED, GOING_AWAY, GONE, TAKEN_OVER, TIMED_OUT, TOO_MUCH
from livewidget.wire.controls import Hello, Welcome
from livewidget.wire.delivery import Delivery, Expired
from livewidget.wire.messages import Detach, Message, encode

if TYPE_CHECKING:
    from livewidget.page.pages import Pages


_log = Logger()


class Page:
    """One browser page, from its rendering to its end.

    @ivar pageId: its name, a secret between the server and the browser page:
        it must not come into a URL or a log.
    @ivar livePage: what the application sees of it.
    @ivar claim: made by the browser's script; the first one binds the page.
    @ivar delivery: counts and keeps what goes to and fro.
    @ivar tree: its elements.
    @ivar adoption: while a message is encoded that brings elements to the page.
    @ivar caller: makes the calls of the elements.
    @ivar hooks: tells the elements what happens to the page.
    @ivar ended: why the page ended, or L{None}.
    @ivar ending: whether the page is about to end, or has; nothing is sent any more.
    @ivar accountedBytes: what L{Pages} has counted of what the delivery holds.
    @ivar transport: of the connection in use, or L{None}.
    @ivar callsRunning: how many calls of the browser have begun and not ended.
    @ivar callsRefused: how many were refused.
    @ivar complaints: logs what fails in the browser.
    """

    # In one piece: a broadcast looks at one of these for each page.
    __slots__ = (
        "__weakref__",
        "_dispatcher",
        "_flushing",
        "_leftBy",
        "_timer",
        "accountedBytes",
        "adoption",
        "caller",
        "calls",
        "callsRefused",
        "callsRunning",
        "claim",
        "complaints",
        "delivery",
        "ended",
        "ending",
        "hooks",
        "livePage",
        "pageId",
        "pages",
        "transport",
        "tree",
    )

    def __init__(
        self, pages: Pages, identity: Any = None, livePage: LivePage | None = None
    ) -> None:
        settings = pages.settings
        self.pages = pages
        self.livePage = LivePage() if livePage is None else livePage
        if identity is not None:
            self.livePage.identity = identity
        self.pageId = secrets.token_urlsafe(16)
        self.tree = Tree(self)
        self.adoption: Adoption | None = None
        self.caller = Caller(self)
        self.delivery = Delivery(
            settings.limits,
            server=True,
            heartbeat=settings.heartbeat,
            timeout=settings.timeout,
            ackDelay=settings.ackDelay,
            overAt=pages.clock.seconds() + settings.connectWithin,
        )
        self.complaints = Complaints(pages.locate)
        self.calls = Calls(self.complaints.unwatched, pages.locate)
        self.ended: ConnectionLost | None = None
        self.ending = False
        self.accountedBytes = 0
        # Whether it flushes at the end of this turn.
        self._flushing = False
        self.callsRunning = 0
        self.callsRefused = 0
        self.claim: str | None = None
        # The number of the connection that has said that the page is left, or 0.
        self._leftBy = 0
        self.hooks = Hooks(self)
        self._dispatcher = Dispatcher(self)
        self.transport: ITransport | None = None
        beginPage(self.livePage, self)
        self._timer = DeadlineTimer(pages.clock, self._due)
        self._timer.set(self.delivery.nextDeadline())

    @property
    def clock(self) -> IReactorTime:
        """The clock of the process."""
        return self.pages.clock

    @property
    def identity(self) -> Any:
        """Whose page it is; L{None} is nobody's. See L{LivePage.identity}."""
        return self.livePage.identity

    @identity.setter
    def identity(self, identity: Any) -> None:
        self.livePage.identity = identity

    @property
    def elements(self) -> dict[int, LiveElement]:
        """The elements, by their ids."""
        return self.tree.elements

    # Elements.

    def begin(self) -> None:
        """Take in the elements that the application has put on the page; see L{attach}."""
        for element in self.livePage.elements:
            self.attach(element)

    def attach(self, element: LiveElement) -> None:
        """Take in an element and its children, and send what has waited for that.

        @raise TypeError: an exposed method has an annotation that names nothing.
        """
        members, waiting = self.tree.add(element)
        joinTopics(self, members)
        self.caller.makeAll(waiting)

    def detach(self, element: LiveElement, told: bool = False) -> None:
        """Take out an element and its children; see L{LiveElement.detach}.

        @param told: the browser knows it, or does not know the element.
        """
        elementId = element.elementId
        gone = self.tree.remove(element)
        if not told and element._liveRendered:
            self.send(Detach(elementId))
        self.hooks.tellEnd(gone, Detached())

    def send(self, message: Message, sender: LiveElement | None = None) -> None:
        """Send a message, now or when the browser is there again.

        Where it does not fit into the buffer any more, the page ends, a moment
        later: whoever sends to many is not to be disturbed by the end of one.

        @param sender: becomes the parent of new elements in the message.
        @raise EncodeError: something in it cannot cross; it is not sent.
        @raise MessageTooLarge: it is too large; it is not sent.
        """
        try:
            data = encode(message, noElement)
        except ElementMet:
            sendElements(self, message, sender)
        else:
            self.post(data)

    def post(self, data: bytes) -> None:
        """Send what is encoded and brings no elements.

        @raise MessageTooLarge: it is too large; it is not sent.
        """
        adoption = self.adoption
        if adoption is not None:
            self.checkSize(data)
            adoption.held.append((data, None))
        elif not self.ending:
            try:
                self.delivery.send(data)
            except BufferFull as error:
                self.endSoon(str(error))
                return
            # As Pages.account(), in a fraction of its time.
            size, pages = len(data), self.pages
            self.accountedBytes += size
            pages.bufferedBytes += size
            if pages.bufferedBytes > pages.mostBytes:
                pages.account(self)
            if not self._flushing:
                # As flush(), without the call: this is done for each page of a topic.
                self._flushing = True
                pages.turn.add(self)

    def postAll(self, messages: Iterable[bytes]) -> None:
        """Send several, each as L{post} does; all are kept before the first goes out."""
        # What flushes at once may run the application's code.
        flushing, self._flushing = self._flushing, True
        for data in messages:
            self.post(data)
        self._flushing = flushing
        self.flush()

    def checkSize(self, data: bytes) -> None:
        """See to it that a message is not too large.

        @raise MessageTooLarge: it is.
        """
        limit = self.delivery.limits.message
        if len(data) > limit:
            raise MessageTooLarge(len(data), limit)

    # The connection.

    def hello(self, transport: ITransport, hello: Hello, again: bool = False) -> Welcome:
        """A connection says hello: it takes over from the one before.

        The transport sends the answer first, and then calls L{flush}.

        @param again: it may be the hello of the connection in use once more.
        @raise ProtocolError: the connection is refused; close it so.
        """
        if self._dispatcher.running:
            # A method runs the reactor; taking over now would dispatch it twice.
            raise ProtocolError(GOING_AWAY, "the page is busy: try again")
        self.checkClaim(hello.claim)
        if hello.connection <= self._leftBy:
            raise ProtocolError(TAKEN_OVER, "the page was left")
        try:
            now = self.clock.seconds()
            self.delivery.connect(hello.connection, hello.received, now, again=again)
        except ProtocolError as error:
            if error.code == GONE:
                self.end(error.code, error.reason)
            raise
        self.pages.account(self)
        older, self.transport = self.transport, transport
        if older is not None:
            older.close(TAKEN_OVER, "a newer connection has taken over")
        longest = self.pages.settings.heartbeat
        self.delivery.heartbeat = min(longest, hello.heartbeat or longest)
        self.pages.newcomers.remove(self)
        self.hooks.tellConnected()
        return self._welcome()

    def checkClaim(self, claim: str) -> None:
        """Is it the browser's script that this page belongs to? The first one binds it.

        @raise ProtocolError: 4404, it is not, or the page has ended.
        """
        if self.ended is not None:
            raise ProtocolError(GONE, "the page has ended")
        if self.claim is None:
            self.claim = claim
        if not hmac.compare_digest(self.claim.encode(), claim.encode()):
            raise ProtocolError(GONE, "another copy of this page is open")

    def receiveNext(self, connection: int, message: bytes) -> None:
        """A message has come on a connection that keeps their order; see L{receive}."""
        now = self.pages.clock.seconds()
        try:
            self.delivery.receiveNext(connection, message, now)
        except ProtocolError as error:
            self.refuse(error)
        self.goOn(now)

    def receive(self, connection: int, messages: list[bytes], first: int) -> None:
        """Messages have come: dispatch them, and then send what that made.

        @param first: the count of the first one.
        """
        now = self.pages.clock.seconds()
        try:
            self.delivery.receive(connection, messages, now, first)
        except ProtocolError as error:
            self.refuse(error)
        self.goOn(now)

    def goOn(self, now: float) -> None:
        """Dispatch what has come, as much as one turn takes, and then send what that made."""
        try:
            self._dispatcher.run(now)
        except ProtocolError as error:
            self.refuse(error)
        delivery = self.delivery
        if delivery.bufferedBytes + delivery.inboxBytes != self.accountedBytes:
            self.pages.account(self)
        # What is sent flushes by itself; an answer, say, makes nothing to send.
        if delivery.askAgain:
            self.flush()

    def acknowledge(self, connection: int, received: int) -> None:
        """The browser has said how many messages it has."""
        try:
            self.delivery.acknowledge(connection, received, self.clock.seconds())
        except ProtocolError as error:
            self.refuse(error)
        self.pages.account(self)

    def leaving(self, connection: int) -> None:
        """The browser leaves the page: it ends soon, unless a newer connection comes."""
        if connection >= self.delivery.connection:
            self._leftBy = connection
            self.delivery.leave(self.clock.seconds(), self.pages.settings.leaveWindow)
            self.flush()

    def connectionClosed(self, transport: ITransport) -> None:
        """The connection of a transport is gone; the page waits for the next."""
        if transport is not self.transport:
            return
        self.transport = None
        window = self.pages.settings.resumeWindow
        self.delivery.disconnect(self.delivery.connection, self.clock.seconds(), window)
        self._timer.stop()
        self._timer.set(self.delivery.nextDeadline())

    def flush(self) -> None:
        """Send what there is, and look at the clock, at the end of this turn of the reactor."""
        if not self._flushing and self.ended is None:
            self._flushing = True
            self.pages.turn.add(self)

    def flushNow(self, now: float) -> None:
        """Send what there is to send, and look at the clock when it is due.

        @param now: seconds of the clock.
        """
        self._flushing = False
        transport = self.transport
        if transport is not None:
            try:
                transport.flush(now)
            except Exception:
                logFailure(_log, "sending failed", Failure())
                # What was taken is not sent, and the browser would miscount what follows.
                self.connectionClosed(transport)
                transport.close(GOING_AWAY, "sending failed")
        if self.delivery.askAgain and self.ended is None:
            self._timer.set(self.delivery.nextDeadline())

    # The end.

    def close(self, reason: str = "the application closed the page") -> None:
        """End the page; the browser is told the reason and does not come back."""
        self.end(CLOSED, reason)

    def refuse(self, error: ProtocolError) -> None:
        """The browser has sent what cannot be: log it and end the page."""
        if self.ended is None:
            _log.warn(
                "page refused ({code}): {reason!r}", code=error.code, reason=error.reason[:500]
            )
            self.end(error.code, error.reason[:100])

    def end(self, code: int, reason: str) -> None:
        """End the page, once: calls fail, elements are told, nothing stays."""
        if self.ended is not None:
            return
        lost = self.ended = ConnectionLost(code, reason)
        self.ending = True
        # First of all: whatever fails below, the page is not looked up again.
        self.pages.remove(self)
        if code != GONE:
            self.pages.remember(self, code, reason)
        self._timer.stop()
        self._dispatcher.stop()
        transport, self.transport = self.transport, None
        if transport is not None:
            try:
                # What a method has sent before it ended the page.
                transport.flush(self.clock.seconds())
            except Exception:
                logFailure(_log, "sending failed", Failure())
            transport.close(code, reason)
        gone = self.tree.clear(lost)
        self.calls.lose(lost)
        self.hooks.tellEnd(gone, lost)
        endPage(self.livePage, lost)

    def endSoon(self, why: str) -> None:
        """End the page in a moment: its browser does not keep up."""
        _log.warn("page closed ({code}): {why}", code=TOO_MUCH, why=why)
        self.pages.endSoon(self, TOO_MUCH, f"the browser does not keep up: {why}")

    # Inside.

    def _welcome(self) -> Welcome:
        settings = self.pages.settings
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
            self.end(GONE, "the browser did not come back")
        elif expired is Expired.SILENT and self.transport is not None:
            transport = self.transport
            self.connectionClosed(transport)
            transport.close(TIMED_OUT, "nothing was heard for too long")
        else:
            self.delivery.askAgain = True
            self.flush()
