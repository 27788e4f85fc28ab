"""A check of the example at a URL, whichever it is."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def expectWorking(page: Page) -> None:
    """Make a call through the example's user interface, and wait for its effect."""
    heading = page.get_by_role("heading").first.inner_text()
    if heading == "Chat":
        page.get_by_role("button", name="Enter").click()
        expect(page.get_by_role("alert")).to_have_text("Please type a name.")
    elif heading == "Echo":
        log = page.get_by_role("log").locator("p")
        before = log.count()
        page.get_by_label("Say something").fill("hello")
        page.get_by_label("Say something").press("Enter")
        expect(log).to_have_count(before + 1)
    else:
        child = page.get_by_label("one", exact=True)
        child.get_by_role("button").click()
        expect(child.locator("[name=count]")).to_have_text("one 1")
