"""Writing to a connection, at once where that is possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.tcp import Connection


def write(transport: Any, data: bytes) -> None:
    """Write to the transport of a protocol.

    Twisted's C{write} waits for the reactor to say that the socket takes more, which costs
    two system calls and a turn of the reactor, more than the sending itself. Where nothing
    else waits to be sent, the socket is given the bytes first; what it does not take goes
    Twisted's way, as all does over TLS, and where the connection is about to close.
    """
    sent = _send(transport.socket.send, data) if _isIdle(transport) else 0
    if sent < len(data):
        transport.write(data[sent:] if sent else data)


class DirectWriter:
    """The same, for one connection to which others write seldom, and say so.

    That nothing waits is looked up once and then known: a look at Twisted's transport takes
    as long as all else that is done for one page in a broadcast.
    """

    __slots__ = ("_send", "_transport")

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        # Of the socket, while nothing waits.
        self._send: Callable[[bytes], int] | None = None

    def write(self, data: bytes) -> None:
        """See L{write}."""
        send = self._send
        if send is None:
            write(self._transport, data)
            if _isIdle(self._transport):
                self._send = self._transport.socket.send
            return
        try:
            sent = send(data)
        except OSError:
            sent = 0
        if sent < len(data):
            self._send = None
            self._transport.write(data[sent:])

    def othersWrite(self) -> None:
        """Somebody else writes to the transport, or is about to close it."""
        self._send = None


def _send(send: Callable[[bytes], int], data: bytes) -> int:
    try:
        return send(data)
    except OSError:
        # It is full, or lost: Twisted is to find out.
        return 0


def _isIdle(transport: Any) -> bool:
    # Twisted has no public way to ask for these. Its buffers are looked at and never changed;
    # if they were called something else, the tests of this module would say so.
    return (
        isinstance(transport, Connection)
        and bool(transport.connected)
        and not transport.dataBuffer
        and not transport._tempDataBuffer
        and not transport.disconnecting
        and not transport._aborting
        and not transport._writeDisconnected
        and not transport.TLS
    )
