"""Elements that hear a topic, and record what they should hear."""

from __future__ import annotations

from twisted.internet.task import LoopingCall
from twisted.web.server import Request

from livewidget import LiveElement, Topic, expose


class ListeningElement(LiveElement):
    """A member of the topic from the beginning. Its widget is C{globalThis.widget}.

    @ivar expected: the numbers that its widget should hear.
    """

    template = "listening.html"
    jsClass = "Listening.ListeningWidget"

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.expected: list[int] = []
        topic.add(self)

    @expose
    async def publish(self, number: int) -> None:
        """Publish a number of numbers, one every few milliseconds."""
        counts = iter(range(number))

        def publishOne() -> None:
            count = next(counts, None)
            if count is None:
                loop.stop()
                return
            for member in self.topic.members:
                member.expected.append(count)
            self.topic.callRemoteOnly("hear", count)

        loop = LoopingCall(publishOne)
        await loop.start(0.005)

    @expose
    def join(self, takesPart: bool) -> None:
        """Join or leave the topic."""
        (self.topic.add if takesPart else self.topic.remove)(self)

    @expose
    def more(self) -> LiveElement:
        """Return another element, which joins immediately; its widget is made later."""
        return ListeningElement(self.topic)

    @expose
    def report(self) -> list[int]:
        """Return the numbers that the widget should have heard."""
        return self.expected


def makeListener(request: Request) -> ListeningElement:
    """Return an element in the topic that the query names."""
    return ListeningElement(Topic(request.args[b"topic"][0].decode()))
