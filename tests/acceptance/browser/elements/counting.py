"""Numbered calls both ways, so that what is lost or doubled is seen."""

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
        """A number of the browser's."""
        self.got.append(number)
        return number

    @expose
    async def send(self, number: int) -> None:
        """Send so many numbers to the browser, one every few milliseconds."""
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
        """What came, and what the browser has answered."""
        return {"got": self.got, "answers": await gatherResults(self.answers)}
