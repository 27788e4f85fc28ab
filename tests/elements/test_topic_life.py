"""Tests of L{livewidget.elements.topic}: lost connections, the end of members, and memory."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from livewidget import Limits, LiveElement, Topic
from livewidget.errors import ConnectionLost
from livewidget.wire.messages import Detach
from tests.support.log import Log
from tests.support.pages import Bench
from tests.support.topics import Sub, words

#: The events of an element, and the numbers that its widget is called with.
STEPS: list[Callable[[Topic, LiveElement], None]] = [
    lambda topic, element: topic.callRemoteOnly("hear", 1),
    lambda topic, element: topic.add(element),
    lambda topic, element: topic.callRemoteOnly("hear", 2),
    lambda topic, element: element.callRemoteOnly("hear", 3),
    lambda topic, element: topic.callRemoteOnly("hear", 4),
    lambda topic, element: topic.remove(element),
    lambda topic, element: topic.callRemoteOnly("hear", 5),
    lambda topic, element: topic.add(element),
    lambda topic, element: topic.callRemoteOnly("hear", 6),
    lambda topic, element: topic.callRemoteOnly("hear", 7),
]
HEARD = [2, 3, 4, 6, 7]


class TestResume:
    """Connections that are lost at any point, and resume."""

    @pytest.mark.parametrize("unread", [0, 1, 2, 5])
    @pytest.mark.parametrize("away", [0, 1, 4])
    @pytest.mark.parametrize("cut", range(len(STEPS) + 1))
    def test_resumedMemberHearsEachCallOnceInOrder(
        self, topic: Topic, cut: int, away: int, unread: int
    ) -> None:
        """A member hears each call once and in order, wherever the connection was lost."""
        element = Sub()
        bench = Bench()
        live = bench.live(element)
        for step in STEPS[:cut]:
            step(topic, element)
        live.lose()
        for step in STEPS[cut : cut + away]:
            step(topic, element)
        read = live.sent[: max(0, len(live.sent) - unread)]
        again = bench.connect(live.page, 2, received=len(read))
        for step in STEPS[cut + away :]:
            step(topic, element)
        assert words([*read, *again.sent]) == HEARD

    def test_firstConnectionHearsEachCallOnceInOrder(self, topic: Topic) -> None:
        """A member whose browser connects after all calls hears each one once and in order."""
        element = Sub()
        bench = Bench()
        page = bench.page(element)
        for step in STEPS:
            step(topic, element)
        assert words(bench.connect(page).sent) == HEARD


class TestEnd:
    """The end of members and pages."""

    @pytest.mark.parametrize("how", ["detach", "browser", "close", "window", "full", "stop"])
    def test_endedMemberHasLeftBeforeItsHooksRun(self, topic: Topic, how: str, log: Log) -> None:
        """An ended member has left before its hooks run, and the topic keeps nothing of it."""
        seen: list[tuple[str, list[LiveElement]]] = []

        class Member(Sub):
            def connectionLost(self, reason: Any) -> None:
                assert isinstance(reason.value, ConnectionLost)
                topic.callRemoteOnly("hear", "lost")
                seen.append(("lost", topic.members))

            def detached(self) -> None:
                seen.append(("detached", topic.members))

        bench = Bench(limits=Limits(messages=4))
        member, sibling, other = Member(), Member(), Sub()
        member.addChild(sibling)
        live = bench.live(member)
        elsewhere = bench.live(other)
        for element in (member, sibling, other):
            topic.add(element)
        if how == "detach":
            member.detach()
        elif how == "browser":
            live.receive(Detach(1))
        elif how == "close":
            live.page.close()
        elif how == "window":
            live.lose()
            elsewhere.bench.clock.advance(30)
            elsewhere.acknowledge(len(elsewhere.sent))
            elsewhere.bench.clock.advance(30)
        elif how == "stop":
            bench.pages.remove(elsewhere.page)
            bench.pages.stop()
        else:
            for number in range(4):
                topic.callRemoteOnly("hear", number)
                elsewhere.acknowledge(len(elsewhere.sent))
            bench.clock.advance(0)
            log.take("page closed (4429)")
        assert seen == [(name, [other]) for name in ("lost", "lost", "detached", "detached")]
        assert words(elsewhere.sent)[-2:] == ["lost", "lost"]
        assert list(topic._members.values()) == [other]
        assert list(topic._pages) == [elsewhere.page]
        assert member._liveTopics is None

    def test_errbackAtTheEndSeesNoEndedMembers(self, topic: Topic) -> None:
        """An errback of a call that fails at the end sees a topic without the ended members."""
        element = Sub()
        live = Bench().live(element)
        topic.add(element)
        seen: list[list[LiveElement]] = []
        element.callRemote("ask").addErrback(lambda failure: seen.append(topic.members))
        live.page.close()
        assert seen == [[]]

    def test_topicAndEndedPageKeepNothingOfEachOther(self, topic: Topic) -> None:
        """A topic does not keep ended elements or pages alive."""
        bench = Bench()
        element = Sub()
        page = bench.page(element)
        gone = [weakref.ref(each) for each in (element, page)]
        topic.add(element)
        topic.callRemoteOnly("hear", "a")
        page.close()
        del element, page
        gc.collect()
        assert [each() for each in gone] == [None, None]
        assert (topic._members, topic._pages) == ({}, {})

    def test_formerMemberDoesNotKeepTheTopic(self) -> None:
        """A former member keeps nothing of the topic."""
        element = Sub()
        page = Bench().page(element)
        topic = Topic()
        gone = weakref.ref(topic)
        topic.add(element)
        topic.remove(element)
        assert "_liveTopics" not in vars(element)
        del topic
        gc.collect()
        assert gone() is None
        assert page.elements

    def test_namedTopicLivesAsLongAsItsMembers(self) -> None:
        """A named topic without references lives as long as it has members."""
        element = Sub()
        live = Bench().live(element)
        Topic("living").add(element)
        gc.collect()
        number = Topic("living")._topicId
        assert Topic("living").members == [element]
        Topic("living").callRemoteOnly("hear", "a")
        assert words(live.sent) == ["a"]
        element.detach()
        gc.collect()
        assert Topic("living")._topicId != number

    def test_namedTopicLivesAsLongAsAWaitingMember(self) -> None:
        """A named topic lives as long as a member that has no page yet."""
        element = Sub()
        Topic("waiting").add(element)
        gc.collect()
        Topic("waiting").callRemoteOnly("hear", "a")
        assert words(Bench().live(element).sent) == ["a"]

    def test_removingAnEndedMemberDoesNothing(self, topic: Topic) -> None:
        """Removing a member whose page has ended does nothing."""
        element = Sub()
        live = Bench().live(element)
        topic.add(element)
        live.page.close()
        topic.remove(element)
        assert topic.members == []


class TestMany:
    """Ten thousand members, and a hundred thousand topics."""

    def test_tenThousandMembersMayJoinAndLeaveInAnyOrder(self, topic: Topic) -> None:
        """Ten thousand members on ten pages are all called, and may leave in any order."""
        bench = Bench(limits=Limits(messages=20_000, bytes=10_000_000))
        elements = [Sub() for _ in range(10_000)]
        pages = [bench.page(*elements[start::10]) for start in range(10)]
        for element in elements:
            topic.add(element)
        assert topic.members == elements
        topic.callRemoteOnly("hear", "a")
        assert [page.delivery.sent for page in pages] == [1001] * 10
        for element in elements[::2] + elements[::-2]:
            topic.remove(element)
        assert (topic.members, topic._pages) == ([], {})

    def test_elementLeavesAHundredThousandTopics(self) -> None:
        """An element may be in a hundred thousand topics, and leaves them all at its end."""
        element = Sub()
        live = Bench(limits=Limits(messages=200_000, bytes=10_000_000)).live(element)
        live.open = False
        topics = [Topic(f"many {number}") for number in range(100_000)]
        for topic in topics:
            topic.add(element)
        topics[77_777].callRemoteOnly("hear", "a")
        assert live.page.delivery.sent == 100_001
        element.detach()
        assert not any(topic.members for topic in topics)
