"""Count the documents that a window loads."""

from __future__ import annotations

from playwright.sync_api import Page

# Counts the documents of a window, through reloads.
COUNT_LOADS = """
if (location.protocol === "http:") {
  sessionStorage.loads = Number(sessionStorage.loads ?? 0) + 1;
}
"""


def loads(page: Page) -> int:
    """Return how many documents a window has loaded from the server."""
    return int(page.evaluate("() => sessionStorage.loads"))
