"""Tests of C{livewidget.session.ratelimit}: so many a second."""

from __future__ import annotations

from livewidget.session.ratelimit import RateLimit


def allowed(pace: RateLimit, now: float) -> int:
    """How many may happen at a moment."""
    number = 0
    while pace.allow(now):
        number += 1
    return number


def test_aSecondsWorth() -> None:
    """At once, as many as in a second; then as many as the time since allows."""
    pace = RateLimit(100)
    assert allowed(pace, 1000.0) == 100
    assert allowed(pace, 1000.0) == 0
    assert allowed(pace, 1000.25) == 25
    assert allowed(pace, 1000.5) == 25


def test_afterAPause() -> None:
    """What is saved up is never more than for a second."""
    pace = RateLimit(100)
    assert allowed(pace, 1000.0) == 100
    assert allowed(pace, 1060.0) == 100


def test_rarely() -> None:
    """Also where it is less than one a second."""
    pace = RateLimit(0.25)
    assert allowed(pace, 1000.0) == 1
    assert allowed(pace, 1003.5) == 0
    assert allowed(pace, 1004.0) == 1


def test_clockThatGoesBack() -> None:
    """It gives nothing, and costs nothing."""
    pace = RateLimit(10)
    assert pace.allow(1000.0)
    assert allowed(pace, 990.0) == 9
