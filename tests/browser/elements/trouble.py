"""Methods that do what a method should not."""

from __future__ import annotations

import time
from pathlib import Path

from elements.counting import CountingElement
from livewidget import expose

#: Seconds, should the file never come.
MOST = 30


class TroubleElement(CountingElement):
    """Numbered calls, and beside them such methods."""

    @expose
    def block(self, path: str) -> None:
        """Keep the whole server from doing anything else until there is such a file."""
        until = time.monotonic() + MOST
        while not Path(path).exists() and time.monotonic() < until:
            time.sleep(0.02)

    @expose
    def crash(self) -> None:
        """Raise."""
        raise ValueError("the password is swordfish")
