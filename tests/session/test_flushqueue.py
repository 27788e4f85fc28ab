"""Tests of L{livewidget.session.flushqueue}."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.task import Clock

from livewidget.session.flushqueue import FlushQueue, ImmediateFlush
from tests.support.log import Log


class Sender:
    """A sender that records its flushes.

    @param does: called after each flush.
    """

    def __init__(self, flushed: list[Any], does: Callable[[], Any] = lambda: None) -> None:
        self._flushed = flushed
        self._does = does

    def flushNow(self, now: float) -> None:
        """Note the flush."""
        self._flushed.append(self)
        self._does()


def fail(error: type[BaseException]) -> Callable[[], None]:
    """Return a function that raises this error."""

    def raising() -> None:
        raise error("it fails")

    return raising


@pytest.fixture
def clock() -> Clock:
    """Return the clock that runs the turns."""
    return Clock()


@pytest.fixture
def flushed() -> list[Any]:
    """Return a list of the senders that were flushed, in order."""
    return []


class TestFlushQueue:
    """Flushes at the end of a turn of the reactor."""

    def test_sendersFlushInTheNextTurnInOrder(self, clock: Clock, flushed: list[Any]) -> None:
        """Senders flush in the next turn, in the order of their addition, by one timer."""
        turn = FlushQueue(clock)
        senders = [Sender(flushed) for _ in range(3)]
        for sender in senders:
            turn.add(sender)
        assert flushed == []
        assert len(clock.getDelayedCalls()) == 1
        clock.advance(0)
        assert flushed == senders
        assert clock.getDelayedCalls() == []

    def test_senderAddedDuringTheFlushIsFlushedToo(self, clock: Clock, flushed: list[Any]) -> None:
        """A sender that is added during a flush flushes in the same turn, and no timer is left."""
        turn = FlushQueue(clock)
        again = Sender(flushed)
        first = Sender(flushed, lambda: turn.add(again))
        turn.add(first)
        clock.advance(0)
        assert flushed == [first, again]
        assert clock.getDelayedCalls() == []

    @pytest.mark.parametrize("error", [ValueError, SystemExit])
    def test_failingSenderIsLoggedAndOthersFlush(
        self, clock: Clock, flushed: list[Any], log: Log, error: type[BaseException]
    ) -> None:
        """A sender that fails is logged, and the other senders flush."""
        turn = FlushQueue(clock)
        senders = [Sender(flushed), Sender(flushed, fail(error)), Sender(flushed)]
        for sender in senders:
            turn.add(sender)
        clock.advance(0)
        assert flushed == senders
        assert "it fails" in log.take("sending failed")
        turn.add(senders[0])
        clock.advance(0)
        assert len(flushed) == 4

    def test_endingATurnByHandLeavesNoTimer(self, clock: Clock, flushed: list[Any]) -> None:
        """Ending a turn by hand flushes once, leaves no timer, and does nothing without senders."""
        turn = FlushQueue(clock)
        turn.end()
        turn.add(Sender(flushed))
        turn.end()
        turn.end()
        assert len(flushed) == 1
        assert clock.getDelayedCalls() == []

    def test_senderThatRunsTheReactorCausesNoSecondFlush(
        self, clock: Clock, flushed: list[Any]
    ) -> None:
        """Each sender flushes once, even if one of them runs the reactor."""
        turn = FlushQueue(clock)
        senders = [Sender(flushed, lambda: clock.advance(0)), Sender(flushed)]
        for sender in senders:
            turn.add(sender)
        clock.advance(0)
        assert flushed == senders


def test_immediateFlushFlushesAtOnce(clock: Clock, flushed: list[Any]) -> None:
    """An L{ImmediateFlush} flushes a sender as soon as it is added, without a timer."""
    sender = Sender(flushed)
    ImmediateFlush(clock).add(sender)
    assert flushed == [sender]
    assert clock.getDelayedCalls() == []
