"""Elements that hear what is published in a topic, and note what they should."""

from __future__ import annotations

from twisted.internet.task import LoopingCall
from twisted.web.server import Request

from livewidget import LiveElement, Topic, expose


class ListeningElement(LiveElement):
    """Takes part from the beginning. Its widget is C{globalThis.widget}.

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
        """Publish so many numbers, one every few milliseconds."""
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
        """Take part, or no more."""
        (self.topic.add if takesPart else self.topic.remove)(self)

    @expose
    def more(self) -> LiveElement:
        """One more, which takes part at once; its widget comes later."""
        return ListeningElement(self.topic)

    @expose
    def report(self) -> list[int]:
        """What its widget should have heard."""
        return self.expected


def makeListener(request: Request) -> ListeningElement:
    """An element in the topic that the query names."""
    return ListeningElement(Topic(request.args[b"topic"][0].decode()))
