"""Tests without a browser: L{MemoryBrowser} loads a page in memory, on a clock of its own."""

from livewidget.testing.browser import MemoryBrowser

__all__ = ["MemoryBrowser"]
