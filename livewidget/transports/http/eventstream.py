"""The event stream: an answer that does not end. See C{docs/protocol.md}, "HTTP"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.interfaces import IPushProducer
from twisted.web.http import HTTPChannel, toChunk
from twisted.web.server import Request
from zope.interface import implementer

from livewidget.interfaces import ITransport
from livewidget.session.registry import Sessions
from livewidget.session.session import Session
from livewidget.transports.http.post import (
    CHUNK,
    PostEntry,
    Reply,
    closing,
    helloOf,
    isRepeated,
    putHeaders,
)
from livewidget.web.lastmade import LastMade
from livewidget.web.writer import DirectWriter
from livewidget.wire.controls import Post, Received, Welcome, encodeControl

#: Seconds until the answer to a probe ends.
PROBE_SECONDS = 3


@implementer(ITransport, IPushProducer)
class EventStreamTransport:
    """One connection: the answer to one request.

    @param reply: to the hello; begun by L{begin} or given by L{close}.
    @param chunks: makes chunks of messages, for all streams.
    """

    def __init__(
        self, pages: Sessions[Any], connection: int, reply: Reply, chunks: LastMade
    ) -> None:
        self._pages = pages
        self._connection = connection
        self._reply = reply
        self._chunks = chunks
        self._page: Session | None = None
        self._closed = False
        self._paused = False
        # To the connection, where nothing is between; so many bytes went that way.
        self._writer: DirectWriter | None = None
        self._sent = 0
        reply.whenLost(self._lost)

    def begin(self, page: Session, welcome: Welcome) -> None:
        """The hello was taken: answer it, unless the page has closed this meanwhile."""
        if self._closed:
            # Lost in a hook of the page: it does not know.
            page.connectionClosed(self)
            return
        self._page = page
        request = self._reply.request
        beginStream(request)
        request.registerProducer(self, True)
        request.write(events([encodeControl(welcome)]))
        if _isPlain(request):
            channel: Any = request.channel
            self._writer = DirectWriter(channel.transport)
        page.flush()

    # ITransport.

    def flush(self, now: float) -> None:
        """Send what the delivery gives, as far as the connection takes it."""
        page = self._page
        if page is None:
            return
        delivery = page.delivery
        while delivery.unsent and not self._paused:
            _, messages = delivery.takeMessages(now, CHUNK)
            if not messages:
                break
            self._write(messages)
            if delivery.ackAt is None and not delivery.unsent:
                # No acknowledgement is owed, and what was sent has put off the heartbeat.
                return
        received = delivery.takeAck(now)
        # While it is paused there is enough to hear, and each answer to a send says it too.
        if received is not None and not self._paused:
            self._write([encodeControl(Received(received))])

    def close(self, code: int, reason: str) -> None:
        """Say so and end the answer; the page does not hear of it."""
        page, self._page = self._page, None
        self._closed = True
        if page is None:
            self._reply.close(code, reason)
            return
        request = self._reply.request
        if request._disconnected:
            # The page hears of it before we do.
            return
        request.sentLength += self._sent
        request.unregisterProducer()
        if not isRepeated(page, self._connection, code):
            request.write(events([encodeControl(closing(code, reason))]))
        request.finish()

    # IPushProducer: the transport says when its buffer is full.

    def pauseProducing(self) -> None:
        """The connection takes no more for now."""
        self._paused = True

    def resumeProducing(self) -> None:
        """The connection takes more again."""
        self._paused = False
        if self._page is not None:
            self._page.flush()

    def stopProducing(self) -> None:
        """The connection is gone; L{_lost} comes next."""
        self._paused = True

    # Inside.

    def _write(self, messages: list[bytes]) -> None:
        if self._writer is None:
            self._reply.request.write(events(messages))
            return
        # As Request.write does it, but without a turn of the reactor for each connection.
        made = self._chunks.of(messages)
        self._sent += len(made)
        self._writer.write(made)

    def _lost(self) -> None:
        self._closed = True
        page, self._page = self._page, None
        if page is not None:
            page.connectionClosed(self)


class StreamEntry(PostEntry):
    """The resource C{_live/stream}."""

    def __init__(self, pages: Sessions[Any]) -> None:
        super().__init__(pages)
        self._chunks = LastMade(chunk)

    def take(self, reply: Reply, pageId: str, post: Post) -> None:
        """Begin a stream, or a probe."""
        if post.probe:
            self.pages.find(pageId, post.claim, reply.identity)
            self._probe(reply)
            return
        transport = EventStreamTransport(self.pages, post.connection, reply, self._chunks)
        hello = helloOf(pageId, post)
        page, welcome = self.pages.hello(transport, hello, reply.identity, again=True)
        transport.begin(page, welcome)

    def _probe(self, reply: Reply) -> None:
        beginStream(reply.request)
        reply.request.write(events([b"{}"]))
        end = self.pages.clock.callLater(PROBE_SECONDS, reply.request.finish)
        reply.whenLost(end.cancel)


def beginStream(request: Request) -> None:
    """The headers of a stream: nothing between is to keep it or hold it up."""
    putHeaders(request, "text/event-stream")
    request.setHeader(b"x-accel-buffering", b"no")


def _isPlain(request: Request) -> bool:
    """Whether what is written to a request goes to its connection in chunks, and as it is."""
    return (
        request.chunked == 1
        and request._encoder is None
        and type(request).write is Request.write
        and isinstance(request.channel, HTTPChannel)
    )


def events(messages: Sequence[bytes]) -> bytes:
    """An event each. JSON as it is encoded here has no newline in it, which would end the line."""
    return b"".join([b"data: %b\n\n" % message for message in messages])


def chunk(messages: Sequence[bytes]) -> bytes:
    """The same as a chunk of the answer."""
    return b"".join(toChunk(events(messages)))
