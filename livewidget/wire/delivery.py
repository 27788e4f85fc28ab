"""Delivery in order and exactly once, across any number of connections.

A L{Delivery} is one end of one page's conversation. It has no I/O and no clock: inputs change
its state, C{take…} methods return what to send, times are passed in as seconds of any monotonic
clock, and deadlines are returned as values. The JavaScript twin is C{js/wire/delivery.js}; both
run C{tests/wire/vectors/delivery.json}.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from enum import Enum

from livewidget.errors import ProtocolError
from livewidget.wire.codes import (
    GONE,
    MALFORMED,
    NEWER_CONNECTION,
    TAKEN_OVER,
    TOO_LARGE,
    TOO_MUCH,
)
from livewidget.wire.limits import Limits
from livewidget.wire.sendbuffer import SendBuffer

#: An acknowledgement is due immediately when one part in this many of the peer's send buffer waits
#: for it.
ACK_SHARE = 4


class Expired(Enum):
    """Which deadline has passed.

    @cvar SILENT: nothing was received on the connection for too long: close it with 4408 and
        call L{Delivery.disconnect}.
    @cvar OVER: no connection was made in time: end the page.
    """

    SILENT = "silent"
    OVER = "over"


class Delivery(SendBuffer):
    """One end of a conversation: counts messages, resends lost ones, drops repeated ones.

    The caller must call L{connect} at each hello, and L{receiveNext} or L{receive}, and
    L{acknowledge}, with what arrives. It must dispatch what L{nextMessage} returns and call
    L{count} after each message. After any of these calls it must send what L{takeMessages} and
    L{takeAck} return. It must keep one timer for L{nextDeadline}; when that fires, it calls
    L{expire} and sends again.

    @ivar inboxBytes: the bytes of the messages that wait to be dispatched.
    @ivar ackAt: when an acknowledgement is due, or C{None}.
    @ivar askAgain: whether L{nextDeadline} may return an earlier time than when it was last
        called.
    @param limits: the limits of this conversation, the same at both ends.
    @param server: whether this end sends heartbeats; the other end answers them.
    @param heartbeat: seconds of silence after which a heartbeat is sent.
    @param timeout: seconds after a missed heartbeat until the connection counts as lost.
    @param ackDelay: the most seconds that a message waits for its acknowledgement.
    @param overAt: when the page ends if nothing connects, or C{None}.
    """

    __slots__ = (
        "_acknowledgedAtHello",
        "_arrived",
        "_heardAt",
        "_inbox",
        "_overAt",
        "_owedBytes",
        "_owedFrom",
        "_seen",
        "ackAt",
        "ackDelay",
        "askAgain",
        "connection",
        "heartbeat",
        "inboxBytes",
        "received",
        "server",
        "timeout",
    )

    def __init__(
        self,
        limits: Limits,
        *,
        server: bool,
        heartbeat: float = 25.0,
        timeout: float = 20.0,
        ackDelay: float = 1.0,
        overAt: float | None = None,
    ) -> None:
        super().__init__(limits)
        self.server = server
        self.heartbeat = heartbeat
        self.timeout = timeout
        self.ackDelay = ackDelay

        # Received messages. The inbox holds those that are not counted yet.
        self.received = 0
        self._inbox: deque[bytes] = deque()
        self.inboxBytes = 0

        # The connection in use: its number; the highest counts received on it, implied by order
        # and stated; what was acknowledged when it began.
        self.connection = 0
        self._arrived = 0
        self._seen = 0
        self._acknowledgedAtHello = 0
        self._heardAt = 0.0
        self._overAt = overAt

        # The acknowledgement that is owed.
        self._owedFrom = 0
        self._owedBytes = 0
        self.ackAt: float | None = None
        self.askAgain = True

    @property
    def heldBytes(self) -> int:
        """The bytes that wait to be acknowledged or to be dispatched."""
        return self.bufferedBytes + self.inboxBytes

    def connect(
        self,
        connection: int,
        received: int,
        now: float,
        first: int | None = None,
        again: bool = False,
    ) -> None:
        """Make a connection the one in use, after a hello was exchanged.

        Messages that were received but not counted are dropped: the peer learns C{received} in
        this exchange and resends them. A repeated hello drops nothing, since the peer may have
        received the answer to the first one and gone on.

        The peer may state a lower count than before, in a hello that was delayed while an older
        connection was in use. What follows then begins with C{next}.

        @param connection: the connection's number, higher than that of any before it.
        @param received: the number of messages that the peer says it has.
        @param now: the clock's seconds.
        @param first: the count of the peer's first message on this connection, or C{None} if it
            begins with the first one that is missing here.
        @param again: the hello may be a repetition of that of the connection in use, as HTTP
            requests may be repeated.
        @raise ProtocolError: 4409, a newer connection is in use; 4404, the peer's counts are
            impossible. Nothing was changed; close that connection.
        """
        repeated = again and connection == self.connection
        if connection <= self.connection and not repeated:
            raise ProtocolError(TAKEN_OVER, NEWER_CONNECTION)
        if repeated and self.acknowledged > self._acknowledgedAtHello:
            raise ProtocolError(TAKEN_OVER, "this hello arrived too late")
        if self.server:
            received = max(received, self.acknowledged)
        if first is None:
            first = self.received + 1
        if not self.acknowledged <= received <= self._highestGiven or first > self.received + 1:
            raise ProtocolError(GONE, "the counts of the two sides do not match")
        self.connection = connection
        self.connected = True
        self._forget(received)
        self._acknowledgedAtHello = received
        self._sendAgain()
        # A browser that repeats its hello does not resend what it sent after the first one.
        if not repeated:
            self._inbox.clear()
            self.inboxBytes = 0
            self._arrived = self._seen = first - 1
        self._heardAt = self._sentAt = now
        self._overAt = None
        self._ackDone()
        self.askAgain = True

    def disconnect(self, connection: int, now: float, window: float | None = None) -> None:
        """Handle the loss of a connection; ignored unless it is the one in use.

        @param now: the clock's seconds.
        @param window: seconds until the page ends unless a connection is made.
        """
        if connection != self.connection or not self.connected:
            return
        self.connected = False
        self._ackDone()
        if window is not None:
            self._endBy(now + window)

    def leave(self, now: float, window: float) -> None:
        """End the page soon, since the peer leaves, unless a new connection is made.

        @param now: the clock's seconds.
        @param window: seconds until the page ends.
        """
        self._endBy(now + window)

    def receiveNext(self, connection: int, message: bytes, now: float) -> None:
        """Receive a message from a connection that keeps the order and states no counts.

        A message that was received before is dropped. Dispatch what L{nextMessage} returns next.

        @raise ProtocolError: 4413, it exceeds the limit; 4429, more waits to be dispatched
            than the peer may keep.
        """
        if connection != self.connection or not self.connected:
            return
        # Fast path: receive() for one message in order; see
        # docs/explanation/performance.md#one-way-for-each-kind-of-transport,
        # tests/wire/test_delivery_paths.py
        self._heardAt = now
        size, inbox, limits = len(message), self._inbox, self.limits
        if size > limits.message:
            raise _tooLarge(limits)
        count = self._arrived = self._arrived + 1
        if count == self.received + len(inbox) + 1:
            inbox.append(message)
            self.inboxBytes += size
            if len(inbox) > limits.messages or self.inboxBytes > limits.bytes:
                raise _tooMuch(inbox)
        elif count <= self.received:
            # The peer resent it, so its acknowledgement was lost.
            self._oweAck(now)

    def receive(self, connection: int, messages: Sequence[bytes], now: float, first: int) -> None:
        """Receive messages with their count. Dispatch what L{nextMessage} returns next.

        Messages that were received before are dropped, and so are those after a gap. They may
        arrive late, from any connection.

        @param first: the count of the first message.
        @raise ProtocolError: 4413, one exceeds the limit; 4400, C{first} is not a count;
            4429, more waits to be dispatched than the peer may keep.
        """
        inUse = self.heard(connection, now)
        limits, inbox = self.limits, self._inbox
        for message in messages:
            if len(message) > limits.message:
                raise _tooLarge(limits)
        if first < 1:
            raise ProtocolError(MALFORMED, "messages are counted from 1")
        if inUse:
            self._seen = max(self._seen, first + len(messages) - 1)
        if messages and first <= self.received:
            self._oweAck(now)
        expected = self.received + len(inbox) + 1
        if first <= expected:
            new = messages[expected - first :]
            inbox.extend(new)
            self.inboxBytes += sum(map(len, new))
            if len(inbox) > limits.messages or self.inboxBytes > limits.bytes:
                raise _tooMuch(inbox)

    def nextMessage(self) -> bytes | None:
        """Return the next message to dispatch. Call L{count} when that is done."""
        return self._inbox[0] if self._inbox else None

    def count(self, now: float) -> bytes | None:
        """Count the message that L{nextMessage} returned, since it was dispatched.

        @return: the message after it, or C{None}.
        """
        inbox, limits = self._inbox, self.limits
        size = len(inbox.popleft())
        self.inboxBytes -= size
        received = self.received = self.received + 1
        owed = self._owedBytes = self._owedBytes + size
        if self.ackAt is None:
            self._ackBy(now + self.ackDelay)
        if (
            owed * ACK_SHARE >= limits.bytes
            or (received - self._owedFrom) * ACK_SHARE >= limits.messages
        ):
            self._ackBy(now)
        return inbox[0] if inbox else None

    def acknowledge(self, connection: int, received: int, now: float) -> None:
        """Drop the messages that the peer says it has.

        @param received: the number of messages that the peer has.
        @raise ProtocolError: 4400, the peer says that it has more than was sent.
        """
        if not self.heard(connection, now):
            return
        if received > self.acknowledged:
            if received > self._highestGiven:
                raise ProtocolError(MALFORMED, "acknowledged more than was sent")
            self._forget(received)
            # It may have received more on an older connection than was sent on this one.
            self.unsent = min(self.unsent, len(self._buffer))
        if not self.server:
            self._ackBy(now)

    def rewind(self, connection: int, received: int, now: float) -> bool:
        """Resend everything after C{received}, since the peer asks for it.

        @return: whether L{takeMessages} will return that. If not, the request is an old one,
            and what it asks for was acknowledged since.
        @raise ProtocolError: 4400, the peer says that it has more than was sent.
        """
        self.acknowledge(connection, received, now)
        if connection != self.connection or received < self.acknowledged:
            return False
        self._sendAgain()
        return True

    def heard(self, connection: int, now: float) -> bool:
        """Note that something was received, and return whether on the connection in use."""
        if connection != self.connection or not self.connected:
            return False
        self._heardAt = now
        return True

    def takeAck(self, now: float) -> int | None:
        """Return the count to acknowledge now, or C{None} if no acknowledgement is due."""
        if not self.connected:
            return None
        due = self.ackAt is not None and now >= self.ackAt
        if not due and not (self.server and now >= self._sentAt + self.heartbeat):
            return None
        self._sentAt = now
        return self.takeReceived()

    def takeReceived(self) -> int:
        """Return the count to put into something that is sent anyway, as an acknowledgement.

        It includes only what arrived on this connection: the peer would otherwise skip the rest,
        and all later messages without counts would be miscounted.
        """
        self._ackDone()
        return min(self.received, max(self._arrived, self._seen))

    def nextDeadline(self) -> float | None:
        """Return when L{expire}, L{takeMessages} and L{takeAck} must be called next.

        @return: the clock's seconds, or C{None} for never.
        """
        self.askAgain = False
        if not self.connected:
            return self._overAt
        # Fast path: min() inlined, since this is called after everything that is sent; see
        # docs/explanation/performance.md#timers-left-alone, tests/wire/test_delivery_paths.py
        deadline = self._heardAt + self.heartbeat + self.timeout
        if self.server and self._sentAt + self.heartbeat < deadline:
            deadline = self._sentAt + self.heartbeat
        if self.ackAt is not None and self.ackAt < deadline:
            deadline = self.ackAt
        if self._overAt is not None and self._overAt < deadline:
            deadline = self._overAt
        return deadline

    def expire(self, now: float) -> Expired | None:
        """Return which deadline has passed, or C{None}."""
        if self._overAt is not None and now >= self._overAt:
            return Expired.OVER
        silent = self.connected and now >= self._heardAt + self.heartbeat + self.timeout
        return Expired.SILENT if silent else None

    def _endBy(self, time: float) -> None:
        self._overAt = time if self._overAt is None else min(self._overAt, time)
        self.askAgain = True

    def _oweAck(self, now: float) -> None:
        if self.ackAt is None:
            self._ackBy(now + self.ackDelay)

    def _ackBy(self, time: float) -> None:
        self.ackAt = time
        self.askAgain = True

    def _ackDone(self) -> None:
        self._owedFrom, self._owedBytes = self.received, 0
        self.ackAt = None


def _tooLarge(limits: Limits) -> ProtocolError:
    return ProtocolError(TOO_LARGE, f"a message is over {limits.message} bytes")


def _tooMuch(inbox: Sequence[bytes]) -> ProtocolError:
    return ProtocolError(TOO_MUCH, f"{len(inbox)} messages wait to be dispatched")
