"""The sending side of a WebSocket: the transport of a page."""

from __future__ import annotations

from typing import Protocol

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from livewidget.interfaces import ITransport
from livewidget.session.session import Session
from livewidget.transports.websocket.frames import textFrames
from livewidget.web.writer import CHUNK, BatchCache, SocketWriter
from livewidget.wire.controls import Received, encodeControl


class Closes(Protocol):
    """The WebSocket itself."""

    def close(self, code: int, reason: str) -> None:
        """Close the connection."""


@implementer(ITransport, IPushProducer)
class WebSocketTransport:
    """The transport of a page whose connection is a WebSocket.

    It is small and separate from the WebSocket's protocol: a broadcast uses one of these per
    page, none of which is in the processor's cache any more.

    @param frames: encodes messages as frames, for all connections.
    @ivar connection: the number of the connection, set by the hello.
    @ivar page: the page whose messages are sent, or L{None} before the hello is answered and
        after the page has left.
    @ivar open: whether frames may be sent, which is so until the WebSocket closes.
    @ivar betweenFrames: whether the WebSocket is open and has handled all bytes received, so that
        the next byte begins a message.
    @ivar writer: writes to the connection.
    @ivar paused: whether the connection's buffer is full.
    """

    __slots__ = (
        "_frames",
        "_socket",
        "betweenFrames",
        "connection",
        "open",
        "page",
        "paused",
        "writer",
    )

    def __init__(self, socket: Closes, writer: SocketWriter, frames: BatchCache) -> None:
        self._socket = socket
        self.writer = writer
        self._frames = frames
        self.page: Session | None = None
        self.connection = 0
        self.open = True
        self.betweenFrames = False
        self.paused = False

    def stop(self) -> None:
        """Stop sending for good, since the WebSocket closes."""
        self.open = self.betweenFrames = False

    # ITransport.

    def flush(self, now: float) -> None:
        """Send what the delivery returns, until the connection pauses."""
        page = self.page
        if page is None:
            return
        delivery = page.delivery
        # What is not sent on a closing connection is sent again on the next one.
        while delivery.unsent and self.open and not self.paused:
            _, messages = delivery.takeMessages(now, CHUNK)
            if not messages:
                break
            self.writer.write(self._frames.get(messages))
            if delivery.ackAt is None and not delivery.unsent:
                # No acknowledgement is owed, and sending has put off the heartbeat.
                return
        received = delivery.takeAck(now)
        if received is not None and self.open:
            self.writer.write(textFrames([encodeControl(Received(received))]))

    def close(self, code: int, reason: str) -> None:
        """Close the connection, without notifying the page."""
        self._socket.close(code, reason)

    # IPushProducer.

    def pauseProducing(self) -> None:
        """Stop sending, since the connection's buffer is full."""
        self.paused = True

    def resumeProducing(self) -> None:
        """Continue to send."""
        self.paused = False
        if self.page is not None:
            self.page.flush()

    def stopProducing(self) -> None:
        """Stop sending, since the connection is lost; the WebSocket is notified next."""
        self.paused = True
