"""Tests of bad networks: cuts, half-open connections, takeovers. Nothing is lost or duplicated."""

from __future__ import annotations

import struct
from functools import partial
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.acceptance.browser.chaos import FATES, Chaos
from tests.acceptance.browser.exchange import IMPATIENT, STATES, exchange, expectAll
from tests.acceptance.browser.people import BACK, People, connected, state
from tests.acceptance.browser.proxy import PATIENCE, Proxy
from tests.support.processes import Server

# Lets the test control the page's time. While the page is hidden, timers run on demand.
TIME = """
{
  const { setTimeout, clearTimeout } = globalThis;
  const { now } = Date;
  const timers = new Map();
  let ahead = 0;
  let hidden = false;
  Date.now = () => now() + ahead;
  globalThis.setTimeout = (callback, delay = 0) => {
    const fire = () => timers.delete(timer) && callback();
    const timer = setTimeout(() => hidden || fire(), delay);
    timers.set(timer, { due: Date.now() + delay, fire });
    return timer;
  };
  globalThis.clearTimeout = (timer) => {
    timers.delete(timer);
    clearTimeout(timer);
  };
  globalThis.hide = () => { hidden = true; };
  globalThis.pass = (seconds) => { ahead += seconds * 1000; };
  globalThis.runTimers = () => {
    for (const { due, fire } of [...timers.values()].filter(({ due }) => due <= Date.now())) fire();
  };
}
"""

#: Seconds of silence after which the server sends a heartbeat.
HEARTBEAT = 25

SERVER = partial(Server.site, "network")

pytestmark = pytest.mark.usefixtures("lossy", "checked")


def send(page: Page, first: int, number: int) -> None:
    """Have the browser send more numbers."""
    page.evaluate("([first, number]) => widget.send(first, number)", [first, number])


def beat(page: Page, server: Server) -> None:
    """Let the time of a heartbeat pass on both sides, and wait until the browser has answered."""
    page.evaluate("(seconds) => pass(seconds)", HEARTBEAT)
    urlopen(Request(f"{server.url}advance?{HEARTBEAT}", method="POST"), timeout=PATIENCE).close()


def watch(page: Page) -> list[WebSocket]:
    """Return a list that collects the connections that a page makes from now on."""
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    return sockets


class TestChaos:
    """Connections with random faults."""

    @pytest.mark.parametrize("seed", range(3))
    def test_callsSurviveChaos(self, people: People, network: Proxy, kind: str, seed: int) -> None:
        """Each of 200 calls in each direction arrives once and in order, whatever the faults.

        Connections are cut on one or both sides, stall, or become half-open, also within a
        handshake, a hello or a frame.
        """
        page = people.window(f"{network.url}{kind}/hasty", script=IMPATIENT)
        chaos = Chaos(seed)
        network.chaos(chaos)
        exchange(page, 200)
        expect(page.locator("[name=count]")).to_have_text("200", timeout=BACK)
        assert set(chaos.fates.dealt) == set(FATES)
        network.chaos(None)
        expectAll(page, 200)


class TestCuts:
    """Connections that are cut."""

    def test_cutPageReconnects(self, people: People, network: Proxy, kind: str) -> None:
        """The browser reconnects by itself when the network is back, however it was cut."""
        page = people.window(f"{network.url}{kind}/counting")
        exchange(page, 50)
        network.refuse()
        network.cut()
        state(page, "offline")
        network.accept()
        connected(page, BACK)
        expectAll(page, 50)

    @pytest.mark.parametrize("kind", ["websocket"])
    def test_callBeforeTheCloseEventWaits(self, people: People, network: Proxy, kind: str) -> None:
        """A call made between the end of a socket and its close event waits, without an error."""
        page = people.window(
            f"{network.url}{kind}/counting",
            script="""
            globalThis.WebSocket = class extends WebSocket {
              constructor(...args) { super(...args); globalThis.socket = this; }
            };""",
        )
        page.evaluate("() => { socket.close(); widget.sendOne(0); }")
        expect(page.locator("[name=answered]")).to_have_text("1")

    # Chromium repeats a cut poll by itself.
    @pytest.mark.parametrize("kind", ["websocket", "eventstream"])
    def test_onlineEventCutsTheBackoffShort(
        self, people: People, network: Proxy, kind: str
    ) -> None:
        """The browser does not wait for its backoff when it gets an online event."""
        # This random value makes the first wait 15 minutes long.
        page = people.window(f"{network.url}{kind}/counting", script="Math.random = () => 2220;")
        network.cut()
        state(page, "offline")
        page.evaluate("() => dispatchEvent(new Event('online'))")
        connected(page, BACK)


class TestHalfOpen:
    """Connections that exist while nothing passes."""

    @pytest.mark.parametrize("late", [True, False])
    def test_silenceIsNoticed(self, people: People, network: Proxy, kind: str, late: bool) -> None:
        """The browser notices the silence, and goes on later with nothing lost.

        The bytes stuck in the old connections may arrive late, or never.
        """
        page = people.window(f"{network.url}{kind}/hasty", script=IMPATIENT)
        network.stall()
        exchange(page, 50)
        state(page, "offline", timeout=BACK)
        if not late:
            network.cut()
        network.flow()
        connected(page)
        expectAll(page, 50)

    def test_heartbeatsKeepAnIdleConnection(
        self, people: People, server: Server, network: Proxy, kind: str
    ) -> None:
        """An idle connection is kept by its heartbeats."""
        page = people.window(f"{network.url}{kind}/counting", script=STATES + TIME)
        # Six heartbeats take longer than the silence that ends a connection.
        for _ in range(6):
            beat(page, server)
            page.evaluate("() => runTimers()")
        send(page, 0, 1)
        expect(page.locator("[name=answered]")).to_have_text("1")
        assert page.evaluate("() => states") == ["connecting", "connected"]

    @pytest.mark.parametrize("timers", ["throttled", "none"])
    def test_hiddenTabStaysConnected(
        self, people: People, server: Server, network: Proxy, kind: str, timers: str
    ) -> None:
        """A tab that is hidden for minutes is not treated as dead.

        Chromium runs its timers about once a minute then, or not at all.
        """
        page = people.window(f"{network.url}{kind}/counting", script=STATES + TIME)
        page.evaluate("() => hide()")
        for number in range(1, 10):
            beat(page, server)
            if timers == "throttled" and number % 3 == 0:
                page.evaluate("() => runTimers()")
        page.evaluate("() => { widget.callRemoteOnly('send', 3); }")
        expect(page.locator("[name=count]")).to_have_text("3")
        assert page.evaluate("() => states") == ["connecting", "connected"]


class TestChange:
    """Changes of the network that silently end the connection, noticed by the browser immediately.

    Silence alone is noticed after 45 seconds.
    """

    def test_offlineAndOnlineReconnect(self, people: People, network: Proxy, kind: str) -> None:
        """The page shows that it is offline, and goes on over a new connection, losing nothing."""
        page = people.window(f"{network.url}{kind}/counting")
        sockets = watch(page)
        exchange(page, 100)
        expect(page.locator("[name=count]")).not_to_have_text("0")
        network.lose()
        page.context.set_offline(True)
        state(page, "offline")
        page.context.set_offline(False)
        connected(page, BACK)
        expectAll(page, 100)
        assert len(sockets) == (kind == "websocket")

    def test_pageOutOfTheCacheReconnects(self, people: People, network: Proxy, kind: str) -> None:
        """A page that comes out of the back/forward cache goes on over a new connection."""
        page = people.window(f"{network.url}{kind}/counting")
        exchange(page, 100)
        expect(page.locator("[name=count]")).not_to_have_text("0")
        network.lose()
        page.evaluate(
            "() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
        )
        expectAll(page, 100)

    def test_connectionThatSurvivesOfflineIsKept(
        self, people: People, network: Proxy, kind: str
    ) -> None:
        """A connection that survives the offline event, as on one machine, is kept and reported."""
        page = people.window(f"{network.url}{kind}/counting")
        sockets = watch(page)
        page.evaluate("() => dispatchEvent(new Event('offline'))")
        state(page, "offline")
        send(page, 0, 1)
        connected(page)
        assert sockets == []


class TestTakeover:
    """A new connection of a page, while the server still has the old one."""

    TAKEN_OVER = struct.pack(">H", 4409)

    @pytest.mark.parametrize("kind", ["websocket"])
    def test_newConnectionTakesOver(self, people: People, network: Proxy, kind: str) -> None:
        """The new connection takes over, the old one is closed with 4409, nothing is lost."""
        page = people.window(f"{network.url}{kind}/counting", script=IMPATIENT)
        exchange(page, 100)
        expect(page.locator("[name=count]")).not_to_have_text("0")
        (old,) = network.cutBrowser()
        connected(page)
        expectAll(page, 100)
        assert old.serverClosed.wait(10)
        assert self.TAKEN_OVER in old.unread

    def test_onlyTheNewestConnectionGoesOn(self, people: People, network: Proxy, kind: str) -> None:
        """After several takeovers only the newest connection goes on."""
        page = people.window(f"{network.url}{kind}/counting", script=IMPATIENT)
        for round in range(5):
            send(page, round * 20, 20)
            network.cutBrowser()
            expect(page.locator("[name=answered]")).to_have_text(str(round * 20 + 20))
        report = page.evaluate("() => widget.callRemote('report')")
        assert report["got"] == list(range(100))
