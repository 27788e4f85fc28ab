"""Counts of events."""

from __future__ import annotations

import threading
from collections import Counter

from benchmarks.figures import table


class Tally:
    """Counts of events for many threads, and the events that must not happen.

    @ivar problems: the events that must not happen, as sentences.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, Counter[str]] = {}
        self.problems: list[str] = []

    def count(self, of: str, name: str, number: int = 1) -> None:
        """Count an event."""
        with self._lock:
            self._counts.setdefault(of, Counter())[name] += number

    def problem(self, text: str) -> None:
        """Record an event that must not happen."""
        with self._lock:
            self.problems.append(text)

    def table(self) -> str:
        """Return all counts as text."""
        rows = [
            [name, number]
            for of in self._counts
            for name, number in [(f"{of}:", ""), *sorted(self._counts[of].items())]
        ]
        return table(["what happened", "times"], rows)
