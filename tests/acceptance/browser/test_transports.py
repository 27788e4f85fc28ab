"""Tests of the choice of a transport, in which nothing is lost."""

from __future__ import annotations

from functools import partial

import pytest
from playwright.sync_api import Page, Request, expect

from tests.acceptance.browser.chaos import Chaos
from tests.acceptance.browser.exchange import IMPATIENT, STATES, exchange, expectAll
from tests.acceptance.browser.people import BACK, People, connected
from tests.acceptance.browser.proxy import Proxy
from tests.support.processes import Server

SERVER = partial(Server.site, "network")

pytestmark = pytest.mark.usefixtures("lossy", "checked")

# The server's call arrives before its answer to the call that caused it.
CALL_BOTH_WAYS = """
() => {
  widget.sendOne(0);
  widget.callRemoteOnly("send", 1);
}
"""


# Both sides send numbered calls from the moment when a WebSocket begins to open.
EXCHANGE_ON_OPENING = """
globalThis.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    globalThis.onOpening?.();
  }
};
"""


class Watch:
    """The transports that a page tries, in order: C{ws}, C{stream}, C{poll} with its hello."""

    def __init__(self, page: Page) -> None:
        self.tries: list[str] = []
        page.on("websocket", lambda _: self.tries.append("ws"))
        page.on("request", self._requested)

    def _requested(self, request: Request) -> None:
        name = request.url.rpartition("/")[2]
        body = request.post_data or ""
        if "_live/" in request.url and (name == "stream" or '"hello":true' in body):
            self.tries.append("probe" if '"probe":true' in body else name)


class TestFallback:
    """Pages where WebSockets do not work."""

    @pytest.mark.parametrize("how", ["cut", "swallow", "die"])
    def test_blockedWebSocketFallsBackToTheStream(
        self, people: People, network: Proxy, how: str
    ) -> None:
        """The page uses the event stream after one attempt, with nothing lost or duplicated."""
        network.webSockets = how  # type: ignore[assignment]
        page = people.window()
        watch = Watch(page)
        page.goto(f"{network.url}any/counting")
        page.wait_for_function("() => globalThis.widget")
        exchange(page, 50)
        connected(page, BACK)
        expectAll(page, 50)
        assert watch.tries == ["ws", "stream"]

    @pytest.mark.parametrize("how", ["cut", "swallow"])
    def test_blockedStreamFallsBackToLongPoll(
        self, people: People, network: Proxy, how: str
    ) -> None:
        """The page uses long-poll where a stream does not get through either."""
        network.webSockets = how  # type: ignore[assignment]
        page = people.window()
        watch = Watch(page)
        # A buffering proxy; nginx does the same in test_nginx.py.
        page.route("**/_live/stream", lambda route: None)
        page.goto(f"{network.url}any/counting")
        page.wait_for_function("() => globalThis.widget")
        exchange(page, 50)
        connected(page, BACK)
        expectAll(page, 50)
        assert watch.tries == ["ws", "stream", "poll"]
        page.unroute_all(behavior="ignoreErrors")

    @pytest.mark.parametrize(
        "script",
        [
            "delete globalThis.WebSocket;",
            "globalThis.WebSocket = class { constructor() { throw 1; } };",
        ],
    )
    def test_browserWithoutWebSocketUsesTheStream(
        self, people: People, network: Proxy, script: str
    ) -> None:
        """A browser that lacks or forbids WebSockets uses the event stream."""
        page = people.window(f"{network.url}any/counting", script=script)
        exchange(page, 50)
        expectAll(page, 50)

    def test_choosingIsNotShownAsALoss(self, people: People, network: Proxy) -> None:
        """No loss of a connection is reported while the page looks for a transport."""
        network.webSockets = "cut"
        page = people.window(script=STATES)
        page.goto(f"{network.url}any/counting")
        connected(page)
        assert page.evaluate("() => states") == ["connecting", "connected"]

    def test_workingTransportIsTriedFirstNextTime(self, people: People, network: Proxy) -> None:
        """The transport that worked is tried first on the next page of the session."""
        network.webSockets = "swallow"
        page = people.window(f"{network.url}any/counting")
        watch = Watch(page)
        page.goto(f"{network.url}any/echo")
        connected(page)
        assert watch.tries == ["stream"]

    def test_onlyOfferedTransportsAreTried(self, people: People, network: Proxy) -> None:
        """Transports that the server does not offer are not tried."""
        page = people.window()
        watch = Watch(page)
        page.goto(f"{network.url}longpoll/counting")
        connected(page)
        assert watch.tries == ["poll"]


class TestBetter:
    """Better transports that become available."""

    def test_betterTransportIsTakenWithoutAPause(self, people: People, network: Proxy) -> None:
        """A better transport is tried later and used, with nothing lost and no visible change."""
        page = people.window(script=STATES + EXCHANGE_ON_OPENING)
        page.clock.install()
        page.goto(f"{network.url}any/counting")
        connected(page)
        watch = Watch(page)
        # A connection that lasted less than 2 seconds counts as broken, and is not tried again
        # soon.
        page.clock.fast_forward(2_000)
        # A connection that lasted longer is tried again first, and is cut at its beginning.
        network.webSockets = "cut"
        network.cut()
        connected(page, BACK)
        expect(page.locator("html")).to_have_attribute("data-live-state", "connected")
        page.wait_for_function("() => states.filter((state) => state === 'connected').length === 2")
        assert watch.tries[-1] == "stream"
        network.webSockets = "pass"
        before = page.evaluate("() => states.length")
        page.evaluate("() => { globalThis.onOpening = () => widget.exchange(300); }")
        # A transport that has worked is tried again after 5 seconds.
        page.clock.fast_forward(5_000)
        expect(page.locator("[name=answered]")).to_have_text("300", timeout=BACK)
        expectAll(page, 300)
        assert watch.tries[-1] == "ws"
        assert page.evaluate("() => states.length") == before

    def test_nothingIsLostAmongAllTransports(self, people: People, network: Proxy) -> None:
        """Nothing is lost between all transports where WebSockets are blocked at random."""
        page = people.window(f"{network.url}any/hasty", script=IMPATIENT)
        watch = Watch(page)
        network.webSockets = "chance"
        chaos = Chaos(7)
        network.chaos(chaos)
        exchange(page, 200)
        expect(page.locator("[name=count]")).to_have_text("200", timeout=BACK)
        network.chaos(None)
        expectAll(page, 200)
        assert {"ws", "stream", "poll"} <= set(watch.tries)
        assert len(set(chaos.upgrades.dealt)) > 1


class TestTabs:
    """The six connections of a browser to a host, among which WebSockets do not count."""

    @pytest.mark.parametrize(
        ("kind", "secure"), [("http", True), ("longpoll", True), ("http", False)]
    )
    def test_callsInEightTabsAreAnswered(
        self, people: People, server: Server, kind: str, secure: bool
    ) -> None:
        """A call in each of eight tabs is answered, and none waits for a held request.

        Held requests are answered after ten minutes here. Without Web Locks, which need a secure
        context, they are held for seconds.
        """
        script = "" if secure else "delete Navigator.prototype.locks;"
        first = people.window(script=script)
        tabs = [first, *(first.context.new_page() for _ in range(7))]
        for tab in tabs:
            tab.goto(f"{server.url}{kind}/patient", timeout=BACK)
        for tab in tabs:
            connected(tab, BACK)
        for tab in tabs:
            tab.evaluate(CALL_BOTH_WAYS)
            expect(tab.locator("[name=answered]")).to_have_text("1", timeout=BACK)
            expect(tab.locator("[name=count]")).to_have_text("1", timeout=BACK)
