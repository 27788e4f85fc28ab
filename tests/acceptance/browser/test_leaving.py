"""Tests of leaving and returning, over each transport: tabs, the Back button, restarts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect

from tests.acceptance.browser.chat import enter, expectLines
from tests.acceptance.browser.chromium import ARGUMENTS, START, findChromium
from tests.acceptance.browser.exchange import exchange, expectAll
from tests.acceptance.browser.loads import COUNT_LOADS, loads
from tests.acceptance.browser.people import BACK, People, connected, state
from tests.support.processes import Server

SERVER = partial(Server.site, "network")

pytestmark = pytest.mark.usefixtures("lossy")


@pytest.fixture(scope="module")
def keeping(chromium: Browser) -> Iterator[Browser]:
    """Return a browser with its back/forward cache, which Playwright disables."""
    browser = launch(chromium.browser_type)
    yield browser
    browser.close()


class TestClosing:
    """Tabs that are closed or go to another page."""

    def test_closedTabEndsItsPage(self, people: People, server: Server, kind: str) -> None:
        """A closed tab ends its page on the server, and no line typed last is lost.

        A page that is lost, and not left, stays for a minute.
        """
        url = f"{server.url}{kind}/chat"
        names = ("ada", "bob", "carl")
        ada, bob, carl = (enter(people.window(url), name) for name in names)
        expectLines(ada, 3)
        bob.get_by_label("Your message").fill("bye")
        # The line is in transit when the tab is closed.
        bob.evaluate("() => { document.querySelector('form:not([hidden])').requestSubmit(); }")
        bob.close()
        carl.goto("about:blank")
        expect(ada.get_by_text("bob: bye")).to_be_visible()
        expect(ada.get_by_text("bob has left the room")).to_be_visible(timeout=BACK)
        expect(ada.get_by_text("carl has left the room")).to_be_visible(timeout=BACK)
        # The names are available again.
        enter(people.window(url), "bob")
        ada.close()
        server.check()


class TestReturning:
    """The Back button."""

    def test_cachedPageGoesOn(self, keeping: Browser, server: Server, kind: str) -> None:
        """A page from the back/forward cache goes on where it was."""
        people = People(keeping, [])
        page = people.window(f"{server.url}{kind}/counting")
        exchange(page, 20)
        expect(page.locator("[name=answered]")).to_have_text("20")
        page.evaluate("() => { document.title = 'kept'; }")
        page.goto(f"{server.url}{kind}/echo")
        back(page)
        expect(page).to_have_title("kept")
        page.evaluate("() => { widget.send(20, 20); }")
        expect(page.locator("[name=answered]")).to_have_text("40")
        report = page.evaluate("() => widget.callRemote('report')")
        assert report["got"] == list(range(40))
        people.check()
        server.check()

    def test_cachedPageThatComesTooLateIsReplaced(
        self, keeping: Browser, server: Server, kind: str
    ) -> None:
        """A cached page whose session has ended gets a fresh page by itself, each time."""
        people = People(keeping, [])
        witness = enter(people.window(f"{server.url}{kind}/chat"), "witness")
        page = people.window()
        for number in range(2):
            page.goto(f"{server.url}{kind}/chat")
            enter(page, f"guest {number}")
            page.goto("about:blank")
            left = witness.get_by_text(f"guest {number} has left the room")
            expect(left).to_be_visible(timeout=BACK)
            back(page)
            expect(page.get_by_label("Choose your name")).to_be_visible()
            connected(page)
        people.check()

    def test_pageOutsideTheCacheIsLoadedAnew(
        self, people: People, server: Server, kind: str
    ) -> None:
        """Without the cache, the Back button loads a new page from the server, which works."""
        page = people.shared(f"{server.url}{kind}/counting")
        page.goto("about:blank")
        page.go_back()
        connected(page)
        assert page.evaluate("() => performance.getEntriesByType('navigation')[0].type") == (
            "back_forward"
        )
        exchange(page, 5)
        expectAll(page, 5)
        server.check()


class TestRestoring:
    """A browser that is restarted, with the tabs that it had."""

    def test_restoredTabWorks(
        self, chromium: Browser, server: Server, kind: str, tmp_path: Path
    ) -> None:
        """Each tab of a restored session gets a working page."""
        url = f"{server.url}{kind}/counting"
        first = persistent(chromium.browser_type, tmp_path)
        page = first.new_page()
        page.goto(url)
        connected(page)
        first.close()
        again = persistent(chromium.browser_type, tmp_path, "--restore-last-session")
        restored = next((page for page in again.pages if page.url == url), None)
        if restored is None:
            restored = again.wait_for_event("page", lambda page: page.url == url)
        connected(restored)
        exchange(restored, 5)
        expectAll(restored, 5)
        again.close()
        server.check()


class TestRestart:
    """A restart of the server."""

    def test_typedTextSurvivesARestart(
        self, people: People, serve: Callable[..., Server], kind: str
    ) -> None:
        """The page reloads by itself, once, and keeps the text typed in its field."""
        options = [f"--transports={kind}"]
        first = serve("examples.chat.chat", options=options)
        page = enter(people.window(first.url, script=COUNT_LOADS), "ada")
        page.get_by_label("Your message").fill("as I was ")
        first.stop()
        state(page, "offline")
        page.get_by_label("Your message").press_sequentially("saying")
        serve("examples.chat.chat", first.port, options=options)
        page.wait_for_event("load", timeout=BACK)
        connected(page)
        enter(page, "ada")
        expect(page.get_by_label("Your message")).to_have_value("as I was saying")
        page.get_by_label("Your message").press("Enter")
        expect(page.get_by_text("ada: as I was saying")).to_be_visible()
        assert loads(page) == 2


def back(page: Page) -> None:
    """Press the Back button. A page restored from the cache is not loaded: do not wait for that."""
    with page.expect_navigation(url=re.compile("127.0.0.1"), wait_until="commit"):
        # In a separate turn, or the page may be gone before it has answered.
        page.evaluate("() => { setTimeout(() => history.back()); }")


def launch(browserType: BrowserType) -> Browser:
    """Return a browser with its back/forward cache."""
    return browserType.launch(
        executable_path=findChromium(),
        args=ARGUMENTS,
        timeout=START,
        ignore_default_args=["--disable-back-forward-cache"],
    )


def persistent(browserType: BrowserType, folder: Path, *arguments: str) -> BrowserContext:
    """Return a browser that keeps its session in a folder."""
    return browserType.launch_persistent_context(
        folder, executable_path=findChromium(), args=[*ARGUMENTS, *arguments], timeout=START
    )
