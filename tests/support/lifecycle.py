"""Elements that record the calls of their hooks."""

from __future__ import annotations

from typing import Any

from twisted.python.failure import Failure

from livewidget import LiveElement, expose


class Diary(LiveElement):
    """An element that records the calls of its hooks, in a list that several may share."""

    def __init__(self, name: str = "", notes: list[str] | None = None) -> None:
        self.name = name
        self.notes = [] if notes is None else notes
        self.reasons: list[Any] = []

    def connectionMade(self) -> Any:
        self.notes.append(f"made {self.name}".strip())

    def connectionLost(self, reason: Failure) -> Any:
        self.reasons.append(reason.value)
        self.notes.append(f"lost {self.name}".strip())

    def detached(self) -> Any:
        self.notes.append(f"detached {self.name}".strip())

    @expose
    def note(self, text: str) -> None:
        self.notes.append(text)
