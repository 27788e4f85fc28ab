"""Tests of L{livewidget.elements.topic}: members that have no page yet."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from livewidget import BufferFull, Limits, LiveElement, Topic
from livewidget.elements.element import MAX_WAITING
from livewidget.errors import Detached
from livewidget.wire.messages import Call, Join
from tests.support.log import Log
from tests.support.pages import Bench
from tests.support.topics import Sub, heard, words


class TestWaiting:
    """Members that have no page yet."""

    def test_callsBeforeThePageWaitInOrder(self, topic: Topic) -> None:
        """Calls from before the page wait, in order with calls of the element."""

        class Member(LiveElement):
            def __init__(self) -> None:
                topic.callRemoteOnly("hear", "before")
                self.callRemoteOnly("hear", "a")
                topic.add(self)
                topic.callRemoteOnly("hear", "b")
                self.callRemoteOnly("hear", "c")
                topic.callRemoteOnly("hear", "d")

        bench = Bench()
        page = bench.page(member := Member())
        topic.callRemoteOnly("hear", "e")
        live = bench.connect(page)
        topic.callRemoteOnly("hear", "f")
        assert words(live.sent) == ["a", "b", "c", "d", "e", "f"]
        assert topic.members == [member]
        # Otherwise each call would look for waiting members.
        assert topic._waiting == 0

    def test_eachWaitingMemberHearsEachCallOnce(self, topic: Topic) -> None:
        """Calls that wait for several elements of a page are heard once by each."""
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

    def test_waitingArgumentIsSentAsItWasForEachMember(self, topic: Topic) -> None:
        """A waiting argument is sent as it was when published, and each member has its own copy."""
        one, other = Sub(), Sub()
        topic.add(one)
        topic.add(other)
        value: dict[str, Any] = {"$a": b"bytes", "b": {1, 2}, "c": []}
        topic.callRemoteOnly("hear", value)
        value["b"] = None
        expected = {"$a": b"bytes", "b": {1, 2}, "c": []}
        assert words(Bench().live(one, other).sent) == [expected, expected]

    def test_memberThatLeavesBeforeThePageHearsTheCallsUntilThen(self, topic: Topic) -> None:
        """A member that leaves before it has a page hears the calls until then."""
        element = Sub()
        topic.add(element)
        topic.callRemoteOnly("hear", "a")
        topic.remove(element)
        topic.callRemoteOnly("hear", "b")
        live = Bench().live(element)
        topic.callRemoteOnly("hear", "c")
        assert words(live.sent) == ["a"]
        assert not any(isinstance(message, Join) for message in live.sent)

    def test_memberThatReturnsHearsTheCallsSince(self, topic: Topic) -> None:
        """A member that leaves and returns hears the calls since its return."""
        element = Sub()
        topic.add(element)
        topic.remove(element)
        topic.callRemoteOnly("hear", "a")
        topic.add(element)
        topic.callRemoteOnly("hear", "b")
        live = Bench().live(element)
        topic.callRemoteOnly("hear", "c")
        assert words(live.sent) == ["b", "c"]

    def test_memberWithTooManyWaitingCallsIsRemoved(self, topic: Topic, log: Log) -> None:
        """A member with too many waiting calls is removed with a log entry. Other members go on."""
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

    def test_memberWithoutPageIsNotKeptAlive(self, topic: Topic) -> None:
        """A topic does not keep a member alive that never gets a page."""
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

    def test_memberDetachedBeforeThePageLeavesWithItsChildren(self, topic: Topic) -> None:
        """A member that is detached before it has a page leaves, and its children leave too."""
        parent, child = Sub(), Sub()
        parent.addChild(child)
        topic.add(parent)
        topic.add(child)
        parent.detach()
        assert topic.members == []
        topic.callRemoteOnly("hear", "a")
        with pytest.raises(Detached):
            topic.add(child)

    def test_waitingCallTooLargeForThePageIsLogged(self, topic: Topic, log: Log) -> None:
        """A waiting call that is too large for the later page is logged, and the others arrive."""
        element = Sub()
        topic.add(element)
        topic.callRemoteOnly("hear", "x" * 200)
        topic.callRemoteOnly("hear", "a")
        live = Bench(limits=Limits(message=100)).live(element)
        log.take("'hear' was not called: the message was not sent: it has ")
        assert words(live.sent) == ["a"]

    def test_memberThatGetsItsPageDuringACallHearsItOnce(self, topic: Topic) -> None:
        """A member that gets its page while the topic calls hears the call once."""
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

    def test_memberRemovedDuringItsJoinHearsNothing(self, topic: Topic) -> None:
        """A member that is removed while it joins hears no calls."""
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


def _fill(element: LiveElement) -> None:
    for _ in range(MAX_WAITING + 1):
        element.callRemoteOnly("hear")


def test_waitingCallsWantNoAnswer() -> None:
    """Calls that waited for the page are sent as calls without an id."""
    topic = Topic()
    topic.add(element := Sub())
    topic.callRemoteOnly("hear", "a")
    live = Bench().live(element)
    assert live.sent == [Join(topic._topicId, 1), Call(None, 1, "hear", ["a"])]
