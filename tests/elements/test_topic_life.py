"""Tests of C{livewidget.elements.topic}.

Elements without a page, lost connections, and what stays.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from livewidget import BufferFull, Limits, LiveElement, Topic
from livewidget.elements.element import MAX_WAITING
from livewidget.errors import ConnectionLost, Detached
from livewidget.wire.messages import Call, Detach, Join
from tests.support.log import Log
from tests.support.pages import Bench
from tests.support.topics import Sub, heard, words


@pytest.fixture
def topic() -> Topic:
    """A topic of its own."""
    return Topic()


class TestWaiting:
    """Elements that have no page yet."""

    def test_inInit(self, topic: Topic) -> None:
        """What is published before the page comes waits, in order with calls."""

        class Member(LiveElement):
            def __init__(self) -> None:
                topic.callRemoteOnly("hear", "before")
                self.callRemoteOnly("hear", "a")
                topic.add(self)
                topic.callRemoteOnly("hear", "b")
                self.callRemoteOnly("hear", "c")
                topic.callRemoteOnly("hear", "d")

        page = Bench().page(member := Member())
        topic.callRemoteOnly("hear", "e")
        live = _connect(page)
        topic.callRemoteOnly("hear", "f")
        assert words(live.sent) == ["a", "b", "c", "d", "e", "f"]
        assert topic.members == [member]
        # Else they are looked for whenever something is published.
        assert topic._waiting == 0

    def test_each(self, topic: Topic) -> None:
        """What waits in each of several elements of a page is heard by each once."""
        parent, child = Sub(), Sub()
        parent.addChild(child)
        topic.add(child)
        topic.callRemoteOnly("hear", "a")
        topic.add(parent)
        topic.callRemoteOnly("hear", "b")
        live = Bench().live(parent)
        topic.callRemoteOnly("hear", "c")
        assert heard(live.sent) == [
            (2, "hear", ["a"]),
            (2, "hear", ["b"]),
            (1, "hear", ["b"]),
            (2, "hear", ["c"]),
            (1, "hear", ["c"]),
        ]
        assert topic.members == [child, parent]

    def test_snapshot(self, topic: Topic) -> None:
        """What waits is what was published, whatever becomes of it, and of each its own."""
        one, other = Sub(), Sub()
        topic.add(one)
        topic.add(other)
        value: dict[str, Any] = {"$a": b"bytes", "b": {1, 2}, "c": []}
        topic.callRemoteOnly("hear", value)
        value["b"] = None
        expected = {"$a": b"bytes", "b": {1, 2}, "c": []}
        assert words(Bench().live(one, other).sent) == [expected, expected]

    def test_left(self, topic: Topic) -> None:
        """Who leaves before the page comes has heard what was published until then."""
        element = Sub()
        topic.add(element)
        topic.callRemoteOnly("hear", "a")
        topic.remove(element)
        topic.callRemoteOnly("hear", "b")
        live = Bench().live(element)
        topic.callRemoteOnly("hear", "c")
        assert words(live.sent) == ["a"]
        assert not any(isinstance(message, Join) for message in live.sent)

    def test_again(self, topic: Topic) -> None:
        """Who comes back hears the rest."""
        element = Sub()
        topic.add(element)
        topic.remove(element)
        topic.callRemoteOnly("hear", "a")
        topic.add(element)
        topic.callRemoteOnly("hear", "b")
        live = Bench().live(element)
        topic.callRemoteOnly("hear", "c")
        assert words(live.sent) == ["b", "c"]

    def test_tooMuch(self, topic: Topic, log: Log) -> None:
        """Where too much waits, the element leaves; the others go on, and so does who publishes."""
        waiting, other = Sub(), Sub()
        live = Bench().live(other)
        topic.add(waiting)
        topic.add(other)
        for number in range(MAX_WAITING + 2):
            topic.callRemoteOnly("hear", number)
        text = log.take("Sub, which has no page yet, was removed from <Topic #")
        assert f"{MAX_WAITING} messages" in text
        assert topic.members == [other]
        assert words(live.sent) == list(range(MAX_WAITING + 2))
        late = Bench().live(waiting)
        assert words(late.sent) == list(range(MAX_WAITING))
        with pytest.raises(BufferFull):
            _fill(Sub())

    def test_notKept(self, topic: Topic) -> None:
        """A topic does not keep an element that never gets a page."""
        element = Sub()
        topic.add(element)
        topic.callRemoteOnly("hear", "a")
        gone = weakref.ref(element)
        del element
        gc.collect()
        assert gone() is None
        assert topic.members == []
        assert (topic._waiting, topic._members) == (0, {})
        topic.callRemoteOnly("hear", "b")

    def test_detached(self, topic: Topic) -> None:
        """One that is detached before it has a page leaves, and its children do."""
        parent, child = Sub(), Sub()
        parent.addChild(child)
        topic.add(parent)
        topic.add(child)
        parent.detach()
        assert topic.members == []
        topic.callRemoteOnly("hear", "a")
        with pytest.raises(Detached):
            topic.add(child)

    def test_largerThanItsPage(self, topic: Topic, log: Log) -> None:
        """What turns out to be too large for the page that comes is logged; the rest is heard."""
        element = Sub()
        topic.add(element)
        topic.callRemoteOnly("hear", "x" * 200)
        topic.callRemoteOnly("hear", "a")
        live = Bench(limits=Limits(message=100)).live(element)
        log.take("'hear' was not called: the message was not sent: it has ")
        assert words(live.sent) == ["a"]

    def test_pageThatComesMeanwhile(self, topic: Topic) -> None:
        """One that gets its page while something is published hears it once."""
        waiting, other = Sub(), Sub()
        bench = Bench()
        page = bench.page(other)
        live = bench.connect(page)
        topic.add(waiting)
        topic.add(other)
        flush = live.flush

        def attach(now: float) -> None:
            live.flush = flush  # type: ignore[method-assign]
            page.attach(waiting)
            flush(now)

        live.flush = attach  # type: ignore[method-assign]
        topic.callRemoteOnly("hear", "a")
        topic.callRemoteOnly("hear", "b")
        said = [(number, args[0]) for number, _, args in heard(live.sent)]
        assert sorted(said) == [(1, "a"), (1, "b"), (2, "a"), (2, "b")]

    def test_goneWhileJoining(self, topic: Topic) -> None:
        """One that is taken out again as soon as it has its page joins nothing."""
        one, other = Sub(), Sub()
        one.addChild(other)
        bench = Bench()
        live = bench.live(Sub())
        topic.add(one)
        topic.add(other)
        flush = live.flush

        def meddle(now: float) -> None:
            live.flush = flush  # type: ignore[method-assign]
            topic.remove(other)
            flush(now)

        live.flush = meddle  # type: ignore[method-assign]
        live.page.attach(one)
        topic.callRemoteOnly("hear", "a")
        assert heard([m for m in live.sent if m.__class__.__name__ != "Leave"]) == [
            (2, "hear", ["a"])
        ]


def _connect(page: Any) -> Any:
    bench = Bench.__new__(Bench)
    bench.clock, bench.pages = page.clock, page.registry
    return bench.connect(page)


def _fill(element: LiveElement) -> None:
    for _ in range(MAX_WAITING + 1):
        element.callRemoteOnly("hear")


#: What happens to one element, a step at a time; what its widget is called in the end.
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
    """A connection that is lost anywhere, and comes back."""

    @pytest.mark.parametrize("unread", [0, 1, 2, 5])
    @pytest.mark.parametrize("away", [0, 1, 4])
    @pytest.mark.parametrize("cut", range(len(STEPS) + 1))
    def test_cut(self, topic: Topic, cut: int, away: int, unread: int) -> None:
        """Whatever was read before, and published meanwhile: all is heard, once and in order."""
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

    def test_neverConnected(self, topic: Topic) -> None:
        """So it is if the browser connects for the first time when all has happened."""
        element = Sub()
        bench = Bench()
        page = bench.page(element)
        for step in STEPS:
            step(topic, element)
        assert words(bench.connect(page).sent) == HEARD


class TestEnd:
    """The end of elements and pages, and what stays."""

    @pytest.mark.parametrize("how", ["detach", "browser", "close", "window", "full", "stop"])
    def test_leaves(self, topic: Topic, how: str, log: Log) -> None:
        """However it ends, the member has left when hooks are called, and nothing stays."""
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

    def test_calls(self, topic: Topic) -> None:
        """Who hears that a call has failed does not see the dead either."""
        element = Sub()
        live = Bench().live(element)
        topic.add(element)
        seen: list[list[LiveElement]] = []
        element.callRemote("ask").addErrback(lambda failure: seen.append(topic.members))
        live.page.close()
        assert seen == [[]]

    def test_nothingStays(self, topic: Topic) -> None:
        """A topic keeps no element and no page that has ended, and no page a topic."""
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

    def test_notKeptByMembers(self) -> None:
        """An element in no topic any more is as one that never was."""
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

    def test_livesWithMembers(self) -> None:
        """A topic that nobody holds lives as long as it has members, and its name with it."""
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

    def test_waitingLives(self) -> None:
        """So it does if the member has no page yet."""
        element = Sub()
        Topic("waiting").add(element)
        gc.collect()
        Topic("waiting").callRemoteOnly("hear", "a")
        assert words(Bench().live(element).sent) == ["a"]

    def test_ofAnEndedPage(self, topic: Topic) -> None:
        """To remove who is used up is nothing."""
        element = Sub()
        live = Bench().live(element)
        topic.add(element)
        live.page.close()
        topic.remove(element)
        assert topic.members == []


class TestMany:
    """Ten thousand members, a hundred thousand topics."""

    def test_members(self, topic: Topic) -> None:
        """Members of a few pages come, hear and go in any order."""
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

    def test_topics(self) -> None:
        """An element may be in a hundred thousand topics; they all go with it."""
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


def test_calls() -> None:
    """What waits are calls that want no answer."""
    topic = Topic()
    topic.add(element := Sub())
    topic.callRemoteOnly("hear", "a")
    live = Bench().live(element)
    assert live.sent == [Join(topic._topicId, 1), Call(None, 1, "hear", ["a"])]
