"""What goes out on one WebSocket: the side of it that a page sees."""

from __future__ import annotations

from typing import Protocol

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from livewidget.interfaces import ITransport
from livewidget.session.session import Session
from livewidget.transports.websocket.frames import textFrames
from livewidget.web.lastmade import LastMade
from livewidget.web.writer import DirectWriter
from livewidget.wire.controls import Received, encodeControl

#: How much is given to the connection before looking whether it takes more.
CHUNK = 64 * 1024


class Closes(Protocol):
    """The WebSocket itself."""

    def close(self, code: int, reason: str) -> None:
        """Close it."""


@implementer(ITransport, IPushProducer)
class WebSocketTransport:
    """The transport of a page whose connection is a WebSocket.

    It is apart from the WebSocket's protocol, and small: a broadcast goes through one of these
    for each page, and what it has to look at is in no cache of the processor any more.

    @param frames: makes frames of messages, for all connections.
    @ivar connection: its number, from the hello on.
    @ivar page: whose messages are sent, from the hello on, or L{None}.
    @ivar open: whether the WebSocket takes frames; one that is closing takes none.
    @ivar between: whether it is open and has read nothing that it has not dealt with.
    @ivar writer: to the connection.
    @ivar paused: whether the connection is full.
    """

    __slots__ = (
        "_frames",
        "_socket",
        "between",
        "connection",
        "open",
        "page",
        "paused",
        "writer",
    )

    def __init__(self, socket: Closes, writer: DirectWriter, frames: LastMade) -> None:
        self._socket = socket
        self.writer = writer
        self._frames = frames
        self.page: Session | None = None
        self.connection = 0
        self.open = True
        self.between = False
        self.paused = False

    # ITransport.

    def flush(self, now: float) -> None:
        """Send what the delivery gives, as far as the connection takes it."""
        page = self.page
        if page is None:
            return
        delivery = page.delivery
        # A connection that is closing takes nothing; the next one is told anew.
        while delivery.unsent and self.open and not self.paused:
            _, messages = delivery.takeMessages(now, CHUNK)
            if not messages:
                break
            self.writer.write(self._frames.of(messages))
            if delivery.ackAt is None and not delivery.unsent:
                # No acknowledgement is owed, and what was sent has put off the heartbeat.
                return
        received = delivery.takeAck(now)
        if received is not None and self.open:
            self.writer.write(textFrames([encodeControl(Received(received))]))

    def close(self, code: int, reason: str) -> None:
        """Close the connection; the page does not hear of it."""
        self._socket.close(code, reason)

    # IPushProducer: the transport says when its buffer is full.

    def pauseProducing(self) -> None:
        """The connection takes no more for now."""
        self.paused = True

    def resumeProducing(self) -> None:
        """The connection takes more again."""
        self.paused = False
        if self.page is not None:
            self.page.flush()

    def stopProducing(self) -> None:
        """The connection is gone; the WebSocket says so next."""
        self.paused = True
