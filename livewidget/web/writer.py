"""Writing to connections: immediately where possible, and encoded once for all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.tcp import Connection

#: The most bytes to write, or to put into one response, before checking for backpressure.
CHUNK = 64 * 1024


# Fast path: straight to the socket; see docs/explanation/performance.md#straight-to-the-socket,
# tests/web/test_writer.py
def write(transport: Any, data: bytes) -> None:
    """Write to the transport of a protocol, immediately if possible.

    Twisted's C{write} waits until the reactor reports that the socket is writable. That takes two
    system calls and a turn of the reactor, more than the sending itself. If nothing else is
    waiting to be sent, this tries the socket first. What the socket does not accept goes through
    Twisted, and so does everything over TLS or on a connection that is about to close.
    """
    sent = _send(transport.socket.send, data) if _isIdle(transport) else 0
    if sent < len(data):
        transport.write(data[sent:] if sent else data)


class SocketWriter:
    """Does what L{write} does, for one connection that is rarely written to by anything else.

    It remembers that nothing is waiting, since checking Twisted's transport takes as long as
    everything else that a broadcast does for one page. Whatever else writes to the transport or
    closes it must call L{recheck} first.
    """

    __slots__ = ("_send", "_transport")

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        # The socket's method while nothing is waiting, otherwise None.
        self._send: Callable[[bytes], int] | None = None

    def write(self, data: bytes) -> None:
        """Write to the transport; see L{write}."""
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

    def recheck(self) -> None:
        """Check the transport before the next write."""
        self._send = None


# Fast path: encoded once for the next connection; see
# docs/explanation/performance.md#made-once-for-the-next-connection, tests/web/test_batchcache.py
class BatchCache:
    """Encodes batches of messages and keeps the last one.

    What a topic or a loop sends to many pages is in their buffers in the same order, and the
    pages flush one after the other.

    @param encode: returns the bytes of a batch, which depend on nothing but its messages.
    """

    __slots__ = ("_data", "_encode", "_messages")

    def __init__(self, encode: Callable[[Sequence[bytes]], bytes]) -> None:
        self._encode = encode
        self._messages: Sequence[bytes] = []
        self._data = encode([])

    def get(self, messages: Sequence[bytes]) -> bytes:
        """Return the bytes of a batch. The caller must not change the sequence afterwards."""
        # The buffers share the message objects of a topic, so that this compares identities.
        if messages != self._messages:
            self._data = self._encode(messages)
            self._messages = messages
        return self._data


def _send(send: Callable[[bytes], int], data: bytes) -> int:
    try:
        return send(data)
    except OSError:
        # The socket is full or lost. Twisted finds out which.
        return 0


def _isIdle(transport: Any) -> bool:
    # Twisted has no public way to ask for these. This only reads them;
    # tests/web/test_writer.py fails if one is renamed.
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
