"""The results of Deferreds."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred


def outcome(answer: Deferred[Any]) -> list[Any]:
    """Return the list that the result of a Deferred is in, or will be."""
    results: list[Any] = []
    answer.addBoth(lambda result: results.append(getattr(result, "value", result)))
    return results
