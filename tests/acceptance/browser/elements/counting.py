"""Numbered calls in both directions, so that lost and duplicated calls are noticed."""

from __future__ import annotations

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import LoopingCall

from livewidget import LiveElement, expose


class CountingElement(LiveElement):
    """Its widget is C{globalThis.widget}."""

    template = "counting.html"
    jsClass = "Counting.CountingWidget"

    def __init__(self) -> None:
        self.got: list[int] = []
        self.answers: list[Deferred[int]] = []

    @expose
    def count(self, number: int) -> int:
        """Record a number from the browser."""
        self.got.append(number)
        return number

    @expose
    async def send(self, number: int) -> None:
        """Send a number of calls to the browser, one every few milliseconds."""
        counts = iter(range(number))

        def sendOne() -> None:
            count = next(counts, None)
            if count is None:
                loop.stop()
            else:
                self.answers.append(self.callRemote("count", count))

        loop = LoopingCall(sendOne)
        await loop.start(0.005)

    @expose
    def never(self) -> Deferred[None]:
        """Never answer."""
        return Deferred()

    @expose
    async def report(self) -> dict[str, list[int]]:
        """Return the numbers received, and those that the browser has answered."""
        return {"got": self.got, "answers": await gatherResults(self.answers)}
