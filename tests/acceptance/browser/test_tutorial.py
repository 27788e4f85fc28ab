"""Tests in Chromium of the results that the tutorial promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.acceptance.browser.people import BACK, People, connected
from tests.support.processes import Server
from tests.support.tutorial import Reader


@pytest.fixture
def serve(people: People, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Return a function that serves the code after a section. The servers end after the windows."""
    reader = Reader(tmp_path)
    with ExitStack() as stack:

        def start(section: str, port: int = 0, after: str = "") -> Server:
            server = reader.serve(section, port, after)
            stack.callback(server.stop)
            server.waitUntilServing()
            return server

        yield start
        people.close()


def say(page: Page, text: str) -> None:
    """Type something and press Enter."""
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your message")).to_have_value("")


def lines(page: Page) -> Locator:
    """Return the lines of an echo or a conversation."""
    return page.get_by_role("log").locator("p")


class TestEcho:
    """Steps 1 to 5."""

    def test_pageShowsTheHeading(self, people: People, serve: Callable[..., Server]) -> None:
        """The page shows the heading."""
        page = people.shared(serve("A page").url)
        expect(page.get_by_role("heading")).to_have_text("Echo")

    def test_answerStandsBelowTheField(self, people: People, serve: Callable[..., Server]) -> None:
        """The server's answer appears below the field."""
        page = people.shared(serve("The browser asks the server").url)
        say(page, "hello")
        expect(lines(page)).to_have_text(["You said: hello"])

    def test_pageGreetsFirst(self, people: People, serve: Callable[..., Server]) -> None:
        """The page greets a visitor who has not typed anything."""
        page = people.shared(serve("The server calls the browser").url)
        expect(lines(page)).to_have_text(["Hello from the server."])
        say(page, "hello")
        expect(lines(page)).to_have_text(["Hello from the server.", "You said: hello"])

    def test_finishedEchoWorks(self, people: People, serve: Callable[..., Server]) -> None:
        """The finished echo has a style sheet, and each of two people hears their own lines."""
        server = serve("A style sheet")
        ada, bob = (people.shared(server.url) for _ in range(2))
        for page, text in ((ada, "<b>one</b>"), (bob, "two")):
            say(page, text)
            expect(lines(page)).to_have_text(["Hello from the server.", f"You said: {text}"])
        margins = ada.locator("main").evaluate("(node) => getComputedStyle(node).padding")
        assert margins == "16px"


class TestChat:
    """Steps 6 to 8."""

    def enter(self, page: Page, name: str) -> Page:
        """Type a name and press Enter."""
        page.get_by_label("Your name").fill(name)
        page.keyboard.press("Enter")
        return page

    def test_lineStandsInBothWindows(self, people: People, serve: Callable[..., Server]) -> None:
        """A line said in one window appears in both."""
        server = serve("A room for everybody")
        pages = [people.shared(server.url) for _ in range(2)]
        for number, page in enumerate(pages):
            say(page, f"line {number}")
            for other in pages:
                expect(lines(other)).to_have_text([f"line {n}" for n in range(number + 1)])

    def test_adaReadsAboutBob(self, people: People, serve: Callable[..., Server]) -> None:
        """Ada reads that bob has joined, his lines, and that he has left."""
        server = serve("Names")
        ada = self.enter(people.shared(server.url), "ada")
        bob = self.enter(people.shared(server.url), "bob")
        say(bob, "hello")
        wanted = ["ada has joined the room", "bob has joined the room", "bob: hello"]
        expect(lines(ada)).to_have_text(wanted)
        expect(lines(bob)).to_have_text(wanted[1:])
        bob.close(run_before_unload=True)
        expect(lines(ada)).to_have_text([*wanted, "bob has left the room"])

    def test_finishedChatWorks(self, people: People, serve: Callable[..., Server]) -> None:
        """The finished chat refuses a name that is taken, and accepts another."""
        server = serve("Errors")
        ada = self.enter(people.shared(server.url), "ada")
        bob = self.enter(people.shared(server.url), "ada")
        taken = "ada is already in the room. Please choose another name."
        expect(bob.get_by_role("alert")).to_have_text(taken)
        self.enter(bob, " ")
        expect(bob.get_by_role("alert")).to_have_text("Please type a name.")
        expect(bob.get_by_role("log")).to_be_hidden()
        self.enter(bob, "bob")
        expect(bob.get_by_label("Your message")).to_be_focused()
        say(ada, "hello <b>bob</b>")
        say(bob, "hello ada")
        wanted = ["bob has joined the room", "ada: hello <b>bob</b>", "bob: hello ada"]
        expect(lines(bob)).to_have_text(wanted)
        expect(lines(ada)).to_have_text(["ada has joined the room", *wanted])

    def test_topicReplacesTheLoop(self, people: People, serve: Callable[..., Server]) -> None:
        """The chat works the same with a topic instead of the loop."""
        server = serve("Errors", after="One message for all")
        ada, bob = (self.enter(people.window(server.url), name) for name in ("ada", "bob"))
        say(bob, "hello")
        wanted = ["ada has joined the room", "bob has joined the room", "bob: hello"]
        expect(lines(ada)).to_have_text(wanted)
        expect(lines(bob)).to_have_text(wanted[1:])
        bob.close(run_before_unload=True)
        expect(lines(ada)).to_have_text([*wanted, "bob has left the room"])

    @pytest.mark.usefixtures("lossy")
    def test_openPageReloadsAfterARestart(
        self, people: People, serve: Callable[..., Server]
    ) -> None:
        """A page that is open when the server is restarted reloads by itself."""
        server = serve("A room for everybody")
        page = people.window(server.url)
        server.stop()
        serve("Names", server.port)
        expect(page.get_by_label("Your name")).to_be_visible(timeout=BACK)
        connected(page)
        self.enter(page, "ada")
        expect(lines(page)).to_have_text(["ada has joined the room"])
