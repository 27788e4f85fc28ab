"""Long-poll: a request waits for messages. See C{docs/reference/protocol.md}, "HTTP"."""

from __future__ import annotations

from msgspec import Raw
from zope.interface import implementer

from livewidget.errors import ProtocolError
from livewidget.interfaces import ITransport
from livewidget.session.registry import Sessions
from livewidget.session.session import Session
from livewidget.transports.http.post import (
    PostEntry,
    Reply,
    helloOf,
    isRepeated,
    whyClosed,
)
from livewidget.web.writer import CHUNK
from livewidget.wire.codes import MALFORMED
from livewidget.wire.controls import Post, PostAnswer, Welcome

#: Bytes of messages in the first response of a connection. Each later response may have twice as
#: many as the one before, up to L{CHUNK}.
FIRST_CHUNK = 1024


@implementer(ITransport)
class LongPollTransport:
    """One connection: the polls with its number, of which at most one waits.

    @param hello: the first poll; L{begin} or L{close} responds to it.
    """

    def __init__(self, pages: Sessions, connection: int, hello: Reply) -> None:
        self._pages = pages
        self._connection = connection
        self._page: Session | None = None
        self._waiting: Reply | None = hello
        # The most bytes of messages in the next response. It starts small because on a network
        # that cuts connections early, a large response might never arrive.
        self._chunk = FIRST_CHUNK
        # Whether an acknowledgement was due when no poll waited.
        self._owesAck = False

    def begin(self, page: Session, welcome: Welcome) -> None:
        """Respond to the hello, unless the page has closed this transport meanwhile."""
        if self._waiting is None:
            return
        self._page = page
        _, messages = page.delivery.takeMessages(self._now(), self._chunk)
        if messages:
            welcome.messages = [Raw(message) for message in messages]
        self._respond(welcome)
        page.flush()

    def poll(self, reply: Reply, post: Post) -> None:
        """Respond to a poll other than the hello, now or once there is something to send.

        @raise ProtocolError: the poll is invalid; end the page and respond with the error.
        """
        page = self._page
        if page is None:
            # A lifecycle hook of the page runs the reactor.
            raise ProtocolError(MALFORMED, "a poll before its hello was answered")
        self._chunk = min(2 * self._chunk, CHUNK)
        found = page.delivery.rewind(self._connection, post.received, self._now())
        self._pages.account(page)
        if not found:
            reply.respond(PostAnswer(page.delivery.takeReceived()))
            return
        older = self._wait(reply)
        if older is not None:
            older.respond(PostAnswer(page.delivery.takeReceived()))
        page.flushNow(self._now())
        if not post.wait:
            self._respond(PostAnswer(page.delivery.takeReceived()))

    # ITransport.

    def flush(self, now: float) -> None:
        """Respond to the waiting poll if there is something to send."""
        if self._page is None:
            return
        delivery = self._page.delivery
        if self._waiting is None:
            # The response to the next poll has the acknowledgement. Taking it here keeps the
            # page's timer from asking again immediately.
            self._owesAck |= delivery.takeAck(now) is not None
            return
        first, messages = delivery.takeMessages(now, self._chunk)
        received = delivery.takeAck(now)
        if messages:
            raw = [Raw(message) for message in messages]
            self._respond(PostAnswer(delivery.takeReceived(), first, raw))
        elif received is not None or self._owesAck:
            self._respond(PostAnswer(delivery.takeReceived()))

    def close(self, code: int, reason: str) -> None:
        """Close the connection: notify the waiting poll, or else the next one."""
        page, self._page = self._page, None
        waiting = self._wait(None)
        if waiting is None:
            return
        if page is not None and isRepeated(page, self._connection, code):
            waiting.respond(PostAnswer(page.delivery.takeReceived()))
        else:
            waiting.close(code, reason)

    # Private.

    def _wait(self, reply: Reply | None) -> Reply | None:
        """Let a poll wait instead of the one that waits now, which is returned."""
        older, self._waiting = self._waiting, reply
        if reply is not None:
            reply.whenLost(self._lost)
        return older

    def _lost(self) -> None:
        self._waiting = None

    def _respond(self, answer: PostAnswer | Welcome) -> None:
        self._owesAck = False
        waiting = self._wait(None)
        if waiting is not None:
            waiting.respond(answer)

    def _now(self) -> float:
        return self._pages.clock.seconds()


class PollEntry(PostEntry):
    """The resource C{_live/poll}."""

    def handle(self, reply: Reply, pageId: str, post: Post) -> None:
        """Handle a hello or another poll."""
        if post.hello:
            transport = LongPollTransport(self.pages, post.connection, reply)
            page, welcome = self.pages.hello(
                transport, helloOf(pageId, post), reply.identity, again=True
            )
            transport.begin(page, welcome)
        else:
            self._poll(self.pages.find(pageId, post.claim, reply.identity), reply, post)

    def _poll(self, page: Session, reply: Reply, post: Post) -> None:
        closed = whyClosed(page, post.connection)
        if closed is not None:
            reply.close(*closed)
            return
        try:
            self._transportOf(page, post.connection).poll(reply, post)
        except ProtocolError as error:
            page.refuse(error)
            reply.close(error.code, error.reason)

    def _transportOf(self, page: Session, connection: int) -> LongPollTransport:
        transport = page.transport
        if connection != page.delivery.connection or not isinstance(transport, LongPollTransport):
            raise ProtocolError(MALFORMED, "a poll of a connection that began without a hello poll")
        return transport
