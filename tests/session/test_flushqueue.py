"""Tests of C{livewidget.session.flushqueue}.

Once at the end of a turn of the reactor, each page for itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.task import Clock

from livewidget.session.flushqueue import FlushQueue, ImmediateFlush
from tests.support.log import Log


class Sender:
    """Notes that it was told to flush.

    @param does: what it does then, after that.
    """

    def __init__(self, flushed: list[Any], does: Callable[[], Any] = lambda: None) -> None:
        self._flushed = flushed
        self._does = does

    def flushNow(self, now: float) -> None:
        """Note it."""
        self._flushed.append(self)
        self._does()


def fail(error: type[BaseException]) -> Callable[[], None]:
    """What raises this."""

    def raising() -> None:
        raise error("it fails")

    return raising


@pytest.fixture
def clock() -> Clock:
    """The clock of the turns."""
    return Clock()


@pytest.fixture
def flushed() -> list[Any]:
    """Who has flushed, in order."""
    return []


class TestTurn:
    """When they flush."""

    def test_later(self, clock: Clock, flushed: list[Any]) -> None:
        """All in the next turn, in the order in which they came, by one timer."""
        turn = FlushQueue(clock)
        senders = [Sender(flushed) for _ in range(3)]
        for sender in senders:
            turn.add(sender)
        assert flushed == []
        assert len(clock.getDelayedCalls()) == 1
        clock.advance(0)
        assert flushed == senders
        assert clock.getDelayedCalls() == []

    def test_again(self, clock: Clock, flushed: list[Any]) -> None:
        """One that is added while they flush does so too, and all is quiet then."""
        turn = FlushQueue(clock)
        again = Sender(flushed)
        first = Sender(flushed, lambda: turn.add(again))
        turn.add(first)
        clock.advance(0)
        assert flushed == [first, again]
        assert clock.getDelayedCalls() == []

    @pytest.mark.parametrize("error", [ValueError, SystemExit])
    def test_failure(
        self, clock: Clock, flushed: list[Any], log: Log, error: type[BaseException]
    ) -> None:
        """One that fails is in the log, and the others flush."""
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

    def test_early(self, clock: Clock, flushed: list[Any]) -> None:
        """A turn that is ended by hand leaves no timer, and one without pages does nothing."""
        turn = FlushQueue(clock)
        turn.end()
        turn.add(Sender(flushed))
        turn.end()
        turn.end()
        assert len(flushed) == 1
        assert clock.getDelayedCalls() == []

    def test_inside(self, clock: Clock, flushed: list[Any]) -> None:
        """Where one runs the reactor, each still flushes once."""
        turn = FlushQueue(clock)
        senders = [Sender(flushed, lambda: clock.advance(0)), Sender(flushed)]
        for sender in senders:
            turn.add(sender)
        clock.advance(0)
        assert flushed == senders


def test_noTurn(clock: Clock, flushed: list[Any]) -> None:
    """Without a reactor it is at once."""
    sender = Sender(flushed)
    ImmediateFlush(clock).add(sender)
    assert flushed == [sender]
    assert clock.getDelayedCalls() == []
