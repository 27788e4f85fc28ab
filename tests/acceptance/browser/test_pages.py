"""Tests of the life of a page: restarts, copies, leaving and returning, the end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.acceptance.browser.loads import COUNT_LOADS, loads
from tests.acceptance.browser.people import BACK, People, connected, state
from tests.support.processes import Server

ECHO = "examples.echo.EchoElement"


# Half a second of connection counts as stable here, instead of five.
WELL_SOON = """
const { setTimeout } = globalThis;
globalThis.setTimeout = (callback, delay, ...args) =>
  setTimeout(callback, delay === 5000 ? 500 : delay, ...args);
"""

# Records the first message of the page's first connection.
KEEP_HELLO = """
const { send } = WebSocket.prototype;
WebSocket.prototype.send = function (text) {
  globalThis.hello ??= JSON.parse(text);
  send.call(this, text);
};
"""


@pytest.fixture(scope="module")
def echo(servers: Callable[..., Server]) -> Server:
    """Return a server for the tests that do not end it."""
    return servers(lambda: Server.twistd(ECHO))


@pytest.fixture(scope="module")
def calls(servers: Callable[..., Server]) -> Server:
    """Return a server whose page the application can end."""
    return servers(lambda: Server.site("calls"))


def pageId(page: Page) -> str:
    """Return the id of a page."""
    found = page.evaluate("() => JSON.parse(document.getElementById('livewidget-start').text).page")
    assert isinstance(found, str)
    return found


def expectEcho(page: Page, text: str) -> None:
    """Check that a page works: a typed line comes back."""
    page.get_by_label("Say something").fill(text)
    page.get_by_label("Say something").press("Enter")
    expect(page.get_by_role("log").get_by_text(text)).to_be_visible()


class TestRestart:
    """A restart of the server."""

    @pytest.mark.parametrize("crash", [True, False])
    @pytest.mark.usefixtures("lossy")
    def test_restartGivesAFreshPage(
        self, people: People, serve: Callable[..., Server], crash: bool
    ) -> None:
        """The browser shows that the server is down, and gets a fresh page by itself, once."""
        first = serve(ECHO)
        page = people.window(first.url, script=COUNT_LOADS + WELL_SOON)
        before = pageId(page)
        expectEcho(page, "before")
        first.kill() if crash else first.stop()
        state(page, "offline")
        expect(page.get_by_role("status")).to_contain_text("Connection lost")
        second = serve(ECHO, first.port)
        expect(page.get_by_role("log")).to_be_empty(timeout=BACK)
        connected(page)
        assert pageId(page) != before
        expectEcho(page, "after")
        assert loads(page) == 2
        # The connection is stable: the next restart counts separately.
        page.wait_for_function("() => !('livewidget-reloaded' in sessionStorage)")
        second.kill() if crash else second.stop()
        state(page, "offline")
        third = serve(ECHO, first.port)
        expect(page.get_by_role("log")).to_be_empty(timeout=BACK)
        connected(page)
        assert loads(page) == 3
        third.check()

    @pytest.mark.usefixtures("lossy")
    @pytest.mark.parametrize("how", ["down", "bad gateway"])
    def test_reloadWaitsForAServer(
        self, people: People, serve: Callable[..., Server], how: str
    ) -> None:
        """The page does not reload to an error while no server answers, but waits for one."""
        asked: list[str] = []

        def noServer(route: Route) -> None:
            if route.request.method != "HEAD" or len(asked) >= 2:
                route.continue_()
                return
            asked.append(route.request.method)
            if how == "down":
                route.abort("connectionrefused")
            else:
                route.fulfill(status=502)

        people.allow("502")
        first = serve(ECHO)
        page = people.window(first.url, script=COUNT_LOADS + WELL_SOON)
        page.route(first.url, noServer)
        first.stop()
        state(page, "offline")
        serve(ECHO, first.port)
        expect(page.get_by_role("status")).to_contain_text("Getting a fresh one", timeout=BACK)
        connected(page, BACK)
        expectEcho(page, "after")
        assert asked == ["HEAD", "HEAD"]
        assert loads(page) == 2

    @pytest.mark.usefixtures("lossy")
    def test_repeatedRestartsReloadOncePerMinute(
        self, people: People, serve: Callable[..., Server]
    ) -> None:
        """A page reloads by itself once per minute, or when a person asks for it."""
        first = serve(ECHO)
        # No connection counts as stable here.
        never = "Storage.prototype.removeItem = () => {};"
        page = people.window(first.url, script=COUNT_LOADS + never)
        first.stop()
        state(page, "offline")
        second = serve(ECHO, first.port)
        page.wait_for_event("load", timeout=BACK)
        connected(page)
        second.stop()
        state(page, "offline")
        third = serve(ECHO, first.port)
        state(page, "gone", timeout=BACK)
        expect(page.get_by_role("status")).to_contain_text("This page has ended.")
        assert loads(page) == 2
        page.get_by_role("button", name="Reload").click()
        connected(page)
        expectEcho(page, "by hand")
        third.check()

    @pytest.mark.usefixtures("lossy")
    def test_callThatNeverReturnsLeavesTheConsoleClean(
        self, people: People, serve: Callable[..., Server]
    ) -> None:
        """A call to a server that never comes back leaves the console clean."""
        server = serve(ECHO)
        page = people.window(server.url)
        server.kill()
        state(page, "offline")
        page.get_by_label("Say something").fill("hello?")
        page.get_by_label("Say something").press("Enter")
        serve(ECHO, server.port)
        connected(page, BACK)
        expectEcho(page, "after")


class TestCopies:
    """Copies of the same HTML, as from a duplicated tab or a cache."""

    def test_copyGetsAPageOfItsOwn(self, people: People, echo: Server) -> None:
        """A copy gets a page of its own, and the first one keeps working."""
        first = people.shared(echo.url, script=COUNT_LOADS)
        copy, _ = self.copied(people, first, times=1)
        connected(copy)
        assert pageId(copy) != pageId(first)
        assert loads(copy) == 2
        expectEcho(copy, "from the copy")
        expectEcho(first, "from the first")
        assert loads(first) == 1
        echo.check()

    def test_cachedCopyReloadsOnce(self, people: People, echo: Server) -> None:
        """A copy that each reload brings back reloads once, and then not for a minute."""
        first = people.shared(echo.url, script=COUNT_LOADS)
        copy, served = self.copied(people, first, times=None)
        state(copy, "gone")
        expect(copy.get_by_role("button", name="Reload")).to_be_visible()
        expect(copy.get_by_role("status")).to_contain_text("This page has ended.")
        expectEcho(first, "the first is well")
        assert (loads(copy), len(served)) == (2, 2)
        echo.check()

    def test_takenPageSaysThatItIsOpenElsewhere(self, people: People, echo: Server) -> None:
        """A page whose id and claim another client uses ends, and says so."""
        page = people.shared(echo.url, script=KEEP_HELLO + COUNT_LOADS)
        page.evaluate(
            """() => {
                 const socket = new WebSocket(new URL("_live/ws", location), "livewidget.1");
                 const next = JSON.stringify({ ...hello, connection: hello.connection + 1 });
                 socket.onopen = () => socket.send(next); }"""
        )
        state(page, "gone")
        expect(page.get_by_role("status")).to_contain_text("This page is open elsewhere.")
        assert loads(page) == 1
        echo.check()

    def copied(self, people: People, first: Page, times: int | None) -> tuple[Page, list[str]]:
        """Return a window that gets the HTML of another page, and a count of how often."""
        copy = people.shared(script=COUNT_LOADS)
        fresh = copy.request.get(first.url)
        # Without the first page's state, which the copy has not reached yet.
        html = first.evaluate(
            """() => { const root = document.documentElement.cloneNode(true);
                       delete root.dataset.liveState; return root.outerHTML; }"""
        )
        headers = {
            name: value
            for name, value in fresh.headers.items()
            if name not in ("content-length", "content-security-policy", "transfer-encoding")
        }
        served: list[str] = []

        def answer(route: Route) -> None:
            if route.request.method == "GET":
                served.append(route.request.url)
            route.fulfill(body=html, headers=headers)

        copy.route(first.url, answer, **({} if times is None else {"times": times}))
        copy.goto(first.url)
        return copy, served


class TestLeaving:
    """Reloads, and visits to other pages."""

    def test_eachReloadIsAFreshPage(self, people: People, echo: Server) -> None:
        """Each reload by a person is a fresh page."""
        page = people.shared(echo.url)
        seen = set()
        for number in range(4):
            if number:
                page.reload()
            connected(page)
            seen.add(pageId(page))
            expectEcho(page, f"load {number}")
        assert len(seen) == 4
        echo.check()


class TestEnd:
    """The end of a page by the application."""

    def test_closedPageShowsTheReason(self, people: People, calls: Server) -> None:
        """A closed page shows the reason, and does not reconnect by itself."""
        page = people.shared(f"{calls.url}calls", script=COUNT_LOADS)
        page.evaluate(
            "() => { widget.outcome('bye', 'So long <b> & thanks').then("
            "(outcome) => { globalThis.byeOutcome = outcome; }); }"
        )
        state(page, "gone")
        expect(page.get_by_role("status")).to_contain_text("So long <b> & thanks")
        expect(page.get_by_role("button", name="Reload")).to_be_visible()
        outcome = page.evaluate("() => widget.outcome('give', 1)")
        assert outcome["name"] == "ConnectionLost"
        assert page.evaluate("() => byeOutcome.name") == "ConnectionLost"
        page.evaluate("() => dispatchEvent(new Event('online'))")
        page.evaluate("() => dispatchEvent(new Event('pageshow'))")
        expect(page.locator("html")).to_have_attribute("data-live-state", "gone")
        assert loads(page) == 1
        calls.check()

    def test_siteMayShowTheEndItself(self, people: People, calls: Server) -> None:
        """A site may show the end of a page itself, and then nothing else is shown."""
        page = people.shared(f"{calls.url}calls")
        page.evaluate(
            """() => document.addEventListener("livewidget:state", (event) => {
                 event.preventDefault();
                 document.title = JSON.stringify(event.detail); })"""
        )
        page.evaluate("() => { widget.callRemoteOnly('bye', 'tea time'); }")
        expect(page).to_have_title('{"state":"gone","code":4000,"reason":"tea time"}')
        state(page, "gone")
        expect(page.get_by_role("status").filter(has_text="tea time")).to_have_count(0)

    def test_siteMayPlaceTheBanner(self, people: People, calls: Server) -> None:
        """A site may choose the place of the banner."""
        page = people.shared(f"{calls.url}calls")
        page.evaluate(
            """() => { const place = document.createElement("p");
                       place.dataset.liveBanner = "";
                       document.querySelector("main").prepend(place); }"""
        )
        page.evaluate("() => { widget.callRemoteOnly('bye', 'over there'); }")
        expect(page.locator("main > [data-live-banner]")).to_contain_text("over there")
        expect(page.locator(".livewidget-banner")).to_be_empty()
