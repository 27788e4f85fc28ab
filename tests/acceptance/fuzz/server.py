"""An in-memory site with the chat, which must work after any input."""

from __future__ import annotations

import re
from typing import Any

from twisted.internet import reactor as globalReactor
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher

from examples.chat import ChatRoom
from livewidget import LiveResource, LiveSite
from tests.support.http import Wire
from tests.support.inputs import PAGE
from tests.support.log import Log

reactor: Any = globalReactor

#: Seconds after which no timer is left. Time is moved by this much three times.
WINDOW = 61

#: Turns of the reactor after each piece.
TURNS = 3


class Fuzzed:
    """A site with the default settings, on a clock."""

    def __init__(self) -> None:
        self._clock = Clock()
        self._resource = LiveResource(ChatRoom().makeChatter, clock=self._clock)
        self._site = LiveSite(self._resource, reactor=self._clock, logsRequests=False)
        self._log = Log()

    def __enter__(self) -> Fuzzed:
        globalLogPublisher.addObserver(self._log)
        self._timers = set(reactor.getDelayedCalls())
        return self

    def __exit__(self, *_: object) -> None:
        globalLogPublisher.removeObserver(self._log)

    def page(self) -> bytes:
        """Load a page, which must be served, and return its id."""
        response = self.wire().request("/")
        assert response.status == 200
        found = re.search('"page":"([^"]+)"', response.text)
        assert found is not None
        assert len(found[1]) == len(PAGE)
        return found[1].encode()

    def wire(self) -> Wire:
        """Return a new connection."""
        return Wire(self._resource, site=self._site)

    def send(self, wire: Wire, parts: list[bytes]) -> bytes:
        """Send the parts as long as the server reads, and return its answer."""
        for part in parts:
            if wire.transport.disconnecting:
                break
            wire.send(part)
            for _ in range(TURNS):
                self._clock.advance(0)
        return wire.take()

    def check(self, wire: Wire) -> None:
        """Check that nothing was raised, a page is served, and nothing is left afterwards."""
        self.page()
        wire.lose()
        for _ in range(3):
            self._clock.advance(WINDOW)
        assert self._log.errors() == []
        self._log.events.clear()
        assert self._clock.getDelayedCalls() == []
        assert len(self._resource.pages) == 0
        assert self._resource.pages.bufferedBytes == 0
        later = [str(call) for call in reactor.getDelayedCalls() if call not in self._timers]
        # Autobahn keeps one timer per second for all of its connections running.
        assert [call for call in later if "_BatchedTimer" not in call] == []
