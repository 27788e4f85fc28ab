"""Long-poll: a request waits for messages. See C{docs/protocol.md}, "HTTP"."""

from __future__ import annotations

from typing import Any

from msgspec import Raw
from zope.interface import implementer

from livewidget.errors import ProtocolError
from livewidget.interfaces import ITransport
from livewidget.session.registry import Sessions
from livewidget.session.session import Session
from livewidget.transports.http.post import (
    CHUNK,
    PostEntry,
    Reply,
    helloOf,
    isRepeated,
    whyClosed,
)
from livewidget.wire.codes import MALFORMED
from livewidget.wire.controls import Answer, Post, Welcome

#: Bytes of messages in the first answer of a connection; each one may have twice as many.
FIRST_CHUNK = 1024


@implementer(ITransport)
class LongPollTransport:
    """One connection: the polls with its number, of which at most one waits.

    @param hello: the first one; answered by L{begin} or L{close}.
    """

    def __init__(self, pages: Sessions[Any], connection: int, hello: Reply) -> None:
        self._pages = pages
        self._connection = connection
        self._page: Session | None = None
        self._waiting: Reply | None = hello
        # So much in the next answer. Where connections are cut again and again, an
        # answer that is too large for what they live would never get through.
        self._chunk = FIRST_CHUNK
        # Whether an acknowledgement was due when no poll waited.
        self._owed = False

    def begin(self, page: Session, welcome: Welcome) -> None:
        """The hello was taken: answer it, unless the page has closed this meanwhile."""
        if self._waiting is None:
            return
        self._page = page
        _, messages = page.delivery.takeMessages(self._now(), self._chunk)
        if messages:
            welcome.messages = [Raw(message) for message in messages]
        self._answer(welcome)
        page.flush()

    def poll(self, reply: Reply, post: Post) -> None:
        """A poll that is not the hello: answer it now, or when there is something.

        @raise ProtocolError: it cannot be; end the page, and answer with that.
        """
        page = self._page
        if page is None:
            # A hook of the page runs the reactor.
            raise ProtocolError(MALFORMED, "a poll before its hello was answered")
        self._chunk = min(2 * self._chunk, CHUNK)
        found = page.delivery.rewind(self._connection, post.received, self._now())
        self._pages.account(page)
        if not found:
            reply.give(Answer(page.delivery.takeReceived()))
            return
        older = self._wait(reply)
        if older is not None:
            older.give(Answer(page.delivery.takeReceived()))
        page.flushNow(self._now())
        if not post.wait:
            self._answer(Answer(page.delivery.takeReceived()))

    # ITransport.

    def flush(self, now: float) -> None:
        """Answer the poll that waits, if there is something to say."""
        if self._page is None:
            return
        delivery = self._page.delivery
        if self._waiting is None:
            # The next poll is answered by it; the page's timer is not to ask again at once.
            self._owed |= delivery.takeAck(now) is not None
            return
        first, messages = delivery.takeMessages(now, self._chunk)
        received = delivery.takeAck(now)
        if messages:
            raw = [Raw(message) for message in messages]
            self._answer(Answer(delivery.takeReceived(), first, raw))
        elif received is not None or self._owed:
            self._answer(Answer(delivery.takeReceived()))

    def close(self, code: int, reason: str) -> None:
        """Close the connection: tell the poll that waits, or the next one."""
        page, self._page = self._page, None
        waiting = self._wait(None)
        if waiting is None:
            return
        if page is not None and isRepeated(page, self._connection, code):
            waiting.give(Answer(page.delivery.takeReceived()))
        else:
            waiting.close(code, reason)

    # Inside.

    def _wait(self, reply: Reply | None) -> Reply | None:
        """Have this poll wait, and no other."""
        older, self._waiting = self._waiting, reply
        if reply is not None:
            reply.whenLost(self._lost)
        return older

    def _lost(self) -> None:
        self._waiting = None

    def _answer(self, answer: Answer | Welcome) -> None:
        self._owed = False
        waiting = self._wait(None)
        if waiting is not None:
            waiting.give(answer)

    def _now(self) -> float:
        now: float = self._pages.clock.seconds()
        return now


class PollEntry(PostEntry):
    """The resource C{_live/poll}."""

    def take(self, reply: Reply, pageId: str, post: Post) -> None:
        """Take a poll: a hello, or one that waits."""
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
            self._transport(page, post.connection).poll(reply, post)
        except ProtocolError as error:
            page.refuse(error)
            reply.close(error.code, error.reason)

    def _transport(self, page: Session, connection: int) -> LongPollTransport:
        transport = page.transport
        if connection != page.delivery.connection or not isinstance(transport, LongPollTransport):
            raise ProtocolError(MALFORMED, "a poll of a connection that has said no hello by one")
        return transport
