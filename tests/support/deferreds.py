"""What Deferreds fire with."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred


def outcome(answer: Deferred[Any]) -> list[Any]:
    """What a Deferred has fired with, or will."""
    results: list[Any] = []
    answer.addBoth(lambda result: results.append(getattr(result, "value", result)))
    return results
