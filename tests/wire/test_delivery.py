"""Tests of L{livewidget.wire.delivery} that C{tests/wire/vectors/delivery.json} cannot express.

C{test_delivery_model.py} tests two ends together.
"""

from __future__ import annotations

import pytest

from livewidget.errors import BufferFull, MessageTooLarge, ProtocolError
from livewidget.wire.delivery import Delivery, Expired
from livewidget.wire.limits import Limits

SMALL = Limits(message=4, messages=2, bytes=8)


def connected(limits: Limits = SMALL, *, server: bool = True) -> Delivery:
    """Return a delivery whose first connection has said hello at time 0."""
    end = Delivery(limits, server=server)
    end.connect(1, 0, 0)
    return end


def test_oversizedMessageRaisesWithItsSizeAndTheLimit() -> None:
    """The error for an oversized message has its size and the limit."""
    with pytest.raises(MessageTooLarge) as caught:
        connected().send(b"aaaaa")
    assert (caught.value.size, caught.value.limit) == (5, 4)
    assert (
        str(caught.value) == "the message was not sent: it has 5 bytes, and at most 4 are allowed"
    )


def test_fullBufferRaisesWithTheNumberWaiting() -> None:
    """The error for a full buffer has the number of messages that wait."""
    end = connected()
    end.send(b"aa")
    end.send(b"b")
    with pytest.raises(BufferFull) as caught:
        end.send(b"c")
    assert caught.value.messages == 2
    assert str(caught.value).startswith("the message was not sent: 2 messages already wait")


def test_eachRefusalHasAReason() -> None:
    """Each refused step raises a ProtocolError with a reason for the log."""
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


def test_defaultTimesAndLimitsAreThoseOfTheProtocol() -> None:
    """A delivery has the times and the limits of the protocol unless they are set."""
    end = Delivery(Limits(), server=True)
    assert (end.heartbeat, end.timeout, end.ackDelay) == (25.0, 20.0, 1.0)
    assert end.limits == Limits(message=65536, messages=10_000, bytes=1048576)


def test_expiryDependsOnBeingConnected() -> None:
    """Without a connection the deadline ends everything. With one, silence ends the connection."""
    end = Delivery(SMALL, server=True, overAt=5.0)
    assert end.expire(5.0) is Expired.OVER
    end.connect(1, 0, 5.0)
    assert end.expire(50.0) is Expired.SILENT


def test_changingTakenMessagesLeavesTheBufferAlone() -> None:
    """The list of messages to send is a copy: changing it does not change the buffer."""
    end = connected()
    end.send(b"a")
    end.send(b"b")
    _, given = end.takeMessages(0)
    given.clear()
    end.connect(2, 0, 1)
    assert end.takeMessages(1) == (1, [b"a", b"b"])


def test_changingAReceivedBatchLeavesTheInboxAlone() -> None:
    """The inbox does not share the list of a received batch."""
    end = connected()
    batch = [b"a"]
    end.receive(1, batch, 0, 1)
    batch.clear()
    assert end.nextMessage() == b"a"


def test_messagesTakenOneByOneKeepTheirOrder() -> None:
    """Messages that are sent and taken one by one keep their order and their numbers."""
    end = connected(Limits(message=10, messages=100, bytes=1000))
    taken = []
    for number in range(50):
        end.send(b"%d" % number)
        first, messages = end.takeMessages(0)
        assert first == number + 1
        taken += messages
    assert taken == [b"%d" % number for number in range(50)]


def test_oneCountAcknowledgesTenThousandMessages() -> None:
    """Ten thousand messages arrive in one batch, and one count acknowledges them all."""
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
