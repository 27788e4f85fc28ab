"""Tests of the examples calculator, clock and search, as a person uses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.acceptance.browser.people import People
from tests.support.processes import ROOT, Server

SERVER = partial(Server.script, ROOT / "tests" / "acceptance" / "browser" / "examples_site.py")

EXAMPLES = {
    "calculator": "CalculatorElement",
    "clock": "ClockElement",
    "search": "SearchElement",
}


@pytest.mark.usefixtures("checked")
class TestCalculator:
    """Sums by mouse and by keyboard."""

    @pytest.fixture
    def page(self, people: People, server: Server) -> Page:
        return people.shared(f"{server.url}calculator")

    def test_clicksCalculate(self, page: Page) -> None:
        """Clicked buttons calculate."""
        for name in ("1", "2", "Point", "5", "Times", "4", "Equals"):
            page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_label("Display")).to_have_text("50")
        page.get_by_role("button", name="Clear").click()
        expect(page.get_by_label("Display")).to_have_text("0")

    def test_keysCalculate(self, page: Page) -> None:
        """Keys calculate without a click before, and so do their usual alternatives."""
        page.keyboard.type("12,55")
        for key in ("Backspace", "*", "4", "Enter"):
            page.keyboard.press(key)
        expect(page.get_by_label("Display")).to_have_text("50")
        page.keyboard.press("Escape")
        expect(page.get_by_label("Display")).to_have_text("0")

    def test_enterAfterAClickDoesNotClickAgain(self, page: Page) -> None:
        """Enter calculates after a click, and does not click the button again."""
        page.get_by_role("button", name="7", exact=True).click()
        page.keyboard.type("+1")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Display")).to_have_text("8")

    def test_enterPressesTheFocusedButtonOnce(self, page: Page) -> None:
        """Enter presses the button that has the focus, once."""
        page.get_by_role("button", name="7", exact=True).focus()
        page.keyboard.press("Enter")
        page.keyboard.press("8")
        expect(page.get_by_label("Display")).to_have_text("78")

    def test_otherKeysAreLeftToTheBrowser(self, page: Page) -> None:
        """Shortcuts and keys that the calculator does not use are left to the browser."""
        page.evaluate(
            """() => { globalThis.left = [];
                 document.addEventListener("keydown", (event) => {
                   if (!event.defaultPrevented) globalThis.left.push(event.key); }); }"""
        )
        for key in ("Control+c", "Alt+1", "a", "1", "Tab"):
            page.keyboard.press(key)
        expect(page.get_by_label("Display")).to_have_text("1")
        left = page.evaluate("() => globalThis.left.filter((key) => !key.match(/Control|Alt/))")
        assert left == ["c", "1", "a", "Tab"]

    def test_divisionByZeroIsShown(self, page: Page) -> None:
        """A division by zero is shown on the page until the next key."""
        page.keyboard.type("8/0=")
        alert = page.get_by_role("alert")
        expect(alert).to_have_text("Nothing can be divided by zero.")
        expect(page.get_by_label("Display")).to_have_text("0")
        page.keyboard.type("2=")
        expect(page.get_by_label("Display")).to_have_text("4")
        expect(alert).to_have_text("")

    def test_peopleCalculateSeparately(self, people: People, page: Page, server: Server) -> None:
        """Two people calculate independently."""
        other = people.shared(f"{server.url}calculator")
        page.keyboard.type("4+")
        other.keyboard.type("1+")
        page.keyboard.type("4=")
        other.keyboard.type("1=")
        expect(page.get_by_label("Display")).to_have_text("8")
        expect(other.get_by_label("Display")).to_have_text("2")


@pytest.mark.usefixtures("checked")
class TestClock:
    """The server's clock, which only tests move."""

    def test_timeFollowsTheServer(self, people: People, server: Server) -> None:
        """The time is in the HTML, and follows the server's clock."""
        page = people.shared()
        html = page.request.get(f"{server.url}clock").text()
        assert '<time name="time">00:00:00</time>' in html
        pages = [people.shared(f"{server.url}clock") for _ in range(2)]
        for second in range(1, 4):
            page.request.post(f"{server.url}tick")
            for other in pages:
                expect(other.get_by_role("time")).to_have_text(f"00:00:0{second}")


@pytest.mark.usefixtures("checked")
class TestSearch:
    """Names found while a person types."""

    @pytest.fixture
    def page(self, people: People, server: Server) -> Page:
        """Return a search that records everything that its list has shown."""
        page = people.shared(f"{server.url}search")
        page.get_by_role("combobox").evaluate(
            """(field) => { globalThis.shown = [];
                 const list = document.getElementById(field.getAttribute("aria-controls"));
                 new MutationObserver(() => globalThis.shown.push(list.innerText))
                   .observe(list, { childList: true }); }"""
        )
        return page

    def field(self, page: Page) -> Locator:
        return page.get_by_role("combobox", name="Who was it?")

    def options(self, page: Page) -> Locator:
        return page.get_by_role("listbox", name="Names").get_by_role("option")

    def answer(self, page: Page, text: str) -> None:
        """Have the server answer with the names that contain a text."""
        page.request.post(page.url.replace("search", f"answer?text={text}"))

    def test_namesAppearWhileTyping(self, page: Page) -> None:
        """Names appear while a person types, with the text marked and with ARIA attributes."""
        field = self.field(page)
        expect(field).to_have_attribute("aria-expanded", "false")
        page.keyboard.type("Ho")
        self.answer(page, "Ho")
        expect(self.options(page)).to_have_text(["Betty Holberton", "Grace Hopper", "Tony Hoare"])
        expect(self.options(page).locator("mark")).to_have_text(["Ho"] * 3)
        expect(field).to_have_attribute("aria-expanded", "true")

    def test_answerToAnOlderQuestionIsDropped(self, page: Page) -> None:
        """An answer to an older question that arrives later is never shown."""
        page.keyboard.type("A")
        page.keyboard.type("l")
        self.answer(page, "Al")
        expect(self.options(page)).to_have_text(["Alan Turing", "Alonzo Church", "Frances Allen"])
        self.answer(page, "A")
        # A later message on the same connection shows that this one has arrived.
        page.keyboard.type("o")
        self.answer(page, "Alo")
        expect(self.options(page)).to_have_text(["Alonzo Church"])
        shown = page.evaluate("() => globalThis.shown")
        assert shown == ["Alan Turing\nAlonzo Church\nFrances Allen", "Alonzo Church"]

    def test_emptyFieldEmptiesTheList(self, page: Page) -> None:
        """An empty field empties the list immediately, and late answers are ignored."""
        page.keyboard.type("B")
        self.answer(page, "B")
        expect(self.options(page)).to_have_count(6)
        page.keyboard.type("a")
        # In one evaluation, so that no answer arrives in the meantime.
        count = self.field(page).evaluate(
            """(field) => { field.value = "";
                 field.dispatchEvent(new Event("input"));
                 return document.querySelectorAll("[role=option]").length; }"""
        )
        assert count == 0
        self.answer(page, "Ba")
        page.keyboard.type("Du")
        self.answer(page, "Du")
        expect(page.get_by_role("status").get_by_text("Nobody")).to_be_visible()
        assert "Barbara" not in page.evaluate("() => globalThis.shown.slice(1).join()")

    def test_noMatchIsSaid(self, page: Page) -> None:
        """The page reports that no name was found, until something else is typed."""
        note = page.get_by_role("status").get_by_text("Nobody is called that.")
        page.keyboard.type("Xx")
        self.answer(page, "Xx")
        expect(note).to_be_visible()
        self.field(page).clear()
        expect(note).to_be_hidden()

    def test_arrowsMoveAndEnterTakes(self, page: Page) -> None:
        """Arrows mark one name after another, and wrap around. Enter takes the marked one."""
        field = self.field(page)
        page.keyboard.type("K")
        self.answer(page, "K")
        options = self.options(page)
        expect(options).to_have_count(5)
        for key, index in [("Up", 4), ("Down", 0), ("Up", 4), ("Up", 3), ("Down", 4)]:
            page.keyboard.press(f"Arrow{key}")
            active = options.nth(index)
            expect(active).to_have_attribute("aria-selected", "true")
            expect(page.locator("[aria-selected=true]")).to_have_count(1)
            identity = active.evaluate("(option) => option.id")
            expect(field).to_have_attribute("aria-activedescendant", identity)
        expect(field).to_have_value("K")
        name = options.nth(4).inner_text()
        page.keyboard.press("Enter")
        expect(field).to_have_value(name)
        expect(options).to_have_count(0)
        expect(field).to_have_attribute("aria-expanded", "false")
        expect(field).to_have_attribute("aria-activedescendant", "")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(field).to_have_value(name)

    def test_clickTakesTheName(self, page: Page) -> None:
        """A clicked name is taken, wherever it is clicked; the field has the focus."""
        page.keyboard.type("Gr")
        self.answer(page, "Gr")
        self.options(page).locator("mark").click()
        expect(self.field(page)).to_have_value("Grace Hopper")
        expect(self.field(page)).to_be_focused()
        expect(self.options(page)).to_have_count(0)

    def test_answerAfterTakingOpensNoList(self, page: Page) -> None:
        """An answer that arrives after a name was taken does not open the list again."""
        page.keyboard.type("Ed")
        self.answer(page, "Ed")
        expect(self.options(page)).to_have_count(2)
        page.keyboard.type("s")
        self.options(page).get_by_text("Edsger").click()
        self.answer(page, "Eds")
        page.keyboard.type("!")
        self.answer(page, "Edsger Dijkstra!")
        expect(page.get_by_role("status").get_by_text("Nobody")).to_be_visible()
        assert page.evaluate("() => globalThis.shown.slice(1).join('')") == ""


@pytest.fixture(scope="module")
def command(servers: Callable[..., Server]) -> Callable[[str], Server]:
    """Return a function that serves an example; each is started once."""
    return cache(lambda name: servers(lambda: Server.twistd(f"examples.{name}.{EXAMPLES[name]}")))


class TestCommand:
    """The examples as the command serves them, with their own clock and answers."""

    @pytest.fixture
    def page(
        self, people: People, command: Callable[[str], Server], request: pytest.FixtureRequest
    ) -> Iterator[Page]:
        name = request.param
        server = command(name)
        page = people.window(server.url)
        expect(page.get_by_role("heading")).to_have_text(name.title())
        yield page
        people.close()
        server.check()

    @pytest.mark.parametrize("page", ["clock"], indirect=True)
    def test_realClockTicks(self, page: Page) -> None:
        """The real clock ticks."""
        time = page.get_by_role("time")
        first = time.inner_text()
        expect(time).not_to_have_text(first)

    @pytest.mark.parametrize("page", ["search"], indirect=True)
    def test_slowAnswersEndWithTheRightOne(self, page: Page) -> None:
        """Slow answers end with the right one."""
        page.keyboard.type("Ada")
        expect(page.get_by_role("option")).to_have_text(["Ada Lovelace"])

    @pytest.mark.parametrize("page", EXAMPLES, indirect=True)
    def test_layoutFitsPhoneAndDesktop(self, page: Page) -> None:
        """The page fits a phone and a desktop, and is dark where a person wants it so."""
        schemes: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            ink, paper = page.evaluate(
                """() => {
                     const { color, backgroundColor } = getComputedStyle(document.body);
                     return [color, backgroundColor].map((text) => Number(text.match(/[0-9]+/)[0]));
                   }"""
            )
            assert (ink > paper) == (scheme == "dark")
