"""In order and once, through any number of connections.

A L{Delivery} is one end of the conversation of one page. It has no I/O and no
clock: inputs change its state, C{take…} methods return what to send, times come
in as seconds of any monotonic clock, and deadlines go out as values. The
JavaScript twin is C{js/wire/delivery.js}; both run C{tests/wire/vectors/delivery.json}.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from enum import Enum

from livewidget.errors import ProtocolError
from livewidget.wire.codes import GONE, MALFORMED, TAKEN_OVER, TOO_LARGE, TOO_MUCH
from livewidget.wire.limits import Limits
from livewidget.wire.sendbuffer import SendBuffer

#: An acknowledgement is due at the latest when this part of the peer's
#: announced buffer may be waiting for it.
ACK_SHARE = 4


class Expired(Enum):
    """What has run out.

    @cvar SILENT: nothing was heard on the connection for too long: close it
        with 4408 and call L{Delivery.disconnect}.
    @cvar OVER: no connection came back in time: end the page.
    """

    SILENT = "silent"
    OVER = "over"


class Delivery(SendBuffer):
    """One end: counts, keeps what is not acknowledged, drops what it has seen.

    The shell around it calls L{connect} at each hello, L{receiveNext} or L{receive},
    and L{acknowledge} with what comes in, dispatches what L{nextMessage} gives and
    calls L{count} after each; it sends what L{takeMessages} and L{takeAck} give
    whenever it has called anything, and arms one timer for L{nextDeadline},
    which calls L{expire} and then sends again.

    @ivar inboxBytes: bytes of the messages that wait to be dispatched.
    @ivar ackAt: when an acknowledgement is due, or L{None}.
    @ivar askAgain: whether what L{nextDeadline} gives may be nearer than when it was last
        asked for.
    @param limits: of this conversation, the same at both ends.
    @param server: this end sends heartbeats; the other kind answers them.
    @param overAt: when the page is over if nothing connects, or L{None}.
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

        # What comes in. The inbox holds what has arrived and is not counted.
        self.received = 0
        self._inbox: deque[bytes] = deque()
        self.inboxBytes = 0

        # The connection in use: its number; the highest counts that came on it, without
        # being said and said; what was acknowledged when it began.
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
        """What it keeps: the bytes that wait for the peer, and those that wait to be dispatched."""
        return self.bufferedBytes + self.inboxBytes

    def connect(
        self,
        connection: int,
        received: int,
        now: float,
        first: int | None = None,
        again: bool = False,
    ) -> None:
        """A hello was exchanged: this connection takes over from any other.

        What was received and not yet counted is dropped: the peer, who learns
        C{received} in this exchange, sends it again. A hello that is repeated drops
        nothing: the peer may have heard the answer to the first one, and go on.

        A server may be told less than before: a hello that was on its way while an
        older connection was in use. Then what follows begins with C{next}.

        @param connection: its number, higher than that of any before it.
        @param received: how many messages the peer says that it has.
        @param first: the count of the peer's first message on this connection;
            L{None}: it begins with what is missing here.
        @param again: the hello may be that of the connection in use, sent a second
            time, as may happen to an HTTP request.
        @raise ProtocolError: 4409, a newer connection has said hello; 4404, the
            peer's counts cannot be. Nothing changed; close that connection.
        """
        repeated = again and connection == self.connection
        if connection <= self.connection and not repeated:
            raise ProtocolError(TAKEN_OVER, "a newer connection has taken over")
        if repeated and self.acknowledged > self._acknowledgedAtHello:
            raise ProtocolError(TAKEN_OVER, "this hello comes late")
        if self.server:
            received = max(received, self.acknowledged)
        if first is None:
            first = self.received + 1
        if not self.acknowledged <= received <= self._highestGiven or first > self.received + 1:
            raise ProtocolError(GONE, "the counts of the two sides do not fit together")
        self.connection = connection
        self.connected = True
        self._forget(received)
        self._acknowledgedAtHello = received
        self._sendAgain()
        # The browser, which has sent it already, would not send it again on this one.
        if not repeated:
            self._inbox.clear()
            self.inboxBytes = 0
            self._arrived = self._seen = first - 1
        self._heardAt = self._sentAt = now
        self._overAt = None
        self._ackDone()
        self.askAgain = True

    def disconnect(self, connection: int, now: float, window: float | None = None) -> None:
        """A connection is gone; does nothing unless it is the one in use.

        @param window: seconds until the page is over, if none comes back.
        """
        if connection != self.connection or not self.connected:
            return
        self.connected = False
        self._ackDone()
        if window is not None:
            self._endBy(now + window)

    def leave(self, now: float, window: float) -> None:
        """The peer leaves: it is over then, unless a new connection comes before.

        @param window: seconds until then.
        """
        self._endBy(now + window)

    def receiveNext(self, connection: int, message: bytes, now: float) -> None:
        """Take in a message of a connection that keeps their order and gives no counts.

        One that was seen before is dropped. Dispatch what L{nextMessage} gives next.

        @raise ProtocolError: 4413, it is over the limit; 4429, more waits to be dispatched
            than the peer may keep.
        """
        if connection != self.connection or not self.connected:
            return
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
            # What has come already was not acknowledged on this connection.
            self._oweAck(now)

    def receive(self, connection: int, messages: Sequence[bytes], now: float, first: int) -> None:
        """Take in messages with their count. Dispatch what L{nextMessage} gives next.

        Those seen before are dropped, and so is what comes after a gap. They may come
        late, of whichever connection.

        @param first: the count of the first one.
        @raise ProtocolError: 4413, one is over the limit; 4400, C{first} is no count;
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
        """The next message to dispatch. Call L{count} when that is done."""
        return self._inbox[0] if self._inbox else None

    def count(self, now: float) -> bytes | None:
        """The message that L{nextMessage} gave has been dispatched.

        @return: the one after it.
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
        """The peer has said how many messages it has.

        @raise ProtocolError: 4400, it says that it has what was never sent.
        """
        if not self.heard(connection, now):
            return
        if received > self.acknowledged:
            if received > self._highestGiven:
                raise ProtocolError(MALFORMED, "acknowledged more than was sent")
            self._forget(received)
            # It may have more than was sent on this connection, from an older one.
            self.unsent = min(self.unsent, len(self._buffer))
        if not self.server:
            self._ackBy(now)

    def rewind(self, connection: int, received: int, now: float) -> bool:
        """The peer asks for what follows C{received}, whatever it was sent before.

        @return: whether L{takeMessages} gives that next. If not, the question
            is an old one, and what it asks for is no longer there.
        @raise ProtocolError: 4400, it says that it has what was never sent.
        """
        self.acknowledge(connection, received, now)
        if connection != self.connection or received < self.acknowledged:
            return False
        self._sendAgain()
        return True

    def heard(self, connection: int, now: float) -> bool:
        """Something came on a connection: whether it is the one in use."""
        if connection != self.connection or not self.connected:
            return False
        self._heardAt = now
        return True

    def takeAck(self, now: float) -> int | None:
        """The count to acknowledge now, or L{None}: nothing is due."""
        if not self.connected:
            return None
        due = self.ackAt is not None and now >= self.ackAt
        if not due and not (self.server and now >= self._sentAt + self.heartbeat):
            return None
        self._sentAt = now
        return self.takeReceived()

    def takeReceived(self) -> int:
        """The count for something that is sent anyway, which acknowledges what is owed.

        No more than has come on this connection: the peer would leave out the rest,
        and where messages have no count all that follows would be miscounted.
        """
        self._ackDone()
        return min(self.received, max(self._arrived, self._seen))

    def nextDeadline(self) -> float | None:
        """When L{expire}, L{takeMessages} and L{takeAck} are to be called next."""
        self.askAgain = False
        if not self.connected:
            return self._overAt
        # By hand: it is asked for after all that is sent.
        deadline = self._heardAt + self.heartbeat + self.timeout
        if self.server and self._sentAt + self.heartbeat < deadline:
            deadline = self._sentAt + self.heartbeat
        if self.ackAt is not None and self.ackAt < deadline:
            deadline = self.ackAt
        if self._overAt is not None and self._overAt < deadline:
            deadline = self._overAt
        return deadline

    def expire(self, now: float) -> Expired | None:
        """What has run out by now, if anything has."""
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
