"""Actions of a person in the chat example, and what the person sees."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def enter(page: Page, name: str) -> Page:
    """Choose a name, and enter the room."""
    page.get_by_label("Choose your name").fill(name)
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_role("log", name="Conversation")).to_be_visible()
    return page


def say(page: Page, text: str) -> None:
    """Type a line and send it."""
    field = page.get_by_label("Your message")
    field.fill(text)
    # The field has the focus now; pressing Enter by its locator takes as long again.
    page.keyboard.press("Enter")


def lines(page: Page) -> list[str]:
    """Return the lines of the conversation that a person sees."""
    return page.get_by_role("log").locator("p").all_inner_texts()


def said(page: Page, name: str) -> list[str]:
    """Return the lines by one name that a person sees."""
    return [line for line in lines(page) if line.startswith(f"{name}: ")]


def expectLines(page: Page, number: int) -> None:
    """Wait until the conversation has a number of lines."""
    expect(page.get_by_role("log").locator("p")).to_have_count(number)
