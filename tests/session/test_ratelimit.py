"""Tests of L{livewidget.session.ratelimit}."""

from __future__ import annotations

from livewidget.session.ratelimit import RateLimit


def allowed(pace: RateLimit, now: float) -> int:
    """Return how many events are allowed at a moment."""
    number = 0
    while pace.allow(now):
        number += 1
    return number


def test_burstOfOneSecondIsAllowedAtOnce() -> None:
    """A burst of one second's events is allowed, and then events at the rate of the limit."""
    pace = RateLimit(100)
    assert allowed(pace, 1000.0) == 100
    assert allowed(pace, 1000.0) == 0
    assert allowed(pace, 1000.25) == 25
    assert allowed(pace, 1000.5) == 25


def test_longPauseAllowsNoLargerBurst() -> None:
    """A pause of a minute allows no larger burst than a second does."""
    pace = RateLimit(100)
    assert allowed(pace, 1000.0) == 100
    assert allowed(pace, 1060.0) == 100


def test_rateBelowOnePerSecondIsKept() -> None:
    """A rate of less than one event per second is kept."""
    pace = RateLimit(0.25)
    assert allowed(pace, 1000.0) == 1
    assert allowed(pace, 1003.5) == 0
    assert allowed(pace, 1004.0) == 1


def test_clockThatGoesBackChangesNothing() -> None:
    """A clock that is set back neither adds nor removes events."""
    pace = RateLimit(10)
    assert pace.allow(1000.0)
    assert allowed(pace, 990.0) == 9
