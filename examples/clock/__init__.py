"""The time of the server, which tells it to the page each second."""

from datetime import UTC, datetime

from twisted.internet import reactor
from twisted.internet.task import LoopingCall

from livewidget import LiveElement


class ClockElement(LiveElement):
    """A clock on one page; it ticks while the page is there."""

    template = "template.html"
    jsClass = "Clock.ClockWidget"
    cssModule = "Clock"

    def __init__(self, clock=reactor):
        """A clock that goes by another: by the reactor's, or in tests by a Clock."""
        self.clock = clock
        self.ticking = LoopingCall(self.tick)
        self.ticking.clock = clock

    @property
    def now(self):
        """The time; the template shows it, so that it is there before any script runs."""
        return datetime.fromtimestamp(self.clock.seconds(), UTC)

    def connectionMade(self):
        """The browser is there: tick at once, and then each second."""
        self.ticking.start(1)

    def connectionLost(self, reason):
        """The page has ended: tick no more."""
        self.ticking.stop()

    def tick(self):
        """Tell the page what time it is; no answer is wanted."""
        self.callRemoteOnly("show", f"{self.now:%H:%M:%S}")
