"""Tests of L{livewidget.session.timer}."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from livewidget.session.timer import DeadlineTimer


class Setup:
    """A timer on a clock, and the times at which it fired."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.clock.advance(1000)
        self.fired: list[float] = []
        self.timer = DeadlineTimer(self.clock, lambda: self.fired.append(self.clock.seconds()))


@pytest.fixture
def it() -> Setup:
    """Return a timer that is not set."""
    return Setup()


class TestDeadlineTimer:
    """L{DeadlineTimer}, which keeps one delayed call for a deadline that moves."""

    def test_timerFiresOnceAtItsDeadline(self, it: Setup) -> None:
        """A timer fires at its deadline, and once."""
        it.timer.set(1010.0)
        it.clock.advance(9.5)
        assert it.fired == []
        it.clock.advance(0.5)
        assert it.fired == [1010.0]
        it.clock.advance(100)
        assert it.fired == [1010.0]

    def test_laterDeadlineKeepsTheDelayedCall(self, it: Setup) -> None:
        """A later deadline keeps the delayed call, which then fires early."""
        it.timer.set(1010.0)
        [call] = it.clock.getDelayedCalls()
        it.timer.set(1020.0)
        assert it.clock.getDelayedCalls() == [call]
        it.clock.advance(10)
        assert it.fired == [1010.0]

    def test_earlierDeadlineMovesTheDelayedCall(self, it: Setup) -> None:
        """An earlier deadline moves the delayed call, and there is still one."""
        it.timer.set(1010.0)
        it.timer.set(1002.0)
        assert len(it.clock.getDelayedCalls()) == 1
        it.clock.advance(2)
        assert it.fired == [1002.0]
        assert it.clock.getDelayedCalls() == []

    def test_pastDeadlineFiresInTheNextTurn(self, it: Setup) -> None:
        """A deadline in the past fires in the next turn of the reactor, and not immediately."""
        it.timer.set(990.0)
        assert it.fired == []
        it.clock.advance(0)
        assert it.fired == [1000.0]

    def test_noDeadlineChangesNothing(self, it: Setup) -> None:
        """Setting no deadline neither starts a timer nor stops one."""
        it.timer.set(None)
        assert it.clock.getDelayedCalls() == []
        it.timer.set(1010.0)
        it.timer.set(None)
        it.clock.advance(10)
        assert it.fired == [1010.0]

    def test_stoppedTimerDoesNotFireAndMayBeSetAgain(self, it: Setup) -> None:
        """A stopped timer does not fire, leaves no delayed call, and may be set again."""
        it.timer.set(1010.0)
        it.timer.stop()
        assert it.clock.getDelayedCalls() == []
        it.clock.advance(20)
        assert it.fired == []
        it.timer.set(1030.0)
        it.clock.advance(10)
        assert it.fired == [1030.0]

    def test_stoppingAnUnsetTimerDoesNothing(self, it: Setup) -> None:
        """Stopping a timer that is not set, or has fired, does nothing."""
        it.timer.stop()
        it.timer.set(1001.0)
        it.clock.advance(1)
        it.timer.stop()
        assert it.fired == [1001.0]

    def test_callbackMaySetTheTimerAgain(self) -> None:
        """The callback of a timer may set it again."""
        clock = Clock()
        fired: list[float] = []

        def due() -> None:
            fired.append(clock.seconds())
            timer.set(clock.seconds() + 5)

        timer = DeadlineTimer(clock, due)
        timer.set(5.0)
        clock.pump([5, 5, 5])
        assert fired == [5, 10, 15]
        assert len(clock.getDelayedCalls()) == 1
