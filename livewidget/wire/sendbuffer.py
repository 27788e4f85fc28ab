"""What waits until the other side has it."""

from __future__ import annotations

from collections import deque
from itertools import islice

from livewidget.errors import BufferFull, MessageTooLarge
from livewidget.wire.limits import Limits


class SendBuffer:
    """The messages that go out: each is kept until it is acknowledged.

    It is a part of L{livewidget.wire.delivery.Delivery}, which says what was acknowledged, and when
    another connection is to be sent what the one before may have lost.

    @ivar limits: of this conversation.
    @ivar acknowledged: how many messages the other side has.
    @ivar bufferedBytes: bytes of those that wait for that.
    @ivar connected: whether there is a connection to send them on.
    @ivar unsent: how many were not given out on it.
    """

    # In one piece, and a third smaller: a broadcast looks at one of these for each page.
    __slots__ = (
        "_buffer",
        "_givenBefore",
        "_sentAt",
        "acknowledged",
        "bufferedBytes",
        "connected",
        "limits",
        "unsent",
    )

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.acknowledged = 0
        self.bufferedBytes = 0
        self._buffer: deque[bytes] = deque()
        self.connected = False
        # Of those at the end of the buffer.
        self.unsent = 0
        # The highest count that was given out on the connections before.
        self._givenBefore = 0
        self._sentAt = 0.0

    @property
    def sent(self) -> int:
        """The count of the last message that was handed to L{send}."""
        return self.acknowledged + len(self._buffer)

    @property
    def next(self) -> int:
        """The count of the message that L{takeMessages} begins with."""
        return self.acknowledged + len(self._buffer) - self.unsent + 1

    @property
    def _highestGiven(self) -> int:
        return max(self._givenBefore, self.next - 1)

    def send(self, message: bytes) -> None:
        """Keep a message until the peer has it. Call L{takeMessages} next.

        @raise MessageTooLarge: it is over the limit; nothing changed.
        @raise BufferFull: too much is unacknowledged; nothing changed.
        """
        size, limits, buffer = len(message), self.limits, self._buffer
        total = self.bufferedBytes + size
        if size > limits.message:
            raise MessageTooLarge(size, limits.message)
        if total > limits.bytes or len(buffer) >= limits.messages:
            raise BufferFull(len(buffer))
        buffer.append(message)
        self.bufferedBytes = total
        self.unsent += 1

    def takeMessages(self, now: float, atMost: int | None = None) -> tuple[int, list[bytes]]:
        """What to send on the connection in use: the first one's count, and all.

        @param atMost: stop after this many bytes; at least one message is given.
        """
        unsent, buffer = self.unsent, self._buffer
        first = self.acknowledged + len(buffer) - unsent + 1
        if not unsent or not self.connected:
            return first, []
        self._sentAt = now
        if unsent == 1:
            # The common case, without the walk from the front.
            self.unsent = 0
            return first, [buffer[-1]]
        messages = self._last(unsent)
        if atMost is not None and sum(map(len, messages)) > atMost:
            messages = _upTo(messages, atMost)
        self.unsent = unsent - len(messages)
        return first, messages

    def _forget(self, received: int) -> None:
        count = received - self.acknowledged
        if count > 0:
            take = self._buffer.popleft
            self.bufferedBytes -= sum([len(take()) for _ in range(count)])
            self.acknowledged = received

    def _sendAgain(self) -> None:
        self._givenBefore = self._highestGiven
        self.unsent = len(self._buffer)

    def _last(self, number: int) -> list[bytes]:
        # From the end: what waits for its acknowledgement may be many more.
        messages = list(islice(reversed(self._buffer), number))
        messages.reverse()
        return messages


def _upTo(messages: list[bytes], size: int) -> list[bytes]:
    total = 0
    for index, message in enumerate(messages):
        total += len(message)
        if total > size and index:
            return messages[:index]
    return messages
