"""The sequential model: the calls of each side of a page, and their possible outcomes."""

from __future__ import annotations

from typing import Any, NamedTuple

from livewidget.page.page import Page
from livewidget.settings import Settings
from livewidget.wire.codes import CLOSED, GOING_AWAY, GONE, TOO_MUCH
from tests.acceptance.model.server import Peer


class Leave(NamedTuple):
    """A leave request of the browser."""

    at: float
    pageId: str
    connection: int
    messages: list[Any]


class Side:
    """A side of a page: its calls in order, and how many the other side has received.

    @ivar made: the numbers of the calls, with the sizes of their texts.
    @ivar heard: the number of the other side's calls that have arrived.
    @ivar waiting: how the unanswered calls will be answered.
    @ivar over: whether the page has ended on this side.
    """

    def __init__(self, name: str, mayRefuse: bool) -> None:
        self.name = name
        self.made: list[tuple[int, int]] = []
        self.heard = 0
        self.waiting: dict[int, str] = {}
        self.over = False
        self.detached = 0
        self._mayRefuse = mayRefuse

    def hasMade(self, number: int, how: str, wanted: bool, size: int) -> None:
        """Record a call to the other side."""
        self.made.append((number, size))
        if wanted:
            self.waiting[number] = how

    def hasHeard(self, other: Side, number: int, size: int) -> None:
        """Check that the side receives the next call of the other side, and before its end."""
        assert not self.over, f"the {self.name} was called after the end"
        assert self.heard < len(other.made), f"the {self.name} received a call that was not made"
        expected = other.made[self.heard]
        assert (number, size) == expected, f"the {self.name} received another call"
        self.heard += 1

    def hasAnswer(self, number: int, value: Any) -> None:
        """Check the answer to a call."""
        assert self.waiting.pop(number) != "failed"
        assert value == number, f"the {self.name} received the answer to another call"

    def hasFailure(self, number: int, name: str, data: Any) -> None:
        """Check the failure of a call."""
        if name == "BufferFull":
            assert self._mayRefuse
            self.waiting.pop(number, None)
            self.made = [call for call in self.made if call[0] != number]
            return
        how = self.waiting.pop(number)
        if name == "LiveError":
            assert (how, data) == ("failed", number)
        else:
            assert name == "ConnectionLost"
            assert self.over, f"a call of the {self.name} was lost before the end"

    def wasDetached(self) -> None:
        """Check that the side learns once that the page has ended."""
        self.detached += 1
        assert self.detached == 1


class Conversation:
    """A page, from its rendering to its end.

    @param tight: whether the limits are small enough to be exceeded.
    @ivar lastConnected: when the server last had a connection; at first, when the page was
        rendered.
    @ivar left: whether the browser has left the page.
    @ivar wasClosed: whether the application has closed it.
    @ivar wasStopped: whether the server went down.
    """

    def __init__(self, now: float, settings: Settings, tight: bool) -> None:
        self.browser = Side("browser", mayRefuse=tight)
        self.server = Side("server", mayRefuse=False)
        self.settings = settings
        self.tight = tight
        self.lastConnected = now
        self.wasConnected = False
        self.left = False
        self.wasClosed = False
        self.wasStopped = False
        self._endWasSeen = False
        self.page: Page
        self.peer: Peer

    def attach(self, peer: Peer, page: Page) -> None:
        """Record that the page was rendered."""
        self.peer = peer
        self.page = page

    # Called with events.

    def ofBrowser(self, kind: str, *content: Any) -> None:
        """Check an event of the widget."""
        if kind == "state":
            self._browserState(*content)
        else:
            self._news(self.browser, self.server, kind, content)

    def ofServer(self, kind: str, *content: Any) -> None:
        """Check an event of the element."""
        if kind == "failed":
            self.server.over = self.page.ended is not None
        if kind == "lost":
            self.server.over = True
        else:
            self._news(self.server, self.browser, kind, content)

    def _news(self, side: Side, other: Side, kind: str, content: Any) -> None:
        if kind == "made":
            side.hasMade(*content)
        elif kind == "heard":
            side.hasHeard(other, *content)
        elif kind == "answered":
            side.hasAnswer(*content)
        elif kind == "failed":
            side.hasFailure(*content)
        else:
            assert kind == "detached"
            side.wasDetached()

    def _browserState(self, state: str, code: int, reason: str) -> None:
        assert not self.browser.over, f"{state} after the end"
        if state == "gone":
            self.browser.over = True
            ended = self.page.ended
            expected = {GONE, ended.code} if ended is not None else set()
            if self.tight:
                expected.add(TOO_MUCH)
            assert code in expected - {GOING_AWAY}, f"the browser has ended: {code} {reason}"

    # Called after each step of the clock.

    def look(self, now: float, leaves: list[Leave]) -> None:
        """Record the server's connection, and check that a page ends only for a reason."""
        page = self.page
        if page.transport is not None:
            self.lastConnected = now
            self.wasConnected = True
        if page.ended is None or self._endWasSeen:
            return
        self._endWasSeen = self.server.over = True
        code = page.ended.code
        if code == GONE:
            assert self._wasAway(now, leaves), f"ended too early: {page.ended}"
        else:
            expected = {
                CLOSED: self.wasClosed,
                GOING_AWAY: self.wasStopped,
                TOO_MUCH: self.tight and self._isFull(),
            }
            assert expected.get(code), f"the server has ended the page: {page.ended}"

    def _wasAway(self, now: float, leaves: list[Leave]) -> bool:
        settings = self.settings
        window = settings.resumeWindow if self.wasConnected else settings.connectWithin
        if now >= self.lastConnected + window - 0.001:
            return True
        newest = self.page.delivery.connection
        return any(
            leave.pageId == self.page.pageId
            and leave.connection >= newest
            and now >= leave.at + settings.leaveWindow
            for leave in leaves
        )

    def _isFull(self) -> bool:
        """Return whether too much waits on the server or in the browser."""
        delivery, limits = self.page.delivery, self.settings.limits
        waiting = delivery.sent - delivery.acknowledged
        room = limits.bytes - delivery.bufferedBytes
        byBrowser = "the browser says" in str(self.page.ended)
        return waiting >= limits.messages or room < limits.message or byBrowser

    @property
    def settled(self) -> bool:
        """Return whether everything that was sent has arrived, answers included."""
        sides = (self.browser, self.server), (self.server, self.browser)
        delivery = self.page.delivery
        return delivery.acknowledged == delivery.sent and all(
            side.heard == len(other.made) and not side.waiting for side, other in sides
        )

    def checkEnd(self) -> None:
        """Check the end of the page on both sides: no call waits, and each side was told once."""
        for side in (self.browser, self.server):
            assert side.over
            assert side.detached == 1
            assert not side.waiting, f"calls of the {side.name} wait after the end"
