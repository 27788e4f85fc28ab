"""Writing to a connection, at once where that is possible."""

from __future__ import annotations

from typing import Any

from twisted.internet.tcp import Connection


def write(transport: Any, data: bytes) -> None:
    """Write to the transport of a protocol.

    Twisted's C{write} waits for the reactor to say that the socket takes more, which costs
    two system calls and a turn of the reactor, more than the sending itself. Where nothing
    else waits to be sent, the socket is given the bytes first; what it does not take goes
    Twisted's way, as all does over TLS, and where the connection is about to close.
    """
    sent = 0
    # Twisted has no public way to ask for these. Its buffers are looked at and never changed;
    # if they were called something else, the tests of this module would say so.
    if (
        isinstance(transport, Connection)
        and transport.connected
        and not transport.dataBuffer
        and not transport._tempDataBuffer
        and not transport.disconnecting
        and not transport._aborting
        and not transport._writeDisconnected
        and not transport.TLS
    ):
        try:
            sent = transport.socket.send(data)
        except OSError:
            # It is full, or lost: Twisted is to find out.
            sent = 0
    if sent < len(data):
        transport.write(data[sent:] if sent else data)
