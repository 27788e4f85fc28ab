"""Browser windows that share nothing, and whose consoles are watched."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, WebError, expect

#: The transports, the best one first.
KINDS = ("websocket", "eventstream", "longpoll")


#: Milliseconds that anything in the browser may take, unless a test allows more.
PATIENCE = 10_000


#: Frames of a window within which an error reaches its console.
FRAMES = 1_000

#: The same for a reconnection, whose backoff doubles with each attempt.
BACK = 30_000


# Turns a violation of the policy into an error that is watched for.
WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`violates the policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


class Shared:
    """A window that several tests use, one after the other."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._session = page.context.new_cdp_session(page)
        self._session.send("Page.enable")
        self._scripts: list[str] = []

    def run(self, script: str) -> None:
        """Run this in every document before anything else, until the window is cleared."""
        if script:
            # Unlike a script of Playwright's add_init_script, this one can be removed.
            made = self._session.send("Page.addScriptToEvaluateOnNewDocument", {"source": script})
            self._scripts.append(made["identifier"])

    def clear(self) -> bool:
        """Make the window like new for the next test. Return false if it must be closed instead."""
        page = self.page
        # Storage can only be cleared from its own origin.
        if page.is_closed() or not page.url.startswith("http"):
            return False
        page.unroute_all()
        for identifier in self._scripts:
            self._session.send(
                "Page.removeScriptToEvaluateOnNewDocument", {"identifier": identifier}
            )
        self._scripts = []
        page.evaluate("() => { sessionStorage.clear(); localStorage.clear(); }")
        page.goto("about:blank")
        page.context.clear_cookies()
        return True


class People:
    """A factory of isolated browser windows, whose consoles are watched.

    @ivar errors: the errors of the consoles and the pages.
    """

    def __init__(self, browser: Browser, spares: list[Shared]) -> None:
        self._browser = browser
        self._spares = spares
        self._shared: list[Shared] = []
        self._contexts: list[BrowserContext] = []
        self._allowed: list[str] = []
        self.errors: list[str] = []

    def window(
        self, url: str | None = None, *, script: str = "", anyCertificate: bool = False
    ) -> Page:
        """Open a page in a context of its own; with a URL, wait until it is connected.

        @param script: runs in every document before anything else does.
        @param anyCertificate: whether to accept a self-signed certificate.
        """
        context = self._context(anyCertificate)
        self._contexts.append(context)
        context.add_init_script(WATCH_POLICY + script)
        self._watch(context)
        page = context.new_page()
        if url is not None:
            page.goto(url)
            connected(page)
        return page

    def allow(self, pattern: str) -> None:
        """Allow errors that match a pattern for the whole test."""
        self._allowed.append(pattern)

    def shared(self, url: str | None = None, *, script: str = "") -> Page:
        """Open a page in a window that another test may have used before.

        This takes a third of the work. It is not for tests that change the window's size or look,
        open windows from it, visit several origins, listen to its events, or break connections:
        Chromium delays a window whose WebSockets have failed.
        """
        if self._spares:
            shared = self._spares.pop()
        else:
            context = self._context()
            context.add_init_script(WATCH_POLICY)
            shared = Shared(context.new_page())
        self._watch(shared.page.context)
        self._shared.append(shared)
        shared.run(script)
        page = shared.page
        if url is not None:
            page.goto(url)
            connected(page)
        return page

    def waitForError(self, page: Page, text: str) -> None:
        """Wait for an error that contains a text, and allow it."""
        self.allow(re.escape(text))
        for _ in range(FRAMES):
            if any(text in error for error in self.errors):
                return
            page.evaluate("() => new Promise(requestAnimationFrame)")
        raise AssertionError(f"no {text!r} in {self.errors}")

    def close(self) -> None:
        """Close the windows."""
        while self._contexts:
            self._contexts.pop().close()
        while self._shared:
            shared = self._shared.pop()
            kept = shared.clear()
            shared.page.context.remove_listener("console", self._said)
            shared.page.context.remove_listener("weberror", self._failed)
            if kept:
                self._spares.append(shared)
            else:
                shared.page.context.close()

    def check(self) -> None:
        """Close the windows, and fail if there was an error that is not allowed."""
        self.close()
        bad = [
            error
            for error in self.errors
            if not any(re.search(pattern, error) for pattern in self._allowed)
        ]
        assert bad == []

    def _watch(self, context: BrowserContext) -> None:
        context.on("console", self._said)
        context.on("weberror", self._failed)

    def _context(self, anyCertificate: bool = False) -> BrowserContext:
        context = self._browser.new_context(ignore_https_errors=anyCertificate)
        context.set_default_timeout(PATIENCE)
        return context

    def _failed(self, error: WebError) -> None:
        self.errors.append(f"uncaught: {error.error.name}: {error.error}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.type}: {message.text} ({message.location['url']})")


def connected(page: Page, timeout: float | None = None) -> None:
    """Wait until a page is connected."""
    state(page, "connected", timeout)


def state(page: Page, wanted: str, timeout: float | None = None) -> None:
    """Wait until a page is in a state."""
    expect(page.locator("html")).to_have_attribute("data-live-state", wanted, timeout=timeout)
