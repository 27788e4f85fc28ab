"""A browser, a network and a server, on one clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import txaio
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock
from twisted.logger import LogEvent, LogLevel, globalLogPublisher

from livewidget import Limits, Settings
from tests.acceptance.model.browser import BrowserProcess
from tests.acceptance.model.conversation import Conversation
from tests.acceptance.model.network import Network
from tests.acceptance.model.server import Server
from tests.support.log import asText

#: The largest number of events in a step of time. More mean a loop that never waits. A connection
#: that delivers byte by byte has an event for each byte of what was sent at one moment.
MOST_EVENTS = 50_000

ROOMY = Limits()
TIGHT = Limits(message=2_000, messages=24, bytes=6_000)


class ImpatientClock(Clock):
    """A clock that fails if too many calls run at one moment, as in an endless loop."""

    def __init__(self) -> None:
        super().__init__()
        self._at = 0.0
        self._times = 0

    def callLater(self, when: float, *args: Any, **kwargs: Any) -> IDelayedCall:
        """Call something later."""
        now = self.seconds()
        self._times = self._times + 1 if now == self._at else 0
        self._at = now
        assert self._times < MOST_EVENTS, "time does not pass"
        return super().callLater(when, *args, **kwargs)


class World:
    """The world of an example.

    @param tight: whether the limits are small.
    @param pace: how many of the browser's calls are accepted per second.
    @param slots: how the browser's tabs share the requests that they hold open.
    @ivar conversation: the conversation of the page that the browser shows.
    @ivar all: the conversations of all pages.
    """

    def __init__(
        self,
        process: BrowserProcess,
        transports: tuple[str, ...],
        tight: bool,
        pace: float,
        slots: str,
        seed: int,
    ) -> None:
        self.clock = ImpatientClock()
        self.settings = Settings(
            limits=TIGHT if tight else ROOMY, transports=transports, callsPerSecond=pace
        )
        self.tight = tight
        self.all: list[Conversation] = []
        self._errors: list[str] = []
        globalLogPublisher.addObserver(self._log)
        # Autobahn's timers have to run on this clock too.
        self._loop, txaio.config.loop = txaio.config.loop, self.clock
        self.network = Network(self.clock, process, self._hear)
        self._startServer()
        self.network.browser(["tab", self.clock.seconds(), seed, slots])
        self.load()

    @property
    def conversation(self) -> Conversation:
        return self.all[-1]

    def load(self) -> None:
        """Have the browser open a page."""
        conversation = Conversation(self.clock.seconds(), self.settings, self.tight)
        start, *serverSide = self.server.load(conversation.ofServer)
        conversation.attach(*serverSide)
        self.all.append(conversation)
        self.network.browser(["load", start])

    def renew(self) -> None:
        """Have the browser open the next page if this one has ended."""
        if self.conversation.browser.over:
            self.load()

    def comeBack(self) -> None:
        """Have the browser return to the page if it has left it."""
        if self.conversation.left:
            self.conversation.left = False
            self.network.browser(["window", "reconnect"])

    def release(self) -> None:
        """Answer the methods that wait, on both sides."""
        self.conversation.peer.release()
        self.network.browser(["release"])

    def restart(self, graceful: bool) -> None:
        """Restart the server."""
        for conversation in self.all:
            conversation.wasStopped = True
        if not graceful:
            # Neither end is told. What the old server still does goes nowhere.
            for connection in self.network.alive:
                connection.cut()
        self.server.resource.stop()
        self.clock.advance(0)
        for connection in self.network.alive:
            connection.server.lose()
            connection.loseByBrowser()
        self._startServer()
        self.look()

    def passTime(self, seconds: float, done: Callable[[], bool] = bool) -> bool:
        """Let time pass until a condition holds, and return whether it does."""
        clock = self.clock
        end = clock.seconds() + seconds
        for _ in range(MOST_EVENTS):
            if done():
                return True
            calls = clock.getDelayedCalls()
            at = min((call.getTime() for call in calls), default=end + 1)
            clock.advance(max(0.0, min(at, end) - clock.seconds()))
            self.look()
            if at > end:
                return done()
        raise AssertionError("time does not pass")

    def look(self) -> None:
        """Check the invariants."""
        for conversation in self.all:
            conversation.look(self.clock.seconds(), self.network.leaves)
        assert self._errors == []

    def stop(self) -> None:
        """End the example."""
        self.network.stop()
        txaio.config.loop = self._loop
        globalLogPublisher.removeObserver(self._log)

    def _startServer(self) -> None:
        self.server = Server(self.clock, self.settings)
        self.network.site = self.server.site

    def _hear(self, kind: str, *content: Any) -> None:
        if kind == "error":
            self._errors.append(content[0])
        else:
            number, *rest = content
            self.all[number].ofBrowser(kind, *rest)

    def _log(self, event: LogEvent) -> None:
        if event.get("log_level", LogLevel.info) >= LogLevel.error:
            self._errors.append(asText(event))
