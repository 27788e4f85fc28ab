"""Tests of whole pages on a faulty network, from Python to JavaScript, against a model of lists.

The state machine owns the clock, the network and the server. The browser is a Node process that
receives commands. C{LIVEWIDGET_EXAMPLES=20000} makes a longer run.
"""

from __future__ import annotations

import os
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from livewidget.page.page import Page
from livewidget.settings import TRANSPORTS
from tests.acceptance.model.aftermath import ENDINGS, Aftermath
from tests.acceptance.model.browser import BrowserProcess
from tests.acceptance.model.pipes import KINDS, Connection, Fate
from tests.acceptance.model.world import World

EXAMPLES = int(os.environ.get("LIVEWIDGET_EXAMPLES", "40"))

#: Calls that the server makes per second so that some have to wait.
SLOW = 15.0

PAUSES = st.sampled_from([0.0, 0.005, 0.02, 0.1, 0.5, 1.0, 2.5])
DELAYS = st.sampled_from([0.01, 0.01, 0.05, 0.4, 1.5, 4.0])
ROOMS = st.sampled_from([64 * 1024, 64 * 1024, 300])
LIVES = st.sampled_from([0.3, 1.0, 2.5])
FATES = st.builds(
    Fate,
    kind=st.sampled_from(KINDS),
    up=DELAYS,
    down=DELAYS,
    pieces=st.sampled_from([0, 0, 0, 7, 100]),
    room=ROOMS,
    lives=LIVES,
)
HOWS = st.sampled_from(["now", "now", "later", "held", "failed", "back"])
CALLS = {
    "times": st.sampled_from([1, 1, 2, 5, 15]),
    "how": HOWS,
    "wanted": st.booleans(),
    "size": st.sampled_from([0, 1, 40, 150]),
}
LAGS = st.sampled_from([0.01, 0.01, 0.05, 0.3, 0.8])
SEEN = st.sampled_from([0.0, 0.0, 1.0, 20.0, None])


def hasRoom(page: Page) -> bool:
    """Return whether the server may send a page more without ending it."""
    delivery, limits = page.delivery, page.delivery.limits
    room = limits.bytes - delivery.bufferedBytes
    waiting = delivery.sent - delivery.acknowledged
    return waiting < limits.messages // 2 and room > 3000


class Browsing(RuleBasedStateMachine):
    """A tab that shows one page after another, its network, and its server.

    @cvar offered: the transports.
    """

    offered: ClassVar[tuple[str, ...]] = TRANSPORTS
    process: ClassVar[BrowserProcess]

    @initialize(
        tight=st.booleans(),
        pace=st.sampled_from([1000.0, 1000.0, SLOW]),
        slots=st.sampled_from(["shared", "unlimited", "none"]),
        seed=st.integers(0, 2**32 - 1),
        fates=st.lists(FATES, max_size=3),
        calm=st.builds(Fate, pieces=st.sampled_from([0, 0, 50]), room=ROOMS),
        ending=st.sampled_from(ENDINGS),
    )
    def begin(
        self,
        tight: bool,
        pace: float,
        slots: str,
        seed: int,
        fates: list[Fate],
        calm: Fate,
        ending: str,
    ) -> None:
        if "longpoll" not in self.offered:
            slots = "unlimited"
        self.world = World(self.process, self.offered, tight, pace, slots, seed)
        self.network = self.world.network
        self.network.fates.extend(fates)
        self.aftermath = Aftermath(self.world, calm)
        self.ending = ending

    # The two sides.

    @precondition(lambda self: not self.page.left)
    @rule(**CALLS, pause=PAUSES)
    def browserCalls(self, times: int, how: str, wanted: bool, size: int, pause: float) -> None:
        """Call the server from the browser. The call is refused if too much waits."""
        self.world.renew()
        self.network.browser(["call", times, how, wanted or how == "failed", size])
        self._pass(pause)

    @rule(**CALLS, pause=PAUSES)
    def serverCalls(self, times: int, how: str, wanted: bool, size: int, pause: float) -> None:
        """Call the browser from the server, unless that would end the page."""
        self.world.renew()
        for _ in range(times):
            if hasRoom(self.page.page):
                self.page.peer.make(how, wanted or how == "failed", size)
        self._pass(pause)

    @rule(
        times=st.sampled_from([1, 2, 10]),
        every=st.sampled_from([0.0, 0.03, 0.7]),
        how=st.sampled_from(["now", "now", "later", "back"]),
        size=st.sampled_from([0, 1, 40, 150]),
        toggles=st.integers(0, 3),
        pause=PAUSES,
    )
    def serverPublishes(
        self, times: int, every: float, how: str, size: int, toggles: int, pause: float
    ) -> None:
        """Publish in a topic, or have the page leave or join it."""
        self.world.renew()
        for number in range(times):
            members = [peer._livePage for peer in self.world.server.topic.members]
            if all(map(hasRoom, [self.page.page, *members])):
                if toggles == 3 and number % 2 == 0:
                    self.page.peer.toggle()
                self.world.server.publish(how, size)
            self._pass(every)
        self._pass(pause)

    @precondition(lambda self: not self.page.left)
    @rule(
        times=st.sampled_from([3, 10, 30]),
        every=st.sampled_from([0.003, 0.03, 0.2, 0.7, 2.5]),
        how=HOWS,
        wanted=st.booleans(),
    )
    def talk(self, times: int, every: float, how: str, wanted: bool) -> None:
        """Call repeatedly from both sides while time passes."""
        for _ in range(times):
            self.serverCalls(1, how, wanted, 1, every / 2)
            self.browserCalls(1, how, wanted, 1, every / 2)

    @rule(pause=PAUSES)
    def release(self, pause: float) -> None:
        """Answer the calls that wait, on both sides."""
        self.world.release()
        self._pass(pause)

    @rule(seconds=st.sampled_from([0.3, 1.0, 3.0, 6.0, 15.0, 30.0, 70.0]))
    def passTime(self, seconds: float) -> None:
        """Let time pass."""
        self.world.renew()
        self._pass(seconds)

    # The network.

    @rule(
        fates=st.lists(FATES, max_size=5),
        up=LAGS,
        down=LAGS,
        room=ROOMS,
        renews=st.booleans(),
        pause=PAUSES,
    )
    def weather(
        self, fates: list[Fate], up: float, down: float, room: int, renews: bool, pause: float
    ) -> None:
        """Choose the faults of the next connections, and the speed of all."""
        self.network.fates.extend(fates)
        self.network.usual = Fate(up=up, down=down, room=room)
        if renews and not self.page.left:
            self.network.browser(["window", "reconnect"])
        self._pass(pause)

    @rule(
        blocked=st.sampled_from([["ws"], ["stream"], ["ws", "stream"]]),
        kind=st.sampled_from(["refused", "hangs", "gateway", "young", "buffered"]),
        seconds=st.sampled_from([1.0, 4.0, 20.0]),
        cuts=st.booleans(),
        pause=PAUSES,
    )
    def block(
        self, blocked: list[str], kind: str, seconds: float, cuts: bool, pause: float
    ) -> None:
        """Block WebSockets or streams for a while."""
        until = self.world.clock.seconds() + seconds
        self.network.blocked.update(dict.fromkeys(blocked, (kind, until)))
        if cuts:
            for connection in self.network.alive:
                connection.kill()
        self._pass(pause)

    @precondition(lambda self: len(self.offered) > 1 and not self.page.left)
    @rule(
        blocked=st.sampled_from([["ws"], ["ws", "stream"]]),
        lag=LAGS,
        room=ROOMS,
        then=st.sampled_from(["good", "good", "young", "deaf"]),
        lives=LIVES,
        every=st.sampled_from([0.05, 0.2, 0.4]),
        how=HOWS,
    )
    def demote(
        self,
        blocked: list[str],
        lag: float,
        room: int,
        then: str,
        lives: float,
        every: float,
        how: str,
    ) -> None:
        """Block the better transports, then unblock them, while both sides talk."""
        self.world.renew()
        self.block(blocked, "refused", 4.0, cuts=True, pause=5.0)
        self.network.usual = Fate(up=lag, down=lag, room=room, lives=lives)
        if then != "good":
            until = self.world.clock.seconds() + 3.0
            self.network.blocked.update(dict.fromkeys(blocked, (then, until)))
        self.talk(20, every, how, wanted=False)

    @precondition(lambda self: self.network.alive)
    @rule(
        data=st.data(),
        every=st.sampled_from([False, False, True]),
        up=st.integers(0, 300),
        down=st.integers(0, 300),
        byServer=SEEN,
        byBrowser=SEEN,
        pause=PAUSES,
    )
    def cut(
        self,
        data: Any,
        every: bool,
        up: int,
        down: int,
        byServer: Any,
        byBrowser: Any,
        pause: float,
    ) -> None:
        """Cut a connection within the bytes in transit; each end sees that late or never."""
        later = self.world.clock.callLater
        for connection in self.network.alive if every else [self._draw(data)]:
            connection.cut(up, down)
            if byServer is not None:
                later(byServer, connection.server.lose)
            if byBrowser is not None:
                later(byBrowser, connection.loseByBrowser)
        self._pass(pause)

    @precondition(lambda self: self.network.alive)
    @rule(data=st.data(), up=st.booleans(), down=st.booleans(), pause=PAUSES)
    def stall(self, data: Any, up: bool, down: bool, pause: float) -> None:
        """Stall a connection, in one direction or both."""
        connection = self._draw(data)
        connection.up.stalled |= up
        connection.down.stalled |= down
        self._pass(pause)

    @precondition(lambda self: any(c.up.stalled or c.down.stalled for c in self.network.alive))
    @rule(data=st.data(), pause=PAUSES)
    def flow(self, data: Any, pause: float) -> None:
        """Resume a stalled connection."""
        alive = self.network.alive
        stalled = [one for one in alive if one.up.stalled or one.down.stalled]
        connection = data.draw(st.sampled_from(stalled[::-1]))
        connection.up.flow()
        connection.down.flow()
        self._pass(pause)

    # The browser's window.

    @precondition(lambda self: not self.page.left)
    @rule(event=st.sampled_from(["reconnect", "wake", "offline"]), pause=PAUSES)
    def window(self, event: str, pause: float) -> None:
        """Report an event of the window: the network changed, or the page is visible again."""
        self.network.browser(["window", event])
        self._pass(pause)

    @precondition(lambda self: not self.page.left)
    @rule(really=st.integers(0, 2), away=st.sampled_from([0.0, 0.3, 2.0, 3.9, 5.0, 20.0]))
    def leave(self, really: int, away: float) -> None:
        """Put the page into the back/forward cache, and return to it or not."""
        if really == 2:
            self.network.browser(["window", "leave"])
            self.page.left = True
            self._pass(away)

    @precondition(lambda self: self.page.left)
    @rule(pause=PAUSES)
    def comeBack(self, pause: float) -> None:
        """Restore the page from the cache."""
        self.world.comeBack()
        self._pass(pause)

    @rule(crowded=st.booleans())
    def crowd(self, crowded: bool) -> None:
        """Have other tabs take all slots, or release them."""
        self.network.browser(["crowd", crowded])

    # The end of pages.

    @rule(really=st.integers(0, 9), graceful=st.booleans(), pause=PAUSES)
    def restart(self, really: int, graceful: bool, pause: float) -> None:
        """Restart the server, which then knows no page."""
        if really == 9:
            self.world.restart(graceful)
            self._pass(pause)

    @rule(really=st.integers(0, 9), pause=PAUSES)
    def close(self, really: int, pause: float) -> None:
        """Close the page by the application."""
        if really == 9:
            self.page.wasClosed = True
            self.page.page.close("as it was told")
            self._pass(pause)

    # Invariants of the end.

    def teardown(self) -> None:
        """Heal the network, check that everything sent arrives, and close the page."""
        if not hasattr(self, "world"):
            return
        try:
            self.aftermath.heal()
            self.aftermath.talk()
            self.aftermath.end(self.ending)
        finally:
            self.world.stop()

    # Inside.

    @property
    def page(self) -> Any:
        return self.world.conversation

    def _pass(self, seconds: float) -> None:
        self.world.passTime(seconds)

    def _draw(self, data: Any) -> Connection:
        return data.draw(st.sampled_from(self.network.alive[::-1]))


def _case(share: float, *offered: str) -> Any:
    """Return a test of the machine with these transports, with a share of the examples."""
    machine = type("Browsing", (Browsing,), {"offered": offered})

    class Case(machine.TestCase):  # type: ignore[misc, name-defined]
        @classmethod
        def setUpClass(cls) -> None:
            super().setUpClass()
            machine.process = BrowserProcess()

        @classmethod
        def tearDownClass(cls) -> None:
            machine.process.stop()
            super().tearDownClass()

    Case.settings = settings(
        max_examples=max(1, round(EXAMPLES * share)),
        stateful_step_count=30,
        derandomize="CI" in os.environ,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    return Case


TestAll = _case(0.55, *TRANSPORTS)
TestWebSocket = _case(0.15, "websocket")
TestEventStream = _case(0.15, "eventstream")
TestLongPoll = _case(0.15, "longpoll")
