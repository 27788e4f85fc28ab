"""Tests of L{livewidget.wire.delivery} and L{livewidget.wire.sendbuffer}: the fast paths.

Each leaves the state that the plain path would leave.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from livewidget.errors import BufferFull, ProtocolError
from livewidget.wire.delivery import Delivery
from livewidget.wire.limits import Limits

LIMITS = Limits(message=10, messages=8, bytes=40)
_times = st.floats(0, 3)


def make(server: bool = True) -> Delivery:
    """Return a delivery with short times, not connected yet."""
    return Delivery(LIMITS, server=server, heartbeat=5.0, timeout=2.0, ackDelay=1.0, overAt=9.0)


def stateOf(delivery: Delivery) -> dict[str, Any]:
    """Return all attributes of a delivery, and as one the two counts of what has arrived."""
    names = {name for cls in Delivery.__mro__ for name in getattr(cls, "__slots__", ())}
    state = {name: getattr(delivery, name) for name in names - {"_arrived", "_seen"}}
    return {**state, "arrived": max(delivery._arrived, delivery._seen)}


class Receiver:
    """A delivery that receives each message by one of the two ways.

    @ivar first: the count of the next message on the connection in use.
    """

    def __init__(self, server: bool, inOrder: bool) -> None:
        self.delivery = make(server)
        self._inOrder = inOrder
        self.first = 1

    def do(self, kind: str, size: int, now: float) -> Any:
        """Do one step, and return what it returns or the code and reason of its error."""
        delivery = self.delivery
        try:
            if kind == "receive":
                return self._receive(b"x" * size, now)
            if kind == "receiveEarly":
                # By both ways with its count; the connection in order brings it again.
                return delivery.receive(delivery.connection, [b"x" * size], now, self.first)
            if kind == "connect":
                # The peer sends again what it does not know to be received.
                self.first = max(1, delivery.received + 1 - size)
                return delivery.connect(
                    delivery.connection + 1, delivery.acknowledged, now, first=self.first
                )
            if kind == "dispatch":
                return delivery.count(now) if delivery.nextMessage() is not None else None
            if kind == "acknowledge":
                return delivery.takeAck(now)
            return delivery.nextDeadline()
        except ProtocolError as error:
            return error.code, error.reason

    def _receive(self, message: bytes, now: float) -> None:
        delivery, first = self.delivery, self.first
        self.first += 1
        if self._inOrder:
            delivery.receiveNext(delivery.connection, message, now)
        else:
            delivery.receive(delivery.connection, [message], now, first)


_kinds = [
    *("receive", "receive", "receive", "receiveEarly", "connect"),
    *("dispatch", "acknowledge", "deadline"),
]
_receiving = st.lists(
    st.tuples(st.sampled_from(_kinds), st.integers(0, 11), _times), min_size=1, max_size=40
)


@given(st.booleans(), _receiving)
@example(True, [("receive", 4, 0), ("dispatch", 0, 1), ("connect", 1, 0), ("receive", 4, 1)])
@example(True, [("receiveEarly", 4, 0), ("receive", 4, 1)])
@example(True, [("receive", 11, 1)])
@example(False, [("receive", 9, 0)] * 5)
@example(False, [("receive", 1, 0)] * 9)
def test_messagesInOrderLeaveTheStateOfMessagesWithCounts(
    server: bool, steps: list[tuple[str, int, float]]
) -> None:
    """Messages received by C{receiveNext} leave the state that C{receive} leaves."""
    inOrder, counted = Receiver(server, True), Receiver(server, False)
    now = 0.0
    for kind, size, seconds in [("connect", 0, 0.0), *steps]:
        now += seconds
        outcome = inOrder.do(kind, size, now)
        assert counted.do(kind, size, now) == outcome
        assert stateOf(inOrder.delivery) == stateOf(counted.delivery)
        if isinstance(outcome, tuple):
            # An error ends the page.
            break


@given(st.booleans(), st.integers(1, 2))
def test_messageOfAnotherConnectionIsDropped(connected: bool, connection: int) -> None:
    """Messages by C{receiveNext} are dropped unless they are on the connection in use."""
    delivery = make()
    delivery.connect(1, 0, 0.0)
    if not connected:
        delivery.disconnect(1, 0.0)
    delivery.receiveNext(connection, b"x", 1.0)
    expected = b"x" if connected and connection == 1 else None
    assert delivery.nextMessage() == expected


_sending = st.lists(
    st.tuples(
        st.sampled_from(["send", "send", "take", "takeAtMost", "acknowledge", "connect"]),
        st.integers(0, 10),
    ),
    max_size=40,
)


@given(_sending)
@example([("send", 1), ("send", 2), ("take", 0), ("send", 3), ("take", 0)])
@example([("send", 5), ("takeAtMost", 1)])
def test_oneUnsentMessageIsTakenLikeMany(steps: list[tuple[str, int]]) -> None:
    """Messages are taken in order, as a list with a cursor gives them, whatever their number."""
    delivery = make()
    delivery.connect(1, 0, 0.0)
    sent: list[bytes] = []
    taken = 0
    for number, (kind, size) in enumerate(steps):
        if kind == "send":
            message = b"%d" % number + b"x" * (size - 2)
            try:
                delivery.send(message)
            except BufferFull:
                continue
            sent.append(message)
        elif kind == "acknowledge":
            delivery.acknowledge(delivery.connection, max(delivery.acknowledged, taken - size), 0.0)
        elif kind == "connect":
            taken = delivery.acknowledged
            delivery.connect(delivery.connection + 1, taken, 0.0)
        else:
            atMost = size if kind == "takeAtMost" else None
            expected = sent[taken:]
            while atMost is not None and len(expected) > 1 and sum(map(len, expected)) > atMost:
                expected.pop()
            assert delivery.takeMessages(0.0, atMost) == (taken + 1, expected)
            taken += len(expected)
        assert delivery.unsent == len(sent) - taken


@pytest.mark.parametrize("server", [True, False], ids=["server", "client"])
@given(
    st.lists(st.tuples(st.sampled_from(["receive", "dispatch", "send", "leave"]), _times)),
)
@example([("send", 1.0), ("receive", 1.0)])
@example([("receive", 1.0), ("dispatch", 1.0), ("leave", 1.0)])
def test_nextDeadlineIsTheEarliestOfAll(server: bool, steps: list[tuple[str, float]]) -> None:
    """The deadline is the minimum of those of silence, heartbeat, acknowledgement and end."""
    delivery = make(server)
    assert delivery.nextDeadline() == 9.0
    delivery.connect(1, 0, 0.0)
    now = heardAt = sentAt = 0.0
    overAt = None
    for kind, seconds in steps:
        now += seconds
        if kind == "receive":
            delivery.receive(1, [b"x"], now, delivery.received + 1)
            heardAt = now
        elif kind == "dispatch" and delivery.nextMessage() is not None:
            delivery.count(now)
        elif kind == "send":
            delivery.send(b"")
            delivery.takeMessages(now)
            delivery.acknowledge(1, delivery.sent, now)
            heardAt = sentAt = now
        elif kind == "leave":
            delivery.leave(now, 3.0)
            overAt = now + 3.0 if overAt is None else min(overAt, now + 3.0)
        heartbeat = sentAt + 5.0 if server else None
        times = [heardAt + 5.0 + 2.0, heartbeat, delivery.ackAt, overAt]
        assert delivery.nextDeadline() == min(time for time in times if time is not None)
