"""Tests of L{livewidget.wire.delivery}: what C{tests/wire/vectors/delivery.json} does not say.

How two ends get on with each other is in C{test_delivery_model.py}.
"""

from __future__ import annotations

import pytest

from livewidget.errors import BufferFull, MessageTooLarge, ProtocolError
from livewidget.wire.delivery import Delivery, Expired
from livewidget.wire.limits import Limits

SMALL = Limits(message=4, messages=2, bytes=8)


def connected(limits: Limits = SMALL, *, server: bool = True) -> Delivery:
    """A delivery whose first connection has said hello at 0."""
    end = Delivery(limits, server=server)
    end.connect(1, 0, 0)
    return end


def test_tooLarge() -> None:
    """A message that is too large says how large it is and may be."""
    with pytest.raises(MessageTooLarge) as caught:
        connected().send(b"aaaaa")
    assert (caught.value.size, caught.value.limit) == (5, 4)
    assert (
        str(caught.value) == "the message was not sent: it has 5 bytes, and at most 4 are allowed"
    )


def test_full() -> None:
    """A full buffer says how much waits."""
    end = connected()
    end.send(b"aa")
    end.send(b"b")
    with pytest.raises(BufferFull) as caught:
        end.send(b"c")
    assert caught.value.messages == 2
    assert str(caught.value).startswith("the message was not sent: 2 messages already wait")


def test_reasons() -> None:
    """Each refusal has a reason for the log."""
    end = connected()
    for step, reason in [
        (lambda: end.connect(1, 0, 0), "a newer connection has taken over"),
        (lambda: end.connect(2, 1, 0), "the counts of the two sides do not match"),
        (lambda: end.acknowledge(1, 1, 0), "acknowledged more than was sent"),
        (lambda: end.receiveNext(1, b"aaaaa", 0), "a message is over 4 bytes"),
        (lambda: end.receive(1, [b"aaaaa"], 0, 1), "a message is over 4 bytes"),
        (lambda: end.receive(1, [b"a"], 0, 0), "messages are counted from 1"),
    ]:
        with pytest.raises(ProtocolError) as caught:
            step()
        assert caught.value.reason == reason


def test_defaults() -> None:
    """The times are those of the protocol unless they are set."""
    end = Delivery(Limits(), server=True)
    assert (end.heartbeat, end.timeout, end.ackDelay) == (25.0, 20.0, 1.0)
    assert end.limits == Limits(message=65536, messages=10_000, bytes=1048576)


def test_expired() -> None:
    """What runs out is the connection, or without one all."""
    end = Delivery(SMALL, server=True, overAt=5.0)
    assert end.expire(5.0) is Expired.OVER
    end.connect(1, 0, 5.0)
    assert end.expire(50.0) is Expired.SILENT


def test_givenMessages() -> None:
    """What was given to be sent is no part of the buffer: the caller may change the list."""
    end = connected()
    end.send(b"a")
    end.send(b"b")
    _, given = end.takeMessages(0)
    given.clear()
    end.connect(2, 0, 1)
    assert end.takeMessages(1) == (1, [b"a", b"b"])


def test_takenMessages() -> None:
    """What came in is no part of the caller's list."""
    end = connected()
    batch = [b"a"]
    end.receive(1, batch, 0, 1)
    batch.clear()
    assert end.nextMessage() == b"a"


def test_oneByOne() -> None:
    """Messages that are sent and taken one by one come out as they went in."""
    end = connected(Limits(message=10, messages=100, bytes=1000))
    taken = []
    for number in range(50):
        end.send(b"%d" % number)
        first, messages = end.takeMessages(0)
        assert first == number + 1
        taken += messages
    assert taken == [b"%d" % number for number in range(50)]


def test_manyMessages() -> None:
    """Ten thousand messages come in at once, and one count acknowledges them all."""
    sender, receiver = connected(Limits()), connected(Limits(), server=False)
    sent = [b"%d" % number for number in range(10_000)]
    for message in sent:
        sender.send(message)
    receiver.receive(1, sender.takeMessages(0)[1], 0, 1)
    for message in sent:
        assert receiver.nextMessage() == message
        receiver.count(0)
    received = receiver.takeAck(0)
    assert received == 10_000
    sender.acknowledge(1, received, 0)
    assert (sender.acknowledged, sender.bufferedBytes) == (10_000, 0)
