"""A server with one kind of page, whose element reports its calls."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock, deferLater
from twisted.python.failure import Failure

from livewidget import LiveElement, LiveError, LiveResource, LiveSite, Settings, Topic, expose
from livewidget.page.page import Page
from tests.support.http import Wire

#: Seconds that a method takes if it answers later.
LATER = 1.5
#: Seconds after which an idle HTTP connection is closed.
IDLE = 60
#: As in C{tab.js}.
PATTERN = "aé€😀"

_START = re.compile(r'id="livewidget-start"[^>]*>(.*?)</script>', re.S)


class Peer(LiveElement):
    """The twin of the widget in C{tab.js}.

    @param tell: called with the same kinds of events as the widget's.
    @param topic: joined from the beginning.
    """

    template = "peer.html"

    def __init__(self, clock: Clock, tell: Callable[..., None], topic: Topic) -> None:
        self._topic = topic
        topic.add(self)
        self._clock = clock
        self._tell = tell
        self._calls = 0
        self._held: list[tuple[Deferred[int], int]] = []

    @expose
    def take(self, number: int, how: str, text: str) -> Any:
        """Receive a call from the browser, and answer it as C{how} says."""
        size = len(text) // len(PATTERN)
        self._tell("heard", number, size if text == PATTERN * size else text)
        if how == "back":
            self.make("now", False, 1)
        elif how == "later":
            return deferLater(self._clock, LATER, lambda: number)
        elif how == "held":
            answer: Deferred[int] = Deferred()
            self._held.append((answer, number))
            return answer
        elif how == "failed":
            raise LiveError("as it was told", data=number)
        return number

    def make(self, how: str, wanted: bool, size: int) -> None:
        """Call the browser."""
        self._calls += 1
        number = self._calls
        args = number, how, PATTERN * size
        self._tell("made", number, how, wanted, size)
        if wanted:
            answer = self.callRemote("take", *args)
            answer.addCallbacks(self._answered, self._failed, (number,), errbackArgs=(number,))
        else:
            self.callRemoteOnly("take", *args)

    def hasPublished(self, number: int, how: str, size: int) -> None:
        """Record that a message published now is a call of this element."""
        self._tell("made", number, how, False, size)

    def toggle(self) -> None:
        """Leave the topic, or join it again."""
        if self in self._topic.members:
            self._topic.remove(self)
        elif self.page is not None:
            self._topic.add(self)

    def release(self) -> None:
        """Answer the calls that were held."""
        held, self._held = self._held, []
        for answer, number in held:
            answer.callback(number)

    def connectionLost(self, reason: Failure) -> None:
        """Report the end of the page."""
        self._tell("lost", reason.value.code)

    def detached(self) -> None:
        """Report that the element cannot be used any more."""
        self._tell("detached")

    def _answered(self, value: Any, number: int) -> None:
        self._tell("answered", number, value)

    def _failed(self, failure: Failure, number: int) -> None:
        error = failure.value
        name = getattr(error, "type", type(error).__name__)
        self._tell("failed", number, name, getattr(error, "data", None))


class Server:
    """The process of a server.

    @ivar site: what its connections are made to.
    @ivar peer: the element of the newest page.
    @ivar topic: all elements are in it at first.
    """

    def __init__(self, clock: Clock, settings: Settings) -> None:
        self._clock = clock
        self.resource = LiveResource(self._makePeer, clock=clock, settings=settings)
        self.site = LiveSite(self.resource, reactor=clock, timeout=IDLE, logsRequests=False)
        self._tell: Callable[..., None] = print
        self.topic = Topic()
        self._published = 0

    def publish(self, how: str, size: int) -> None:
        """Call the widgets of all members."""
        # Numbers beyond those of any element's calls.
        self._published -= 1
        for peer in self.topic.members:
            peer.hasPublished(self._published, how, size)
        self.topic.callRemoteOnly("take", self._published, how, PATTERN * size)

    def load(self, tell: Callable[..., None]) -> tuple[Any, Peer, Page]:
        """Render a page. Return what the browser gets and what the server keeps."""
        self._tell = tell
        wire = Wire(self.resource, site=self.site)
        html = wire.request("/").text
        wire.lose()
        found = _START.search(html)
        assert found is not None, html
        page = self.peer._livePage
        assert page is not None
        return json.loads(found[1]), self.peer, page

    def _makePeer(self) -> Peer:
        self.peer = Peer(self._clock, self._tell, self.topic)
        return self.peer
