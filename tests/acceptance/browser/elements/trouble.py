"""Methods that misbehave."""

from __future__ import annotations

from pathlib import Path

from elements.counting import CountingElement
from livewidget import expose


class TroubleElement(CountingElement):
    """Numbered calls, and methods that misbehave."""

    @expose
    def block(self, path: str) -> None:
        """Block the whole server until a byte is written to a pipe."""
        Path(path).read_bytes()

    @expose
    def crash(self) -> None:
        """Raise an error."""
        raise ValueError("the password is swordfish")
