"""HTTP/1.1 on one connection, one request at a time."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

from livewidget.web.fastpath import FastRequest, parseFast
from livewidget.web.requestheaders import Head

#: Bytes of a request's body that restart the site's time-out.
PROGRESS = 64 * 1024


class LiveChannel(HTTPChannel):
    """Handles one request per turn of the reactor, and none while its responses are not read.

    Twisted's channel handles all pipelined requests (RFC 9112, 9.3.2) in one turn, in which it
    serves nobody else, and buffers all responses. It also restarts its time-out with every byte,
    so that a request sent byte by byte occupies a connection indefinitely. Here a request, or
    64 KiB of its body, must arrive within the site's time-out.

    @param fastRequests: the class of requests that may be parsed by
        L{livewidget.web.fastpath.parseFast}. A site that makes others uses Twisted's parser.
    """

    #: The site of the connection; a L{livewidget.LiveSite} if requests may take the fast path.
    site: Any

    _nextTurn: IDelayedCall | None = None
    _isReceiving = False
    # Bytes of the body being received until the time-out restarts.
    _untilProgress = PROGRESS

    # Whether the timer should run on the next time that it would be stopped.
    _keepsTimer = False
    _host: Any = None
    _peer: Any = None
    _secure: bool | None = None

    def __init__(self, fastRequests: type[FastRequest] | None = None) -> None:
        super().__init__()
        self._fastRequests = fastRequests

    # Called by LineReceiver and the transport.

    def dataReceived(self, data: bytes) -> None:
        """Handle bytes received from the connection."""
        if not self._isReceiving:
            if self._isBetweenRequests():
                parsed = parseFast(data)
                if parsed is not None and parsed[0].length <= self.site.bodyLimit:
                    self._handleFast(*parsed)
                    return
            self._isReceiving = True
            self.resetTimeout()
        LineReceiver.dataReceived(self, data)

    def allContentReceived(self) -> None:
        """Handle the end of a request."""
        self._isReceiving = False
        self._untilProgress = PROGRESS
        super().allContentReceived()

    def setLineMode(self, extra: bytes = b"") -> None:
        """Prepare for the next request. What follows an answered request waits for a later turn."""
        self.line_mode = 1
        self._buffer += extra
        if self._buffer or self._waitingForTransport:
            self.paused = True
            self._networkProducer.pauseProducing()
            self._continueNextTurn()

    def rawDataReceived(self, data: bytes) -> None:
        """Handle a part of a body, or what follows a request that is not answered yet."""
        super().rawDataReceived(data)
        # Twisted's channel stops reading here only if its responses are read.
        if self._waitingForTransport and (
            sum(map(len, self._dataBuffer)) > self._optimisticEagerReadSize
        ):
            self._networkProducer.pauseProducing()

    def resumeProducing(self) -> None:
        """Continue, since the peer has read its responses."""
        super().resumeProducing()
        if self.paused:
            self._continueNextTurn()

    def headerReceived(self, line: bytes) -> bool:
        """Check and handle a header."""
        name, _, value = line.partition(b":")
        isEncoding = name.lower() == b"transfer-encoding"
        # Twisted 24.11 reads a lone carriage return as a space, and every version ignores the
        # encoding "identity". A proxy that reads them differently would see another request.
        if b"\r" in line or (isEncoding and value.strip(b" \t").lower() != b"chunked"):
            self._respondToBadRequestAndDisconnect()
            return False
        try:
            return bool(super().headerReceived(line))
        except ValueError:
            # A length with more digits than Python converts.
            self._respondToBadRequestAndDisconnect()
            return False

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Handle the loss of the connection."""
        if self._nextTurn is not None:
            self._nextTurn.cancel()
        super().connectionLost(reason)

    # Called by L{livewidget.web.site.LiveRequest}.

    def bodyArrived(self, size: int) -> None:
        """Count bytes of a body, without chunk framing; restart the time-out when due."""
        self._untilProgress -= size
        if self._untilProgress <= 0:
            self.resetTimeout()
            self._untilProgress = PROGRESS

    # Cached, since Twisted asks repeatedly and each of them is a system call.

    def getHost(self) -> Any:
        """Return the server's address on this connection."""
        if self._host is None:
            self._host = super().getHost()
        return self._host

    def getPeer(self) -> Any:
        """Return the peer's address."""
        if self._peer is None:
            self._peer = super().getPeer()
        return self._peer

    def isSecure(self) -> bool:
        """Return whether this is TLS."""
        if self._secure is None:
            self._secure = bool(super().isSecure())
        return self._secure

    def setTimeout(self, period: float | None) -> Any:
        """Change the time-out and return the previous one."""
        if period is None and self._keepsTimer:
            self._keepsTimer = False
            # Stopping the timer and starting another costs more than parsing a request.
            earlier, self.timeOut = self.timeOut, None
            return earlier
        return super().setTimeout(period)

    def timeoutConnection(self) -> None:
        """Close the connection, unless the time-out was removed while its timer ran on."""
        if self.timeOut is not None:
            super().timeoutConnection()

    # Private.

    def _isBetweenRequests(self) -> bool:
        """Return whether the next byte begins a request that would be handled immediately."""
        transport: Any = self.transport
        return (
            self.requestFactory is self._fastRequests
            and not self.requests
            and not self.paused
            and bool(self.persistent)
            and not transport.disconnecting
        )

    def _handleFast(self, head: Head, body: bytes) -> None:
        self.lineReceived(b"POST %b HTTP/1.1" % head.path)
        self.requests[-1].receiveFast(head, body)
        self._keepsTimer = bool(self.timeOut)
        self.allContentReceived()

    def _continueNextTurn(self) -> None:
        if self._nextTurn is None:
            later: Any = self.callLater
            self._nextTurn = later(0, self._continue)

    def _continue(self) -> None:
        self._nextTurn = None
        if not self._waitingForTransport:
            self.paused = False
            self._networkProducer.resumeProducing()
            self.dataReceived(b"")
