"""A model of two L{Delivery} ends on an unreliable network, checked against plain lists.

C{LIVEWIDGET_EXAMPLES=20000} makes a longer run of it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from livewidget.errors import BufferFull, MessageTooLarge, ProtocolError
from livewidget.wire.codes import TAKEN_OVER
from livewidget.wire.delivery import Delivery, Expired
from livewidget.wire.limits import Limits

LIMITS = Limits(message=32, messages=12, bytes=160)


class Wire:
    """A connection with the frames in flight in both directions."""

    def __init__(self) -> None:
        self.open = True
        self.toServer: deque[tuple[Any, ...]] = deque()
        self.toClient: deque[tuple[Any, ...]] = deque()


class End:
    """A delivery with a minimal shell around it, and the lists to compare it with."""

    def __init__(self, name: str, server: bool) -> None:
        self.name = name
        self.delivery = Delivery(LIMITS, server=server)
        self.wasSent: list[bytes] = []
        self.wasDispatched: list[bytes] = []
        # After its hello the client dispatches nothing until the answer arrives.
        self.waiting = False
        self.deadline: float | None = None

    def send(self, size: int) -> None:
        """Send a unique message, and check that it is refused exactly when a limit says so."""
        message = f"{self.name[0]}{len(self.wasSent)}.".encode().ljust(size, b"-")
        waiting = self.wasSent[self.delivery.acknowledged :]
        total = sum(map(len, waiting)) + len(message)
        if len(message) > LIMITS.message:
            with pytest.raises(MessageTooLarge):
                self.delivery.send(message)
        elif len(waiting) >= LIMITS.messages or total > LIMITS.bytes:
            with pytest.raises(BufferFull):
                self.delivery.send(message)
        else:
            self.delivery.send(message)
            self.wasSent.append(message)

    def dispatch(self, now: float, atMost: int = LIMITS.messages) -> None:
        """Dispatch at most C{atMost} messages, unless the answer to the hello is missing."""
        for _ in range(atMost):
            message = self.delivery.nextMessage()
            if self.waiting or message is None:
                break
            self.wasDispatched.append(message)
            self.delivery.count(now)

    def flush(self, now: float, put: Callable[..., None], atMost: int | None = None) -> None:
        """Put the pending messages, with their number, and the pending count on the network."""
        first, messages = self.delivery.takeMessages(now, atMost)
        if messages:
            assert messages == self.wasSent[first - 1 : first - 1 + len(messages)]
            put("batch", first, messages)
        received = self.delivery.takeAck(now)
        if received is not None:
            put("received", received)


class Conversation(RuleBasedStateMachine):
    """The browser's end, the server's end, and every connection they have had."""

    @initialize(ordered=st.booleans(), eager=st.booleans())
    def begin(self, ordered: bool, eager: bool) -> None:
        """Begin a conversation.

        @param ordered: whether frames behave as over a WebSocket, not as over HTTP.
        @param eager: whether both shells dispatch and flush immediately.
        """
        self.ordered = ordered
        self.eager = eager
        self.now = 1000.0
        self.client = End("client", server=False)
        self.server = End("server", server=True)
        self.ends = (self.client, self.server)
        # The wire of connection k has index k - 1.
        self.wires: list[Wire] = []
        self._connect()

    # Rules: the two ends.

    @rule(index=st.integers(0, 1), size=st.integers(1, 34))
    def send(self, index: int, size: int) -> None:
        end = self.ends[index]
        end.send(size)
        if self.eager:
            self._flush(end)

    @rule(index=st.integers(0, 1), atMost=st.none() | st.integers(0, 60))
    def flush(self, index: int, atMost: int | None) -> None:
        self._flush(self.ends[index], atMost)

    @rule(index=st.integers(0, 1), number=st.integers(1, 4))
    def dispatch(self, index: int, number: int) -> None:
        self.ends[index].dispatch(self.now, number)

    @rule(index=st.integers(0, 1))
    def acknowledgeEarly(self, index: int) -> None:
        """Send the count immediately, as every HTTP body does."""
        end = self.ends[index]
        if end.delivery.connected:
            self._put(end, "received", end.delivery.takeReceived())

    @precondition(lambda self: not self.client.delivery.connected and not self.client.waiting)
    @rule()
    def connect(self) -> None:
        """Begin a connection from the browser."""
        self._connect()

    @rule(really=st.integers(0, 4))
    def takeOver(self, really: int) -> None:
        """Begin a connection before the browser notices that the one in use is dead."""
        if really == 4:
            self._connect()

    @precondition(lambda self: self.wires)
    @rule(index=st.integers(0, 1), number=st.integers(1, 4), older=st.booleans())
    def talk(self, index: int, number: int, older: bool) -> None:
        """Send from one side, then deliver and dispatch what is in flight on one connection."""
        for _ in range(number):
            self.ends[index].send(4)
        connection = self.client.delivery.connection if older else 0
        connection = connection or len(self.wires)
        for toServer in (True, False) * 2:
            for end in self.ends:
                self._flush(end)
            queue = self._queue(connection, toServer)
            while queue:
                self._arrive(connection, toServer, queue.popleft())
            for end in self.ends:
                end.dispatch(self.now)
            self.now += 1.0

    @precondition(lambda self: self.client.delivery.connection == len(self.wires) > 0)
    @rule()
    def upgrade(self) -> None:
        """Begin a connection while the browser keeps using the one it has."""
        if self.client.delivery.connected:
            self._sayHello()

    def _connect(self) -> None:
        delivery = self.client.delivery
        delivery.disconnect(delivery.connection, self.now)
        self.client.waiting = True
        self._sayHello()

    def _sayHello(self) -> None:
        self.wires.append(Wire())
        self.wires[-1].toServer.append(("hello", self.client.delivery.received))

    # Rules: the network.

    @precondition(lambda self: self._busy()[:-1])
    @rule(data=st.data())
    def arriveLate(self, data: st.DataObject) -> None:
        """Deliver a frame on a connection that may have counted as dead for long."""
        number, toServer = data.draw(st.sampled_from(self._busy()[:-1]))
        self._arrive(number, toServer, self._queue(number, toServer).popleft())

    @precondition(lambda self: not self.ordered and self._busy())
    @rule(data=st.data())
    def arriveOutOfOrder(self, data: st.DataObject) -> None:
        """Deliver a later HTTP request first."""
        number, toServer = data.draw(st.sampled_from(self._busy()[::-1]))
        queue = self._queue(number, toServer)
        if queue[0][0] not in ("hello", "welcome"):
            self._arrive(number, toServer, queue.pop())

    @precondition(lambda self: self._busy())
    @rule(steps=st.integers(1, 8))
    def arriveInOrder(self, steps: int) -> None:
        """Deliver frames in order on the newest connection."""
        number, toServer = self._busy()[-1]
        queue = self._queue(number, toServer)
        for _ in range(min(steps, len(queue))):
            self._arrive(number, toServer, queue.popleft())

    @precondition(lambda self: not self.ordered and self._busy())
    @rule(data=st.data())
    def duplicate(self, data: st.DataObject) -> None:
        """Send an HTTP request a second time. It may arrive out of order."""
        queue = self._queue(*data.draw(st.sampled_from(self._busy())))
        frame = data.draw(st.sampled_from(list(queue)))
        if frame[0] not in ("hello", "welcome"):
            queue.append(frame)

    @precondition(lambda self: self.wires)
    @rule(data=st.data(), seenBy=st.sampled_from(["", "", "", "client", "server", "both", "none"]))
    def cut(self, data: st.DataObject, seenBy: str) -> None:
        """Break a connection and lose what is in flight. Each side may notice late."""
        if not seenBy:
            return
        number = data.draw(st.integers(1, len(self.wires)))
        wire = self.wires[number - 1]
        wire.open = False
        wire.toServer.clear()
        wire.toClient.clear()
        for end in self.ends:
            if seenBy in (end.name, "both"):
                end.delivery.disconnect(number, self.now)

    @rule(seconds=st.sampled_from([0.3, 1.0, 5.0, 20.0, 25.0, 46.0]))
    def passTime(self, seconds: float) -> None:
        """Advance the time, do what is due on each side, and check that nothing is due then."""
        self.now += seconds
        for end in self.ends:
            delivery = end.delivery
            if delivery.expire(self.now) is Expired.SILENT:
                self.wires[delivery.connection - 1].open = False
                delivery.disconnect(delivery.connection, self.now)
            self._flush(end)
            deadline = delivery.nextDeadline()
            assert deadline is None or deadline > self.now

    # Invariants.

    @invariant()
    def inOrderAndOnce(self) -> None:
        """Check that the dispatched messages are the first ones that the other side sent."""
        for sender, receiver in (self.ends, self.ends[::-1]):
            count = receiver.delivery.received
            assert receiver.wasDispatched == sender.wasSent[:count]

    @invariant()
    def keptUntilCounted(self) -> None:
        """Check that a message stays in the buffer until the other side has counted it."""
        for sender, receiver in (self.ends, self.ends[::-1]):
            delivery = sender.delivery
            assert delivery.acknowledged <= receiver.delivery.received
            assert delivery.sent == len(sender.wasSent)
            kept = sender.wasSent[delivery.acknowledged :]
            assert delivery.bufferedBytes == sum(map(len, kept))

    @invariant()
    def asksAgain(self) -> None:
        """Check that C{askAgain} is set whenever the deadline comes nearer."""
        for end in self.ends:
            told, before = end.delivery.askAgain, end.deadline
            end.deadline = end.delivery.nextDeadline()
            nearer = end.deadline is not None and (before is None or end.deadline < before)
            assert told or not nearer
            assert not end.delivery.askAgain

    def teardown(self) -> None:
        """Connect once more, and check that everything ever sent has arrived."""
        if not hasattr(self, "ends"):
            return
        self.eager = True
        self._connect()
        number = len(self.wires)
        for _ in range(4):
            for toServer in (True, False) * 2:
                queue = self._queue(number, toServer)
                while queue:
                    self._arrive(number, toServer, queue.popleft())
            self.now += 1.0
            for end in self.ends:
                self._flush(end)
        for sender, receiver in (self.ends, self.ends[::-1]):
            assert receiver.wasDispatched == sender.wasSent
            assert sender.delivery.acknowledged == len(sender.wasSent)

    # Helpers.

    def _busy(self) -> list[tuple[int, bool]]:
        """Return where frames are in flight: the connection's number, and whether to the server."""
        numbers = range(1, len(self.wires) + 1)
        return [(n, side) for n in numbers for side in (True, False) if self._queue(n, side)]

    def _queue(self, number: int, toServer: bool) -> deque[tuple[Any, ...]]:
        wire = self.wires[number - 1]
        return wire.toServer if toServer else wire.toClient

    def _put(self, end: End, *frame: Any) -> None:
        number = end.delivery.connection
        if self.wires[number - 1].open:
            self._queue(number, end is self.client).append(frame)

    def _flush(self, end: End, atMost: int | None = None) -> None:
        end.flush(self.now, lambda *frame: self._put(end, *frame), atMost)

    def _arrive(self, number: int, toServer: bool, frame: tuple[Any, ...]) -> None:
        end = self.server if toServer else self.client
        kind, *content = frame
        getattr(self, f"_{kind}")(end, number, *content)
        if self.eager:
            end.dispatch(self.now)
            self._flush(end)

    def _hello(self, end: End, number: int, received: int) -> None:
        older = end.delivery.connection
        if number < older:
            # A late hello is the only thing that two correct ends refuse.
            with pytest.raises(ProtocolError) as caught:
                end.delivery.connect(number, received, self.now)
            assert caught.value.code == TAKEN_OVER
            self.wires[number - 1].open = False
            return
        end.delivery.connect(number, received, self.now)
        self._put(end, "welcome", end.delivery.received, end.delivery.next)

    def _welcome(self, end: End, number: int, received: int, first: int) -> None:
        if number == len(self.wires):
            end.delivery.connect(number, received, self.now, first)
            end.waiting = False

    def _batch(self, end: End, number: int, first: int, messages: list[bytes]) -> None:
        if not self.ordered:
            end.delivery.receive(number, messages, self.now, first)
            return
        for message in messages:
            end.delivery.receiveNext(number, message, self.now)

    def _received(self, end: End, number: int, received: int) -> None:
        end.delivery.acknowledge(number, received, self.now)


Conversation.TestCase.settings = settings(
    max_examples=int(os.environ.get("LIVEWIDGET_EXAMPLES", "100")),
    stateful_step_count=60,
    # In CI a failure must not depend on chance.
    derandomize="CI" in os.environ,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestConversation = Conversation.TestCase
