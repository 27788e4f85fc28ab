"""Methods that do what a method should not."""

from __future__ import annotations

from pathlib import Path

from elements.counting import CountingElement
from livewidget import expose


class TroubleElement(CountingElement):
    """Numbered calls, and beside them such methods."""

    @expose
    def block(self, path: str) -> None:
        """Keep the whole server from doing anything else until somebody writes to a pipe."""
        Path(path).read_bytes()

    @expose
    def crash(self) -> None:
        """Raise."""
        raise ValueError("the password is swordfish")
