"""Tests of L{livewidget.elements.topic}: publishing, and limits."""

from __future__ import annotations

from typing import Any

import pytest

from livewidget import EncodeError, Limits, LiveElement, MessageTooLarge, Topic, expose
from livewidget.wire.messages import Event, encode
from tests.support.log import Log
from tests.support.pages import Bench
from tests.support.topics import Sub, heard, kinds, words


class TestPublishing:
    """C{callRemoteOnly}, and the order in which its calls arrive."""

    def test_membersOfAllPagesAreCalled(self, topic: Topic) -> None:
        """Members on all pages, and of several resources, are called, and no other elements."""
        bench, other = Bench(), Bench()
        elements = [Sub() for _ in range(6)]
        lives = [bench.live(*elements[:3]), bench.live(elements[3]), other.live(*elements[4:])]
        for index in (2, 0, 3, 4):
            topic.add(elements[index])
        topic.callRemoteOnly("hear", "a", {"b": [1]})
        said = ["a", {"b": [1]}]
        assert heard(lives[0].sent) == [(3, "hear", said), (1, "hear", said)]
        assert heard(lives[1].sent) == [(1, "hear", said)]
        assert heard(lives[2].sent) == [(1, "hear", said)]

    def test_pageGetsOneMessageForAllItsMembers(self, topic: Topic) -> None:
        """A page gets one message, however many of its elements are members."""
        elements = [Sub() for _ in range(5)]
        live = Bench().live(*elements)
        for element in elements:
            topic.add(element)
        topic.callRemoteOnly("hear", "a")
        assert kinds(live) == ["join"] * 5 + ["event"]

    def test_pagesShareTheEncodedMessage(self, topic: Topic) -> None:
        """All pages keep the same bytes object in their buffers."""
        pages = [Bench().page(element) for element in (Sub(), Sub(), Sub())]
        for page in pages:
            topic.add(page.elements[1])
        topic.callRemoteOnly("hear", "a" * 1000)
        assert len({id(page.delivery._buffer[-1]) for page in pages}) == 1

    def test_topicsAreIndependent(self) -> None:
        """A call of one topic does not reach the members of another."""
        one, other = Topic(), Topic()
        element = Sub()
        live = Bench().live(element)
        one.add(element)
        one.callRemoteOnly("hear", "a")
        other.callRemoteOnly("hear", "b")
        other.add(element)
        other.callRemoteOnly("hear", "c")
        one.callRemoteOnly("hear", "d")
        one.remove(element)
        other.callRemoteOnly("hear", "e")
        assert words(live.sent) == ["a", "c", "d", "e"]

    def test_callsOfTopicAndElementKeepTheirOrder(self, topic: Topic) -> None:
        """Joining, leaving, calls of the element and calls of the topic keep their order."""
        element = Sub()
        live = Bench().live(element)
        topic.callRemoteOnly("hear", "before")
        topic.add(element)
        element.callRemoteOnly("hear", "a")
        topic.callRemoteOnly("hear", "b")
        element.callRemoteOnly("hear", "c")
        topic.remove(element)
        topic.callRemoteOnly("hear", "after")
        element.callRemoteOnly("hear", "d")
        assert words(live.sent) == ["a", "b", "c", "d"]

    def test_argumentChangedLaterIsSentAsItWas(self, topic: Topic) -> None:
        """Any value that a call can send can be published, and later changes of it are not sent."""
        element = Sub()
        bench = Bench()
        page = bench.page(element)
        topic.add(element)
        value: dict[str, Any] = {"$a": b"bytes", "b": {1, 2}}
        topic.callRemoteOnly("hear", value)
        value["b"] = None
        assert words(bench.connect(page).sent) == [{"$a": b"bytes", "b": {1, 2}}]

    @pytest.mark.parametrize(
        ("args", "path"),
        [((1, object()), r"args\[1\]"), (({"a": [1e999]},), r"args\[0\].a")],
        ids=["object", "infinity in a dict"],
    )
    def test_unsendableArgumentIsRefusedAndNobodyIsCalled(
        self, topic: Topic, args: Any, path: str
    ) -> None:
        """An argument that cannot be sent is refused with its path, and no member is called."""
        element = Sub()
        live = Bench().live(element)
        topic.add(element)
        with pytest.raises(EncodeError, match=path):
            topic.callRemoteOnly("hear", *args)
        with pytest.raises(EncodeError, match="method"):
            topic.callRemoteOnly("")
        assert kinds(live) == ["join"]

    def test_unsendableArgumentIsRefusedWithoutMembers(self, topic: Topic) -> None:
        """An argument that cannot be sent is refused even if the topic has no members."""
        topic.callRemoteOnly("hear", "a")
        with pytest.raises(EncodeError):
            topic.callRemoteOnly("hear", object())

    def test_elementAsArgumentIsRefused(self, topic: Topic) -> None:
        """An element belongs to one page, and is refused as an argument of a topic."""
        element = Sub()
        live = Bench().live(element)
        topic.add(element)
        with pytest.raises(EncodeError) as caught:
            topic.callRemoteOnly("hear", [1, Sub()])
        text = "a Sub is an element, which belongs to one page and cannot be sent"
        assert str(caught.value).startswith(f"args[0][1]: {text}")
        assert kinds(live) == ["join"]

    def test_callOfAMethodIsSentBeforeItsAnswer(self, topic: Topic) -> None:
        """An exposed method may publish, and its calls are sent before its answer."""

        class Speaker(LiveElement):
            @expose
            def say(self, text: str) -> str:
                topic.callRemoteOnly("hear", text)
                return "said"

        speaker, other = Speaker(), Sub()
        bench = Bench()
        lives = [bench.live(speaker), bench.live(other)]
        topic.add(speaker)
        topic.add(other)
        answer = lives[0].call("say", "a")
        assert kinds(lives[0]) == ["join", "event", "result"]
        assert answer.value == "said"
        assert kinds(lives[1]) == ["join", "event"]

    def test_hooksMayPublishToTheirOwnTopic(self, topic: Topic) -> None:
        """C{connectionMade} and C{connectionLost} may publish to the topic of their element."""

        class Visitor(LiveElement):
            def connectionMade(self) -> None:
                topic.add(self)
                topic.callRemoteOnly("hear", "came")

            def connectionLost(self, reason: Any) -> None:
                assert self not in topic.members
                topic.callRemoteOnly("hear", "went")

        bench = Bench()
        first, second = bench.live(Visitor()), bench.live(Visitor())
        second.page.close()
        assert words(first.sent) == ["came", "came", "went"]
        assert words(second.sent) == ["came"]

    def test_applicationMayPublishAddAndRemoveWhileSending(self, topic: Topic) -> None:
        """A flush that runs application code may publish, add and remove members."""
        bench = Bench()
        elements = [Sub() for _ in range(4)]
        lives = [bench.live(element) for element in elements]
        for element in elements[:3]:
            topic.add(element)
        flush = lives[0].flush

        def meddle(now: float) -> None:
            lives[0].flush = flush  # type: ignore[method-assign]
            flush(now)
            topic.remove(elements[1])
            elements[2].detach()
            topic.add(elements[3])
            topic.callRemoteOnly("hear", "inner")

        lives[0].flush = meddle  # type: ignore[method-assign]
        topic.callRemoteOnly("hear", "outer")
        assert [words(live.sent) for live in lives] == [["outer", "inner"], [], [], ["inner"]]


class TestSizes:
    """The message limits of the members' pages."""

    def size(self, topic: Topic, text: str) -> int:
        """Return the size of an encoded event with this text."""
        return len(encode(Event(topic._topicId, "hear", [text])))

    def test_messageTooLargeForOnePageCallsNobody(self, topic: Topic) -> None:
        """A message that is too large for one page is refused before any member is called."""
        roomy, tight = Sub(), Sub()
        lives = [Bench().live(roomy), Bench(limits=Limits(message=100)).live(tight)]
        topic.add(roomy)
        topic.add(tight)
        with pytest.raises(MessageTooLarge) as caught:
            topic.callRemoteOnly("hear", "x" * 100)
        assert (caught.value.size, caught.value.limit) == (self.size(topic, "x" * 100), 100)
        assert [words(live.sent) for live in lives] == [[], []]

    def test_messageOfExactlyTheLimitIsSent(self, topic: Topic) -> None:
        """A message of exactly the limit is sent, and one byte more is refused."""
        element = Sub()
        live = Bench(limits=Limits(message=100)).live(element)
        topic.add(element)
        text = "x" * (100 - self.size(topic, ""))
        topic.callRemoteOnly("hear", text)
        with pytest.raises(MessageTooLarge):
            topic.callRemoteOnly("hear", text + "x")
        assert words(live.sent) == [text]

    @pytest.mark.parametrize("how", ["removed", "detached", "ended"])
    def test_limitOfAFormerMemberDoesNotCount(self, topic: Topic, how: str) -> None:
        """The limit of a former member's page does not count."""
        roomy, tight = Sub(), Sub()
        live = Bench(limits=Limits(message=1000)).live(roomy)
        page = Bench(limits=Limits(message=100)).page(tight)
        topic.add(tight)
        topic.add(roomy)
        if how == "removed":
            topic.remove(tight)
        elif how == "detached":
            tight.detach()
        else:
            page.close()
        topic.callRemoteOnly("hear", "x" * 500)
        with pytest.raises(MessageTooLarge) as caught:
            topic.callRemoteOnly("hear", "x" * 1000)
        assert caught.value.limit == 1000
        assert words(live.sent) == ["x" * 500]
        topic.add(again := Sub())
        Bench(limits=Limits(message=100)).page(again)
        with pytest.raises(MessageTooLarge):
            topic.callRemoteOnly("hear", "x" * 500)

    def test_nothingIsTooLargeWithoutMembers(self, topic: Topic) -> None:
        """A message of any size is accepted if the topic has no members."""
        topic.callRemoteOnly("hear", "x" * 1_000_000)


class TestFull:
    """Browsers that do not keep up."""

    def test_slowPageEndsInALaterTurnAndOthersGoOn(self, topic: Topic, log: Log) -> None:
        """A page with a full buffer ends in a later turn, and the others get all calls."""
        bench = Bench(limits=Limits(messages=3))
        ends: list[str] = []

        class Slow(LiveElement):
            def detached(self) -> None:
                ends.append("slow")

        slow, quick = Slow(), Sub()
        page = bench.page(slow)
        live = bench.live(quick)
        topic.add(slow)
        topic.add(quick)
        for number in range(5):
            topic.callRemoteOnly("hear", number)
            live.acknowledge(len(live.sent))
        assert ends == []
        assert page.ending
        bench.clock.advance(0)
        assert (ends, topic.members) == (["slow"], [quick])
        assert words(live.sent) == [0, 1, 2, 3, 4]
        log.take("page closed (4429)")

    def test_memoryOfAllPagesIsBounded(self, topic: Topic, log: Log) -> None:
        """The page with the most waiting bytes ends when C{processBytes} is exceeded."""
        bench = Bench(processBytes=3000)
        pages = [bench.page(element) for element in (Sub(), Sub())]
        for page in pages:
            topic.add(page.elements[1])
        pages[0].elements[1].callRemoteOnly("hear", "x" * 1000)
        topic.callRemoteOnly("hear", "x" * 800)
        topic.callRemoteOnly("hear", "x" * 800)
        assert [page.ending for page in pages] == [True, False]
        assert log.take("all pages together hold too many bytes")
