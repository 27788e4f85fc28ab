"""Tests of the chat example, as people use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.acceptance.browser.chat import enter, expectLines, lines, said, say
from tests.acceptance.browser.people import BACK, KINDS, People, connected, state
from tests.acceptance.browser.proxy import Proxy
from tests.support.processes import Server

#: For tests that run over each transport.
EACH_KIND = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def kind() -> str:
    """Return the transport that is offered."""
    return KINDS[0]


@pytest.fixture
def path(room: str, kind: str) -> str:
    """Return the path of a room of the test, which is empty at first."""
    return room + kind


@pytest.fixture
def url(rooms: Server, path: str) -> str:
    """Return the URL of the test's room."""
    return rooms.url + path


class TestRoom:
    """Several people in one room."""

    @EACH_KIND
    def test_twoPeopleSeeTheSameConversation(self, people: People, url: str) -> None:
        """Two people who talk see the same lines, the later one from then on."""
        ada = enter(people.shared(url), "ada")
        expectLines(ada, 1)
        bob = enter(people.shared(url), "bob")
        for number in range(5):
            say(ada, f"a{number} <b>&")
            say(bob, f"b{number}")
        expectLines(ada, 12)
        expectLines(bob, 11)
        assert lines(ada)[:2] == ["ada has joined the room", "bob has joined the room"]
        assert lines(ada)[1:] == lines(bob)
        assert said(bob, "ada") == [f"ada: a{number} <b>&" for number in range(5)]
        assert said(ada, "bob") == [f"bob: b{number}" for number in range(5)]
        expect(ada.get_by_text("Logged in as ada")).to_be_visible()

    def test_blankLineIsNotSaid(self, people: People, url: str) -> None:
        """A line of spaces is not said."""
        ada = enter(people.shared(url), "ada")
        say(ada, "   ")
        say(ada, "x")
        expectLines(ada, 2)
        assert lines(ada)[1] == "ada: x"

    def test_longLineShowsAnError(self, people: People, url: str) -> None:
        """A line that is too long shows an error next to its field until the next is said."""
        ada = enter(people.shared(url), "ada")
        say(ada, "x" * 2001)
        expect(ada.get_by_role("alert")).to_have_text("Please say it in at most 2000 characters.")
        expect(ada.get_by_label("Your message")).to_have_attribute("aria-invalid", "true")
        say(ada, "x" * 2000)
        expectLines(ada, 2)
        expect(ada.get_by_label("Your message")).not_to_have_attribute("aria-invalid", "true")

    def test_onlookerSeesNothing(self, people: People, url: str) -> None:
        """A person who has not logged in sees nothing of the conversation."""
        onlooker = people.shared(url)
        ada = enter(people.shared(url), "ada")
        say(ada, "psst")
        expectLines(ada, 2)
        # The onlooker's own event arrives after any that were sent before.
        onlooker.get_by_role("button", name="Enter").click()
        expect(onlooker.get_by_role("alert")).to_be_visible()
        expect(onlooker.get_by_role("log")).to_be_hidden()
        assert onlooker.locator("[role=log]").inner_text() == ""

    def test_wallReachesTheRoomOnly(self, people: People, servers: Callable[..., Server]) -> None:
        """A message from the server reaches everybody in the room, and nobody else."""
        server = servers(lambda: Server.site("mounts"))
        url = f"{server.url}support/chat"
        onlooker = people.shared(url)
        inside = [enter(people.shared(url), name) for name in ("ada", "bob")]
        text = "the room closes <soon>"
        onlooker.request.post(f"{server.url}wall?text={quote(text)}")
        for page in inside:
            expect(page.get_by_role("log").get_by_text(text, exact=True)).to_be_visible()
        assert onlooker.locator("[role=log]").inner_text() == ""
        server.check()


class TestForms:
    """Logging in, and use by keyboard."""

    REFUSALS: ClassVar = {
        "": "Please type a name.",
        "  ": "Please type a name.",
        "x" * 31: "Please take a name of at most 30 characters.",
        "a\u200bda": "Please take a name without invisible characters.",
        "ADA": "ADA is already in the room. Please choose another name.",
    }

    def test_refusedNameShowsTheReason(self, people: People, url: str) -> None:
        """A refused name shows the reason next to the field, and another name may be entered."""
        ada = enter(people.shared(url), "ada")
        page = people.shared(url)
        field = page.get_by_label("Choose your name")
        for name, message in self.REFUSALS.items():
            field.fill(name)
            page.get_by_role("button", name="Enter").click()
            expect(page.get_by_role("alert")).to_have_text(message)
            expect(field).to_have_accessible_description(message)
            expect(field).to_have_attribute("aria-invalid", "true")
            expect(field).to_be_focused()
            expect(field).to_have_value(name)
            expect(page.get_by_role("log")).to_be_hidden()
        field.fill("ada's friend")
        field.press("Enter")
        expect(page.get_by_role("log")).to_be_visible()
        expect(page.get_by_role("alert")).to_be_hidden()
        expectLines(ada, 2)

    def test_keyboardIsEnough(self, people: People, url: str) -> None:
        """The keyboard is enough to reach and do everything."""
        page = people.shared(url)
        expect(page.get_by_label("Choose your name")).to_be_focused()
        page.keyboard.type("ada")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Enter")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_label("Your message")).to_be_focused()
        page.keyboard.type("by Enter")
        page.keyboard.press("Enter")
        expectLines(page, 2)
        page.keyboard.type("by the button")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Send")).to_be_focused()
        page.keyboard.press("Space")
        expectLines(page, 3)
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Shift+Tab")
        expect(page.get_by_role("log", name="Conversation")).to_be_focused()
        assert lines(page)[1:] == ["ada: by Enter", "ada: by the button"]


class TestLook:
    """The style sheet."""

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_colorsFollowTheSystem(
        self, people: People, url: str, scheme: Literal["light", "dark"]
    ) -> None:
        """The colors follow the person's scheme, with CSS that browsers of 2023 support."""
        page = people.window(url)
        page.emulate_media(color_scheme=scheme)
        ink, paper = page.evaluate(
            """() => {
                 const { color, backgroundColor } = getComputedStyle(document.body);
                 const red = (text) => Number(text.match(/[0-9]+/)[0]);
                 return [red(color), red(backgroundColor)]; }"""
        )
        assert (ink > paper) == (scheme == "dark")
        sheet = page.locator("link[rel=stylesheet]").evaluate("({ href }) => href")
        assert "light-dark(" not in page.request.get(sheet).text()


@pytest.mark.usefixtures("lossy")
class TestLoss:
    """Two people, one of whom loses the network for a while."""

    @pytest.fixture
    def network(self, rooms: Server, proxy: Callable[..., Proxy]) -> Proxy:
        return proxy(rooms)

    @EACH_KIND
    def test_linesTypedMeanwhileArriveLater(
        self, people: People, url: str, path: str, network: Proxy
    ) -> None:
        """Lines typed during a loss arrive later at both people, once and in order."""
        ada = enter(people.shared(url), "ada")
        bob = enter(people.window(network.url + path), "bob")
        banner = bob.get_by_role("status")

        def talk(first: int, last: int) -> None:
            for number in range(first, last):
                say(ada, f"line {number}")
                say(bob, f"line {number}")

        talk(0, 5)
        expectLines(ada, 12)
        network.refuse()
        network.cut()
        state(bob, "offline")
        talk(5, 15)
        expect(banner).to_have_text("Connection lost. Reconnecting …")
        expectLines(ada, 22)
        assert len(said(bob, "bob")) <= 5
        network.accept()
        connected(bob, BACK)
        talk(15, 20)
        expectLines(ada, 42)
        expectLines(bob, 41)
        expect(banner).to_be_hidden()
        assert lines(ada)[1:] == lines(bob)
        for name in ("ada", "bob"):
            assert said(ada, name) == [f"{name}: line {number}" for number in range(20)]

    def test_shortLossShowsNoBanner(self, people: People, path: str, network: Proxy) -> None:
        """A loss that is over in a moment shows no banner."""
        # Without random delays, it reconnects after 0.1 s.
        bob = enter(people.window(network.url + path, script="Math.random = () => 0;"), "bob")
        bob.evaluate(
            """() => new MutationObserver(() => {
                 const banner = document.querySelector("[role=status]:not(:empty)");
                 if (banner) globalThis.bannerSeen = true;
               }).observe(document.body, { childList: true, subtree: true })"""
        )
        network.cut()
        connected(bob)
        say(bob, "still here")
        expectLines(bob, 2)
        assert bob.evaluate("() => globalThis.bannerSeen") is None
