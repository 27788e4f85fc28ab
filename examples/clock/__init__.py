"""The server's time, which is sent to the page every second."""

from datetime import UTC, datetime

from twisted.internet import reactor
from twisted.internet.task import LoopingCall

from livewidget import LiveElement


class ClockElement(LiveElement):
    """A clock on one page, which ticks until the page ends."""

    template = "template.html"
    jsClass = "Clock.ClockWidget"
    cssModule = "Clock"

    def __init__(self, clock=reactor):
        """Take the time from the reactor, or in tests from a Clock."""
        self.clock = clock
        self.ticking = LoopingCall(self.tick)
        self.ticking.clock = clock

    @property
    def now(self):
        """Return the time. The template shows it before any script runs."""
        return datetime.fromtimestamp(self.clock.seconds(), UTC)

    def connectionMade(self):
        """Tick now that the browser is connected, and then every second."""
        self.ticking.start(1)

    def connectionLost(self, reason):
        """Stop ticking, since the page has ended."""
        self.ticking.stop()

    def tick(self):
        """Send the time to the page, without an answer."""
        self.callRemoteOnly("show", f"{self.now:%H:%M:%S}")
