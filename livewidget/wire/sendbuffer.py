"""The messages that wait to be acknowledged."""

from __future__ import annotations

from collections import deque
from itertools import islice

from livewidget.errors import BufferFull, MessageTooLarge
from livewidget.wire.limits import Limits


class SendBuffer:
    """Keeps each outgoing message until it is acknowledged.

    It is the sending half of L{livewidget.wire.delivery.Delivery}, which knows what was
    acknowledged, and when a new connection must resend what the last one may have lost.

    @ivar limits: the limits of this conversation.
    @ivar acknowledged: the number of messages that the other side has.
    @ivar bufferedBytes: the bytes of the messages that wait to be acknowledged.
    @ivar connected: whether there is a connection to send on.
    @ivar unsent: the number of messages not yet sent on this connection.
    """

    # A broadcast visits one of these for each page; slots make them a third smaller.
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
        # They are at the end of the buffer.
        self.unsent = 0
        # The highest count that was sent on earlier connections.
        self._givenBefore = 0
        self._sentAt = 0.0

    @property
    def sent(self) -> int:
        """The count of the last message that was passed to L{send}."""
        return self.acknowledged + len(self._buffer)

    @property
    def next(self) -> int:
        """The count of the first message that L{takeMessages} will return."""
        return self.acknowledged + len(self._buffer) - self.unsent + 1

    @property
    def _highestGiven(self) -> int:
        return max(self._givenBefore, self.next - 1)

    def send(self, message: bytes) -> None:
        """Keep a message until the peer has it. Call L{takeMessages} next.

        @raise MessageTooLarge: it exceeds the limit; nothing was changed.
        @raise BufferFull: too much waits to be acknowledged; nothing was changed.
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
        """Return the messages to send now on the connection in use.

        @param now: the clock's seconds.
        @param atMost: stop after this many bytes; at least one message is returned.
        @return: the count of the first message, and the messages.
        """
        unsent, buffer = self.unsent, self._buffer
        first = self.acknowledged + len(buffer) - unsent + 1
        if not unsent or not self.connected:
            return first, []
        self._sentAt = now
        if unsent == 1:
            # Fast path: a single unsent message; see
            # docs/explanation/performance.md#one-way-for-each-kind-of-transport,
            # tests/wire/test_delivery_paths.py
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
        # From the end, since many more messages may wait to be acknowledged.
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
