"""HTTP/1.1 on one connection, a request at a time."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel, Request

from livewidget.web.requestheaders import Head, takeWhole

#: Bytes of the body of a request with which the time-out of the site begins anew.
PROGRESS = 64 * 1024


class LiveChannel(HTTPChannel):
    """Takes one request a turn of the reactor, and none while its answers are not read.

    Twisted's own takes all that a peer has sent ahead (pipelining, RFC 9112, 9.3.2)
    in one turn, in which nobody else is served, and keeps all the answers. And each
    byte is a sign of life to it: a request that comes byte by byte holds its connection
    for ever. Here one has to come within the time-out of the site, or 64 KiB of its body.
    """

    #: Whose connection it is; a L{livewidget.LiveSite}, if some requests may be taken whole.
    site: Any

    _next: IDelayedCall | None = None
    _coming = False
    # So many bytes of the body that is coming, and the time-out begins anew.
    _missing = PROGRESS

    # Whether the timer is not to be stopped the next time.
    _keepsTimer = False
    _host: Any = None
    _peer: Any = None
    _secure: bool | None = None

    def __init__(self, takes: type[Request] | None = None) -> None:
        """With the class of those requests that may be taken whole; see L{wholerequest}."""
        super().__init__()
        self._takes = takes

    # What LineReceiver and the transport call.

    def dataReceived(self, data: bytes) -> None:
        """Bytes have come."""
        if not self._coming:
            if self._isBetween():
                whole = takeWhole(data)
                if whole is not None and whole[0].length <= self.site.bodyLimit:
                    self._take(*whole)
                    return
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

    # What L{livewidget.web.site.LiveRequest} calls.

    def bodyArrived(self, size: int) -> None:
        """So many bytes of the body of a request have come, without what is around them."""
        self._missing -= size
        if self._missing <= 0:
            self.resetTimeout()
            self._missing = PROGRESS

    # What Twisted asks again and again, which never changes: each asks the system.

    def getHost(self) -> Any:
        """The server's address on this connection."""
        if self._host is None:
            self._host = super().getHost()
        return self._host

    def getPeer(self) -> Any:
        """The address of the other side."""
        if self._peer is None:
            self._peer = super().getPeer()
        return self._peer

    def isSecure(self) -> bool:
        """Whether this is TLS."""
        if self._secure is None:
            self._secure = bool(super().isSecure())
        return self._secure

    def setTimeout(self, period: float | None) -> Any:
        """Change the time-out; returns the one that was."""
        if period is None and self._keepsTimer:
            self._keepsTimer = False
            # The timer goes on: to stop it and begin another costs more than to read a request.
            earlier, self.timeOut = self.timeOut, None
            return earlier
        return super().setTimeout(period)

    def timeoutConnection(self) -> None:
        """Time is up."""
        if self.timeOut is not None:
            super().timeoutConnection()

    # Inside.

    def _isBetween(self) -> bool:
        """Whether a request would begin with the next byte that comes, and be taken at once."""
        transport: Any = self.transport
        return (
            self.requestFactory is self._takes
            and not self.requests
            and not self.paused
            and bool(self.persistent)
            and not transport.disconnecting
        )

    def _take(self, head: Head, body: bytes) -> None:
        self.lineReceived(b"POST %b HTTP/1.1" % head.path)
        self.requests[-1].takeWhole(head, body)
        self._keepsTimer = bool(self.timeOut)
        self.allContentReceived()

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
