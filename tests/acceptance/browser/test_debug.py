"""Tests of failures as a developer sees them with C{debug}, and of none shown without it."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.acceptance.browser.people import People, connected, state
from tests.support.processes import Server

SERVER = partial(Server.site, "debugging")

pytestmark = pytest.mark.usefixtures("checked")

ELEMENTS = Path(__file__).parent / "elements"
MODULE = ELEMENTS / "js" / "Debugging.js"


def lineOf(path: Path, part: str) -> int:
    """Return the number of the line with a text in a file."""
    (number,) = (n for n, line in enumerate(path.read_text().split("\n"), 1) if part in line)
    return number


def overlay(page: Page) -> Locator:
    """Return the overlay that shows failures."""
    return page.get_by_role("alertdialog")


def press(page: Page, name: str) -> None:
    """Press a button of the element."""
    page.get_by_role("button", name=name, exact=True).click()


def said(page: Page, part: str = "[") -> Any:
    """Wait until the widget shows a text with this part, and return that text."""
    node = page.locator("[name=said]")
    expect(node).to_contain_text(part)
    return json.loads(node.inner_text())


@pytest.fixture
def page(people: People, server: Server) -> Page:
    """Return a page of a debugged element."""
    people.allow("^uncaught: ")
    return people.shared(f"{server.url}debug/element")


class TestPython:
    """Failures on the server."""

    def test_failedCallShowsTheTraceback(self, page: Page, server: Server) -> None:
        """A call that failed shows the Python traceback, as text."""
        server.expectTracebacks(1)
        press(page, "crash")
        shown = overlay(page)
        expect(shown.get_by_role("heading")).to_have_text("ValueError")
        expect(shown).to_contain_text("<b>the password</b> is swordfish")
        stack = shown.get_by_role("region", name="Python traceback")
        line = lineOf(ELEMENTS / "debugging.py", "raise ValueError")
        expect(stack).to_contain_text(f'debugging.py", line {line}, in stumble')
        errorId = re.search("log has it as error ([0-9a-f]{8})", shown.inner_text())
        assert errorId is not None
        server.waitForLine(f"error {errorId[1]} in 'crash'")

    def test_failedCallWithoutAnswerShowsTheTraceback(self, page: Page, server: Server) -> None:
        """A failed call that wants no answer shows the Python traceback too."""
        server.expectTracebacks(1)
        press(page, "crash only")
        shown = overlay(page)
        expect(shown).to_contain_text("in DebuggingElement.crash")
        expect(shown.get_by_role("region")).to_contain_text("in stumble")

    def test_failedHookShowsTheTraceback(self, people: People, server: Server) -> None:
        """A hook that failed shows the traceback, on a page that goes on."""
        server.expectTracebacks(1)
        page = people.shared(f"{server.url}debug/badly")
        shown = overlay(page)
        expect(shown.get_by_role("heading")).to_have_text("KeyError")
        expect(shown).to_contain_text("no room is called lobby")
        expect(shown).to_contain_text("in MadeBadlyElement.connectionMade")
        page.keyboard.press("Escape")
        press(page, "catch")
        assert said(page)[0] == "LiveError"

    def test_caughtLiveErrorShowsNothing(self, page: Page) -> None:
        """A LiveError shows nothing when it is caught, and its message otherwise."""
        press(page, "catch")
        assert said(page)[:2] == ["LiveError", "the room is closed"]
        expect(overlay(page)).to_have_count(0)
        press(page, "refuse")
        expect(overlay(page).get_by_role("heading")).to_have_text("LiveError")
        expect(overlay(page)).to_contain_text("the room is closed")


class TestJavaScript:
    """Failures in the browser."""

    def test_uncaughtErrorIsShownAndLogged(self, page: Page, server: Server) -> None:
        """An uncaught error is shown; the server's log has its line on disk."""
        press(page, "stumble")
        shown = overlay(page)
        expect(shown.get_by_role("heading")).to_have_text("TypeError")
        line = lineOf(MODULE, "return thing.name")
        stack = shown.get_by_role("region", name="JavaScript stack")
        expect(stack).to_contain_text(re.compile(rf"stumble  Debugging\.js:{line}:\d+"))
        expect(stack).to_contain_text("return thing.name;")
        link = stack.get_by_role("link").first
        expect(link).to_have_attribute("href", re.compile(r"^http://.*/_live/js/.*/Debugging\.js$"))
        server.waitForLine("an error in the browser: TypeError: .*undefined")
        server.waitForLine(re.escape(f'File "{MODULE}", line {line}, in DebuggingWidget.stumble'))
        server.waitForLine(r"^\t    return thing\.name;$")

    def test_unhandledRejectionIsShown(self, page: Page, server: Server) -> None:
        """A rejected promise that nobody handles is shown."""
        press(page, "reject")
        expect(overlay(page)).to_contain_text("nobody waits")
        server.waitForLine("an error in the browser: RangeError: nobody waits")

    def test_failedWidgetMethodRaisesJSError(self, page: Page) -> None:
        """A widget method that the server called fails in Python as a JSError with frames."""
        press(page, "ask")
        shown = overlay(page)
        expect(shown).to_contain_text("in hear")
        expect(shown.get_by_role("region", name="JavaScript stack")).to_contain_text("stumble")
        page.keyboard.press("Escape")
        text, *frames = said(page)
        assert text.startswith("TypeError: ")
        assert [[function, file, line] for function, file, line, _ in frames] == [
            ["DebuggingWidget.hear", str(MODULE), lineOf(MODULE, "this.stumble(thing.part)")],
            ["DebuggingWidget.stumble", str(MODULE), lineOf(MODULE, "return thing.name")],
        ]

    def test_failureThatNobodyAwaitsIsLogged(self, page: Page, server: Server) -> None:
        """A failure that nothing awaits on the server is logged with its line on disk."""
        press(page, "forget")
        expect(overlay(page)).to_contain_text("in hear")
        server.waitForLine("a call failed in the browser: TypeError: ")
        server.waitForLine(
            re.escape(f'File "{MODULE}", line {lineOf(MODULE, "return thing.name")}')
        )


class TestStart:
    """Widgets that cannot be made."""

    def test_syntaxErrorIsShownWithItsLine(self, people: People, server: Server) -> None:
        """A module with a syntax error is shown with the line; the rest of the page works."""
        people.allow("^uncaught: ")
        page = people.shared(f"{server.url}debug/half")
        shown = overlay(page)
        expect(shown.get_by_role("heading")).to_have_text("SyntaxError")
        expect(shown).to_contain_text("in Broken")
        expect(shown.get_by_role("link")).to_have_text(re.compile(r"Broken\.js:5:\d+"))
        server.waitForLine("an error in the browser, in Broken: SyntaxError: ")
        server.waitForLine(re.escape(f'File "{ELEMENTS / "js" / "Broken.js"}", line 5'))
        shown.get_by_role("button", name="Close").click()
        press(page, "catch")
        assert said(page)[0] == "LiveError"

    def test_pageWithoutOtherWidgetsReports(self, people: People, server: Server) -> None:
        """A page without another widget connects too, so that the server's log has it."""
        people.allow("^uncaught: ")
        page = people.shared(f"{server.url}debug/broken")
        expect(overlay(page).get_by_role("heading")).to_have_text("SyntaxError")

    def test_misspeltClassShowsWhatExists(self, people: People, server: Server) -> None:
        """A missing class shows which classes exist and which may be meant."""
        people.allow("^uncaught: ")
        page = people.shared(f"{server.url}debug/misspelt")
        text = (
            "the module Misspelt exports no DebugingWidget; "
            "it exports: DebuggingWidget; did you mean DebuggingWidget?"
        )
        expect(overlay(page)).to_contain_text(text)
        server.waitForLine(re.escape(text))

    def test_missingModuleIsNamed(self, people: People, server: Server) -> None:
        """A missing module is named."""
        people.allow("^uncaught: ")
        people.allow(r"Debugging\.js")
        page = people.window()
        page.route("**/Debugging.js", lambda route: route.fulfill(status=404))
        page.goto(f"{server.url}debug/element")
        connected(page)
        expect(overlay(page)).to_contain_text("Debugging.js")
        server.waitForLine("an error in the browser, in Debugging: TypeError: .*Debugging\\.js")


class TestOverlay:
    """Use of the overlay."""

    def test_errorsAreBrowsed(self, page: Page, server: Server) -> None:
        """The newest error is shown first, the others can be browsed, closing drops them."""
        page.evaluate(
            """() => { for (const text of ["one", "two", "two", "three"])
                 setTimeout(() => { throw new Error(text); }); }"""
        )
        shown = overlay(page)
        earlier, later = (shown.get_by_role("button", name=name) for name in ("Earlier", "Later"))
        expect(shown).to_contain_text("three")
        count = shown.locator(".count")
        # Equal errors are merged, except for their origin.
        expect(count).to_have_text("3 of 3")
        expect(later).to_be_disabled()
        earlier.click()
        expect(shown).to_contain_text("two")
        earlier.click()
        expect(shown).to_contain_text("one")
        expect(earlier).to_be_disabled()
        later.click()
        expect(count).to_have_text("2 of 3")
        shown.get_by_role("button", name="Close").click()
        expect(shown).to_have_count(0)
        press(page, "stumble")
        expect(shown).to_contain_text("TypeError")
        expect(count).to_be_hidden()

    def test_focusIsTrappedAndRestored(self, page: Page) -> None:
        """The focus stays in the overlay while it is open, and returns after Escape."""
        button = page.get_by_role("button", name="stumble")
        button.focus()
        page.keyboard.press("Enter")
        expect(overlay(page).get_by_role("button", name="Close")).to_be_focused()
        page.keyboard.press("Escape")
        expect(overlay(page)).to_have_count(0)
        expect(button).to_be_focused()

    @pytest.mark.parametrize("width", [390, 1280])
    def test_longLinesScrollInTheOverlay(self, people: People, server: Server, width: int) -> None:
        """Long lines scroll in the overlay and not in the page, and all of it is visible."""
        server.expectTracebacks(1)
        page = people.window(f"{server.url}debug/element")
        page.set_viewport_size({"width": width, "height": 700})
        press(page, "crash only")
        shown = overlay(page)
        expect(shown).to_be_visible()
        sizes = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
        assert sizes[0] <= sizes[1]
        box = shown.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 700
        stack = shown.get_by_role("region")
        assert stack.evaluate("(node) => node.scrollWidth > node.clientWidth")
        expect(shown.get_by_role("button", name="Close")).to_be_in_viewport(ratio=1)


class TestPlain:
    """Without C{debug}."""

    def test_withoutDebugNothingIsShown(self, people: People, server: Server) -> None:
        """Without C{debug} the browser gets an error id only, and the server's log has the line."""
        server.expectTracebacks(2)
        people.allow("^uncaught: ")
        page = people.window()
        urls: list[str] = []

        def asked(request: Request) -> None:
            urls.append(request.url)

        page.on("request", asked)
        page.goto(f"{server.url}plain/element")
        connected(page)
        before = len(server.lines)
        for name in ("crash", "crash only", "stumble", "reject", "ask"):
            press(page, name)
        text, *frames = said(page, "TypeError")
        assert text.startswith("TypeError: ")
        assert frames[-1][1:3] == [str(MODULE), lineOf(MODULE, "return thing.name")]
        expect(overlay(page)).to_have_count(0)
        assert not any("overlay" in url or "stacks" in url for url in urls)
        assert not any("an error in the browser" in line for line in server.lines[before:])
        opaque = next(error for error in people.errors if "the server failed" in error)
        assert re.search(r"the server failed \(error [0-9a-f]{8}\)", opaque)
        assert "swordfish" not in str(people.errors)

    def test_brokenWidgetLeavesTheRestWorking(self, people: People, server: Server) -> None:
        """A widget that cannot be made is logged in the console, and the rest of the page works."""
        page = people.shared(f"{server.url}plain/half")
        people.waitForError(page, "SyntaxError")
        press(page, "catch")
        assert said(page)[0] == "LiveError"
        expect(overlay(page)).to_have_count(0)

    def test_pageThatCannotStartSaysSo(self, people: People, server: Server) -> None:
        """A page without another widget says that it could not start."""
        page = people.window()
        page.goto(f"{server.url}plain/broken")
        state(page, "gone")
        expect(page.get_by_role("status")).to_contain_text("This page could not start.")
        people.waitForError(page, "SyntaxError")
