"""A bad network between the browser and the server, on a clock."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock
from twisted.web.server import Site

from tests.acceptance.model.browser import BrowserProcess
from tests.acceptance.model.clients import GATEWAY, ClientRequest, ClientSocket
from tests.acceptance.model.conversation import Leave
from tests.acceptance.model.pipes import GOOD, Connection, Fate

#: Seconds after which a buffering proxy sends the bytes that it holds.
HOLDS_UP = 60.0
#: Seconds after which a proxy sends a request again.
AGAIN = 0.7
#: The largest number of requests per second. More mean a loop that waits for nothing.
MOST_REQUESTS = 150


class Network:
    """The network of one browser.

    @param tell: called with the browser's events that the network does not handle.
    @ivar site: the server's; L{None} while it is down.
    @ivar fates: the fates of the next connections.
    @ivar usual: the fate of the connections after them.
    @ivar blocked: the fate of WebSockets or streams, and until when, by the end of the path.
    @ivar connections: all connections made, the oldest first.
    @ivar leaves: the browser's leave requests.
    """

    def __init__(self, clock: Clock, process: BrowserProcess, tell: Callable[..., None]) -> None:
        self._clock = clock
        self._process = process
        self._tell = tell
        self._now = clock.seconds()
        self._timer: IDelayedCall | None = None
        self._uses: dict[int, Any] = {}
        self._requests: deque[float] = deque()
        self.site: Site | None = None
        self.fates: deque[Fate] = deque()
        self.usual = GOOD
        self.blocked: dict[str, tuple[str, float]] = {}
        self.connections: list[Connection] = []
        self.leaves: list[Leave] = []
        self.requests = 0
        self._isOff = False

    @property
    def timed(self) -> bool:
        """Return whether the browser has a timer."""
        return self._timer is not None

    @property
    def alive(self) -> list[Connection]:
        """Return the connections that are open for at least one end, the oldest first."""
        self.connections = [one for one in self.connections if one.alive]
        return self.connections

    def browser(self, *commands: list[Any]) -> None:
        """Run a command in the browser, and carry out what it asks of the network."""
        if self._isOff:
            return
        self._now = max(self._now, self._clock.seconds())
        news, timer = self._process.tell(self._now, list(commands))
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if timer is not None:
            wait = max(0.0, timer - self._clock.seconds())
            self._timer = self._clock.callLater(wait, self._due, timer)
        for kind, *content in news:
            handler = getattr(self, f"_{kind}", None)
            if handler is None:
                self._tell(kind, *content)
            else:
                handler(*content)

    def heal(self, calm: Fate) -> None:
        """Heal the network, except for connections that are dead."""
        self.fates.clear()
        self.blocked.clear()
        self.usual = calm
        for connection in self.alive:
            connection.up.flow()
            connection.down.flow()

    def vanish(self) -> None:
        """Switch the browser's computer off."""
        self._isOff = True
        self.stop()
        for connection in self.alive:
            connection.vanish()

    def stop(self) -> None:
        """Stop telling the browser the time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # Called by the browser.

    def _socket(self, number: int, path: str) -> None:
        socket = ClientSocket(self._tellOf(number), self._clock.callLater, path)
        self._uses[number] = socket
        socket.connection = self._connect(self._nextFate(path), socket, socket.opening, path)

    def _text(self, number: int, text: str) -> None:
        self._uses[number].send(text)

    def _close(self, number: int, code: int, reason: str) -> None:
        self._uses[number].close(code, reason)

    def _fetch(self, number: int, path: str, pageId: str, body: str) -> None:
        asked = json.loads(body)
        if asked.get("leave"):
            said = Leave(
                self._clock.seconds(), pageId, asked["connection"], asked.get("messages", [])
            )
            self.leaves.append(said)
        request = self._uses[number] = ClientRequest(self._tellOf(number), path, pageId, body)
        fate = self._nextFate(path)
        request.connections.append(self._connect(fate, request, request.opening, path))
        if fate.kind in ("twice", "again"):
            again = replace(fate, kind="good", up=fate.up + AGAIN)
            request.connections.append(self._connect(again, request, request.opening, path))
            request.heard = int(fate.kind == "again")

    def _abort(self, number: int) -> None:
        self._uses[number].abort()

    # Inside.

    def _tellOf(self, number: int) -> Callable[..., None]:
        def tell(*heard: list[Any]) -> None:
            self.browser(*(["network", number, *item] for item in heard))

        return tell

    def _nextFate(self, path: str) -> Fate:
        kind, until = self.blocked.get(path.rpartition("/")[2], ("", 0.0))
        if self._clock.seconds() < until:
            return replace(self.usual, kind=kind)
        return self.fates.popleft() if self.fates else self.usual

    def _connect(self, fate: Fate, client: Any, opening: bytes, path: str) -> Connection:
        self._countRequest()
        kind = "refused" if self.site is None else fate.kind
        if kind == "buffered" and path.endswith("stream"):
            fate = replace(fate, down=HOLDS_UP)
        site = None if kind in ("refused", "hangs", "gateway") else self.site
        connection = Connection(self._clock, fate, site, client)
        self.connections.append(connection)
        later = self._clock.callLater
        if kind == "refused":
            later(fate.down, connection.loseByBrowser)
        elif kind == "gateway":
            later(fate.down, connection.answer, GATEWAY)
        elif kind == "deaf":
            connection.down.swallow()
        elif kind == "unanswered":
            connection.cutsAnswer = True
        elif kind == "young":
            later(fate.lives, connection.kill)
        connection.up.put(opening)
        return connection

    def _countRequest(self) -> None:
        now = self._clock.seconds()
        self.requests += 1
        self._requests.append(now)
        while self._requests[0] < now - 1:
            self._requests.popleft()
        assert len(self._requests) <= MOST_REQUESTS, "a storm of requests"

    def _due(self, at: float) -> None:
        self._timer = None
        self._now = max(self._now, at)
        self.browser()
