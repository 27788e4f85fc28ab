"""Numbered calls in both directions, and scripts that watch a page or shorten its waits."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.acceptance.browser.people import BACK

# Reconnects immediately, not after a backoff that grows with each cut.
IMPATIENT = """
setInterval(() => {
  if (document.documentElement.dataset.liveState === "offline") {
    dispatchEvent(new Event("online"));
  }
}, 100);
"""


# Records the states of the page.
STATES = """
globalThis.states = [];
document.addEventListener("livewidget:state", ({ detail }) => states.push(detail.state));
"""


def exchange(page: Page, number: int) -> None:
    """Start a number of numbered calls from both sides."""
    page.evaluate("(number) => widget.exchange(number)", number)


def expectAll(page: Page, number: int) -> None:
    """Wait for all calls, and check that each arrived once and in order."""
    expect(page.locator("[name=count]")).to_have_text(str(number), timeout=BACK)
    expect(page.locator("[name=answered]")).to_have_text(str(number), timeout=BACK)
    report = page.evaluate("async () => ({...widget, server: await widget.callRemote('report')})")
    wanted = list(range(number))
    assert report["got"] == wanted
    assert report["answers"] == wanted
    assert report["server"]["got"] == wanted
    assert report["server"]["answers"] == wanted
