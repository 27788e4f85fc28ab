"""The event stream: a response that does not end. See C{docs/reference/protocol.md}, "HTTP"."""

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
    PostEntry,
    Reply,
    closing,
    helloOf,
    isRepeated,
)
from livewidget.web.responseheaders import STREAM_HEADERS
from livewidget.web.writer import CHUNK, BatchCache, SocketWriter
from livewidget.wire.controls import Post, Received, Welcome, encodeControl

#: Seconds until the response to a probe ends.
PROBE_SECONDS = 3


@implementer(ITransport, IPushProducer)
class EventStreamTransport:
    """One connection: the response to one request.

    @param reply: the response to the hello; L{begin} starts it, or L{close} sends it.
    @param chunks: encodes messages as chunks, for all streams.
    """

    def __init__(self, pages: Sessions, connection: int, reply: Reply, chunks: BatchCache) -> None:
        self._pages = pages
        self._connection = connection
        self._reply = reply
        self._chunks = chunks
        self._page: Session | None = None
        self._closed = False
        self._paused = False
        # Writes to the connection, if nothing encodes the response; and the bytes written by it.
        self._writer: SocketWriter | None = None
        self._written = 0
        reply.whenLost(self._lost)

    def begin(self, page: Session, welcome: Welcome) -> None:
        """Respond to the hello, unless the page has closed this transport meanwhile."""
        if self._closed:
            # Lost in a lifecycle hook of the page, which does not know of this transport yet.
            page.connectionClosed(self)
            return
        self._page = page
        request = self._reply.request
        beginStream(request)
        request.registerProducer(self, True)
        request.write(events([encodeControl(welcome)]))
        if _isPlain(request):
            channel: Any = request.channel
            self._writer = SocketWriter(channel.transport)
        page.flush()

    # ITransport.

    def flush(self, now: float) -> None:
        """Send what the delivery returns, until the connection pauses."""
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
                # No acknowledgement is owed, and sending has put off the heartbeat.
                return
        received = delivery.takeAck(now)
        # A paused connection needs no heartbeat, and the responses to sends acknowledge too.
        if received is not None and not self._paused:
            self._write([encodeControl(Received(received))])

    def close(self, code: int, reason: str) -> None:
        """Send the code and reason and end the response, without notifying the page."""
        page, self._page = self._page, None
        self._closed = True
        if page is None:
            self._reply.close(code, reason)
            return
        request = self._reply.request
        if request._disconnected:
            # The page was notified of that before us.
            return
        request.sentLength += self._written
        request.unregisterProducer()
        if not isRepeated(page, self._connection, code):
            request.write(events([encodeControl(closing(code, reason))]))
        request.finish()

    # IPushProducer.

    def pauseProducing(self) -> None:
        """Stop sending, since the connection's buffer is full."""
        self._paused = True

    def resumeProducing(self) -> None:
        """Continue to send."""
        self._paused = False
        if self._page is not None:
            self._page.flush()

    def stopProducing(self) -> None:
        """Stop sending, since the connection is lost; L{_lost} is called next."""
        self._paused = True

    # Private.

    def _write(self, messages: list[bytes]) -> None:
        if self._writer is None:
            self._reply.request.write(events(messages))
            return
        # Writes what Request.write would write, without a turn of the reactor per connection.
        data = self._chunks.get(messages)
        self._written += len(data)
        self._writer.write(data)

    def _lost(self) -> None:
        self._closed = True
        page, self._page = self._page, None
        if page is not None:
            page.connectionClosed(self)


class StreamEntry(PostEntry):
    """The resource C{_live/stream}."""

    def __init__(self, pages: Sessions) -> None:
        super().__init__(pages)
        self._chunks = BatchCache(chunk)

    def handle(self, reply: Reply, pageId: str, post: Post) -> None:
        """Begin a stream, or respond to a probe."""
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
    """Set the headers of a stream."""
    for name, value in STREAM_HEADERS.items():
        request.setHeader(name, value)


def _isPlain(request: Request) -> bool:
    """Return whether writes to a request reach its connection as chunks, not encoded."""
    return (
        request.chunked == 1
        and request._encoder is None
        and type(request).write is Request.write
        and isinstance(request.channel, HTTPChannel)
    )


def events(messages: Sequence[bytes]) -> bytes:
    """Return messages as server-sent events, one each.

    The messages contain no newlines, which would end an event: our JSON encoder writes none.
    """
    return b"".join([b"data: %b\n\n" % message for message in messages])


def chunk(messages: Sequence[bytes]) -> bytes:
    """Return messages as events in one chunk of the response."""
    return b"".join(toChunk(events(messages)))
