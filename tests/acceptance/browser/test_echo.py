"""Tests of the echo example, as a person uses it."""

from __future__ import annotations

from functools import partial

import pytest
from playwright.sync_api import expect

from tests.acceptance.browser.people import KINDS, People
from tests.support.processes import Server

SERVER = partial(Server.site, "network")

pytestmark = pytest.mark.usefixtures("checked")


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, server: Server) -> str:
    """Return the URL of the echo, over each transport."""
    return f"{server.url}{request.param}/echo"


class TestEcho:
    """Lines that are typed and come back."""

    @pytest.mark.parametrize(
        "text",
        [
            "hello",
            "<script>alert(1)</script><img src=x onerror=alert(2)>",
            "\"double\", 'single' & {{ 7 * 7 }} \\ \\n",
            "😀 é ß 漢字 \u202e\u0000\ud7ff".replace("\u0000", "\u2028"),
        ],
    )
    def test_textIsNeverMarkup(self, people: People, url: str, text: str) -> None:
        """Text that looks like markup comes back as text."""
        page = people.shared(url)
        page.get_by_label("Say something").fill(text)
        typed = page.get_by_label("Say something").input_value()
        page.get_by_role("button", name="Send").click()
        line = page.get_by_role("log").locator("p")
        expect(line).to_have_count(1)
        assert line.evaluate("(node) => node.textContent") == typed
        assert line.evaluate("(node) => node.childElementCount") == 0

    def test_linesComeBackInOrder(self, people: People, url: str) -> None:
        """Lines come back in the order in which they were typed."""
        page = people.shared(url)
        field = page.get_by_label("Say something")
        lines = [f"line {number}" for number in range(30)]
        for line in lines:
            field.fill(line)
            page.keyboard.press("Enter")
        expect(page.get_by_role("log").locator("p")).to_have_text(lines)

    def test_submitStaysOnThePage(self, people: People, url: str) -> None:
        """Submitting the form loads no other page: the URL has no query."""
        page = people.shared(url)
        page.get_by_label("Say something").fill("stay")
        page.get_by_label("Say something").press("Enter")
        expect(page.get_by_role("log")).to_have_text("stay")
        assert page.url == url

    def test_htmlIsCompleteWithoutScripts(self, people: People, url: str) -> None:
        """The HTML is complete before any script runs."""
        response = people.window().request.get(url)
        assert "<h1>Echo</h1>" in response.text()
