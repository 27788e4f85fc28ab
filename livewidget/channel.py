"""HTTP/1.1 on one connection, a request at a time."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

#: Bytes of the body of a request with which the time-out of the site begins anew.
PROGRESS = 64 * 1024


class LiveChannel(HTTPChannel):
    """Takes one request a turn of the reactor, and none while its answers are not read.

    Twisted's own takes all that a peer has sent ahead (pipelining, RFC 9112, 9.3.2)
    in one turn, in which nobody else is served, and keeps all the answers. And each
    byte is a sign of life to it: a request that comes byte by byte holds its connection
    for ever. Here one has to come within the time-out of the site, or 64 KiB of its body.
    """

    _next: IDelayedCall | None = None
    _coming = False
    # So many bytes of the body that is coming, and the time-out begins anew.
    _missing = PROGRESS

    # What LineReceiver and the transport call.

    def dataReceived(self, data: bytes) -> None:
        """Bytes have come."""
        if not self._coming:
            self._coming = True
            self.resetTimeout()
        LineReceiver.dataReceived(self, data)

    def allContentReceived(self) -> None:
        """A request is there."""
        self._coming = False
        self._missing = PROGRESS
        super().allContentReceived()

    def setLineMode(self, extra: bytes = b"") -> None:
        """A request was answered; what comes after it is left for a later turn."""
        self.line_mode = 1
        self._buffer += extra
        if self._buffer or self._waitingForTransport:
            self.paused = True
            self._networkProducer.pauseProducing()
            self._goOnSoon()

    def rawDataReceived(self, data: bytes) -> None:
        """A part of a body is here, or what comes after a request that is not answered yet."""
        super().rawDataReceived(data)
        # Twisted's own stops here only where answers are read.
        if self._waitingForTransport and (
            sum(map(len, self._dataBuffer)) > self._optimisticEagerReadSize
        ):
            self._networkProducer.pauseProducing()

    def resumeProducing(self) -> None:
        """The peer has read what was written."""
        super().resumeProducing()
        if self.paused:
            self._goOnSoon()

    def headerReceived(self, line: bytes) -> bool:
        """A header is here."""
        name, _, value = line.partition(b":")
        coded = name.lower() == b"transfer-encoding"
        # Half a line break is a space to Twisted 24.11, and "identity" is nothing to any: a
        # proxy that reads them otherwise sees another request.
        if b"\r" in line or (coded and value.strip(b" \t").lower() != b"chunked"):
            self._respondToBadRequestAndDisconnect()
            return False
        try:
            return bool(super().headerReceived(line))
        except ValueError:
            # A length of more digits than Python reads.
            self._respondToBadRequestAndDisconnect()
            return False

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is gone."""
        if self._next is not None:
            self._next.cancel()
        super().connectionLost(reason)

    # What L{livewidget.site.LiveRequest} calls.

    def bodyArrived(self, size: int) -> None:
        """So many bytes of the body of a request have come, without what is around them."""
        self._missing -= size
        if self._missing <= 0:
            self.resetTimeout()
            self._missing = PROGRESS

    # Inside.

    def _goOnSoon(self) -> None:
        if self._next is None:
            later: Any = self.callLater
            self._next = later(0, self._goOn)

    def _goOn(self) -> None:
        self._next = None
        if not self._waitingForTransport:
            self.paused = False
            self._networkProducer.resumeProducing()
            self.dataReceived(b"")
