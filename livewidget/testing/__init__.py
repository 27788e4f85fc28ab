"""Tests without a browser: L{MemoryBrowser} loads a page in memory, on a clock of its own.

This room may import C{wire}, C{assets}, C{settings}, C{session}, C{elements}, C{rendering} and
C{page}.
"""

from livewidget.testing.browser import MemoryBrowser

__all__ = ["MemoryBrowser"]
