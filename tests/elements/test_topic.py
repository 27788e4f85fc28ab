"""Tests of C{livewidget.elements.topic}: who takes part, and what goes to whom."""

from __future__ import annotations

from typing import Any

import pytest

from livewidget import EncodeError, Limits, LiveElement, LivePage, MessageTooLarge, Topic, expose
from livewidget.errors import ConnectionLost, Detached
from livewidget.wire.messages import Event, Join, Leave, encode
from tests.support.adoption import Sender, Told, sent
from tests.support.log import Log
from tests.support.pages import Bench, FakeTransport
from tests.support.project import Project
from tests.support.topics import Sub, heard, words


@pytest.fixture
def topic() -> Topic:
    """A topic of its own."""
    return Topic()


def kinds(transport: FakeTransport) -> list[str]:
    """The kinds of the messages that were sent."""
    return [type(message).__name__.lower() for message in transport.sent]


class TestName:
    """One name, one topic."""

    def test_same(self) -> None:
        """The same name is the same topic; without one it is another each time."""
        topic = Topic("a")
        assert Topic("a") is topic
        assert Topic(name="a") is topic
        assert Topic("b") is not topic
        assert Topic() is not Topic()
        assert (topic.name, Topic().name) == ("a", None)

    @pytest.mark.parametrize("name", [7, b"a", ["a"], True])
    def test_noText(self, name: Any) -> None:
        """A name is a text."""
        with pytest.raises(TypeError, match="the name of a topic is a string, not "):
            Topic(name)

    def test_empty(self) -> None:
        """An empty name is a mistake, and not a topic without one."""
        with pytest.raises(ValueError, match=r"cannot be empty\. Use Topic\(\)"):
            Topic("")

    def test_repr(self) -> None:
        """It says which one it is, and how many take part."""
        topic = Topic("it's")
        assert repr(topic) == """<Topic "it's" with 0 members>"""
        topic.add(element := Sub())
        assert repr(topic) == """<Topic "it's" with 1 member>"""
        topic.add(other := Sub())
        assert repr(topic) == """<Topic "it's" with 2 members>"""
        assert repr(Topic()).startswith("<Topic #")
        assert element is not other


class TestMembers:
    """Who takes part."""

    def test_order(self, topic: Topic) -> None:
        """They are in the order in which they were added, with a page or without."""
        bench = Bench()
        elements = [Sub() for _ in range(4)]
        bench.live(elements[2])
        for index in (3, 2, 0, 1):
            topic.add(elements[index])
        assert topic.members == [elements[index] for index in (3, 2, 0, 1)]
        bench.live(elements[0])
        topic.add(elements[3])
        assert topic.members == [elements[index] for index in (3, 2, 0, 1)]
        topic.remove(elements[3])
        topic.add(elements[3])
        assert topic.members == [elements[index] for index in (2, 0, 1, 3)]

    def test_listOfItsOwn(self, topic: Topic) -> None:
        """Who changes the list changes no topic."""
        topic.add(element := Sub())
        topic.members.clear()
        assert topic.members == [element]

    def test_twice(self, topic: Topic) -> None:
        """Added twice is once; removed once is enough, and twice is nothing."""
        element = Sub()
        live = Bench().live(element)
        for _ in range(2):
            topic.add(element)
        topic.callRemoteOnly("hear", "a")
        for _ in range(2):
            topic.remove(element)
        topic.callRemoteOnly("hear", "b")
        assert kinds(live) == ["join", "event", "leave"]
        assert topic.members == []

    def test_stranger(self, topic: Topic) -> None:
        """To remove one that does not take part is nothing, whatever it is."""
        element = Sub()
        live = Bench().live(element)
        topic.remove(element)
        topic.remove(Sub())
        assert live.sent == []

    def test_identity(self, topic: Topic) -> None:
        """Elements that are equal, have no hash or are false are told apart."""

        class Equal(LiveElement):
            __hash__ = None  # type: ignore[assignment]

            def __eq__(self, other: object) -> bool:
                return True

            def __len__(self) -> int:
                return 0

        one, other = Equal(), Equal()
        live = Bench().live(one, other)
        topic.add(one)
        topic.add(other)
        topic.add(later := Equal())
        assert [id(member) for member in topic.members] == [id(one), id(other), id(later)]
        topic.remove(other)
        topic.callRemoteOnly("hear", "a")
        assert heard(live.sent) == [(1, "hear", ["a"])]

    @pytest.mark.parametrize("value", [None, "a", LivePage(), Topic()])
    def test_noElement(self, topic: Topic, value: Any) -> None:
        """Nothing but an element takes part."""
        with pytest.raises(TypeError, match="is not a LiveElement"):
            topic.add(value)
        topic.remove(value)

    def test_class(self, topic: Topic) -> None:
        """A class is a mistake that is easily made."""
        with pytest.raises(TypeError, match=r"Sub is a class\. Use an element of it: Sub\(…\)"):
            topic.add(Sub)  # type: ignore[arg-type]

    def test_usedUp(self, topic: Topic) -> None:
        """One that is used up raises what calls of it fail with."""
        bench = Bench()
        detached, ended = Sub(), Sub()
        bench.live(detached, Sub())
        detached.detach()
        bench.live(ended).page.close("bye")
        with pytest.raises(Detached):
            topic.add(detached)
        with pytest.raises(ConnectionLost, match=r"the page ended: bye \(4000\)") as caught:
            topic.add(ended)
        assert caught.value is not ended._liveLost
        assert topic.members == []

    def test_usedUpInTheMidst(self, topic: Topic) -> None:
        """A coroutine whose page has ended meanwhile stops there, and nobody logs it."""

        class Late(LiveElement):
            @expose
            async def enter(self) -> None:
                live.page.close()
                topic.add(self)

        live = Bench().live(Late())
        live.call("enter")
        assert topic.members == []


class TestPublishing:
    """What is published, and how it is sent."""

    def test_all(self, topic: Topic) -> None:
        """Members of all pages, and of several resources, are called, and no others."""
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

    def test_oncePerPage(self, topic: Topic) -> None:
        """A page gets one message, however many of its elements take part."""
        elements = [Sub() for _ in range(5)]
        live = Bench().live(*elements)
        for element in elements:
            topic.add(element)
        topic.callRemoteOnly("hear", "a")
        assert kinds(live) == ["join"] * 5 + ["event"]

    def test_sameBytes(self, topic: Topic) -> None:
        """All pages keep the same bytes, and no copies."""
        pages = [Bench().page(element) for element in (Sub(), Sub(), Sub())]
        for page in pages:
            topic.add(page.elements[1])
        topic.callRemoteOnly("hear", "a" * 1000)
        assert len({id(page.delivery._buffer[-1]) for page in pages}) == 1

    def test_topics(self) -> None:
        """Topics do not hear each other."""
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

    def test_withCalls(self, topic: Topic) -> None:
        """Joining, leaving, calls and what is published are in the order of their making."""
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

    def test_values(self, topic: Topic) -> None:
        """What can cross in a call can be published; what is changed later is not."""
        element = Sub()
        page = Bench().page(element)
        topic.add(element)
        value: dict[str, Any] = {"$a": b"bytes", "b": {1, 2}}
        topic.callRemoteOnly("hear", value)
        value["b"] = None
        assert words(Bench.connect(_benchOf(page), page).sent) == [{"$a": b"bytes", "b": {1, 2}}]

    @pytest.mark.parametrize(
        ("args", "path"),
        [((1, object()), r"args\[1\]"), (({"a": [1e999]},), r"args\[0\].a")],
    )
    def test_cannotCross(self, topic: Topic, args: Any, path: str) -> None:
        """What cannot be sent is refused, with the path to it, and nobody is called."""
        element = Sub()
        live = Bench().live(element)
        topic.add(element)
        with pytest.raises(EncodeError, match=path):
            topic.callRemoteOnly("hear", *args)
        with pytest.raises(EncodeError, match="method"):
            topic.callRemoteOnly("")
        assert kinds(live) == ["join"]

    def test_nobody(self, topic: Topic) -> None:
        """It is refused also where nobody would hear it."""
        topic.callRemoteOnly("hear", "a")
        with pytest.raises(EncodeError):
            topic.callRemoteOnly("hear", object())

    def test_element(self, topic: Topic) -> None:
        """An element belongs to one page, and cannot be published."""
        element = Sub()
        live = Bench().live(element)
        topic.add(element)
        with pytest.raises(EncodeError) as caught:
            topic.callRemoteOnly("hear", [1, Sub()])
        text = "a Sub is an element, which belongs to one page and cannot be sent"
        assert str(caught.value).startswith(f"args[0][1]: {text}")
        assert kinds(live) == ["join"]

    def test_inTheMidst(self, topic: Topic) -> None:
        """An exposed method may publish; what it says goes out before its answer."""

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

    def test_inHooks(self, topic: Topic) -> None:
        """So may C{connectionMade} and C{connectionLost}, each in its own topic."""

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

    def test_nested(self, topic: Topic) -> None:
        """What is sent may run the application, which publishes, adds and removes."""
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


def _benchOf(page: Any) -> Bench:
    bench = Bench.__new__(Bench)
    bench.clock, bench.pages = page.clock, page.registry
    return bench


class TestSizes:
    """The limits of pages hold for what is published."""

    def size(self, topic: Topic, text: str) -> int:
        return len(encode(Event(topic._topicId, "hear", [text])))

    def test_tooLarge(self, topic: Topic) -> None:
        """What is too large for one page is refused before anybody is called."""
        roomy, tight = Sub(), Sub()
        lives = [Bench().live(roomy), Bench(limits=Limits(message=100)).live(tight)]
        topic.add(roomy)
        topic.add(tight)
        with pytest.raises(MessageTooLarge) as caught:
            topic.callRemoteOnly("hear", "x" * 100)
        assert (caught.value.size, caught.value.limit) == (self.size(topic, "x" * 100), 100)
        assert [words(live.sent) for live in lives] == [[], []]

    def test_exactly(self, topic: Topic) -> None:
        """What fits exactly is sent."""
        element = Sub()
        live = Bench(limits=Limits(message=100)).live(element)
        topic.add(element)
        text = "x" * (100 - self.size(topic, ""))
        topic.callRemoteOnly("hear", text)
        with pytest.raises(MessageTooLarge):
            topic.callRemoteOnly("hear", text + "x")
        assert words(live.sent) == [text]

    @pytest.mark.parametrize("how", ["removed", "detached", "ended"])
    def test_gone(self, topic: Topic, how: str) -> None:
        """Who has left is no measure any more."""
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

    def test_nobody(self, topic: Topic) -> None:
        """Where nobody is, nothing is too large."""
        topic.callRemoteOnly("hear", "x" * 1_000_000)


class TestFull:
    """A browser that does not keep up."""

    def test_others(self, topic: Topic, log: Log) -> None:
        """It ends in a moment; who publishes and the others notice nothing."""
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

    def test_inAll(self, topic: Topic, log: Log) -> None:
        """What waits in all pages together is bounded too."""
        bench = Bench(processBytes=3000)
        pages = [bench.page(element) for element in (Sub(), Sub())]
        for page in pages:
            topic.add(page.elements[1])
        pages[0].elements[1].callRemoteOnly("hear", "x" * 1000)
        topic.callRemoteOnly("hear", "x" * 800)
        topic.callRemoteOnly("hear", "x" * 800)
        assert [page.ending for page in pages] == [True, False]
        assert log.take("all pages together hold too many bytes")


class TestAdopted:
    """Members that come in a message, and templates that publish."""

    def test_comesLater(
        self, live: FakeTransport, sender: Sender, told: Told, topic: Topic
    ) -> None:
        """One joins after the message that brings it, and gets what was published before."""
        child = told.named("a")
        topic.add(sender)
        topic.add(child)
        topic.callRemoteOnly("hear", "a")

        def send() -> None:
            sender.callRemoteOnly("add", child)
            topic.callRemoteOnly("hear", "b")

        add, join, call, event = sent(live, send)
        assert (add[0], add[3]) == ("call", "add")
        assert join == ["join", topic._topicId, 2]
        assert call == ["call", None, 2, "hear", ["a"]]
        assert event == ["event", topic._topicId, "hear", ["b"]]

    def test_whileRendered(
        self, live: FakeTransport, sender: Sender, project: Project, topic: Topic
    ) -> None:
        """A template that adds its element and publishes is heard after it has come."""
        other = Sub()
        others = Bench().live(other)
        topic.add(sender)
        topic.add(other)
        speaking = project.page("<p {{ liveElement }}>{{ speak() }}</p>")()

        def speak() -> str:
            topic.add(speaking)
            topic.callRemoteOnly("hear", "a")
            topic.remove(sender)
            return ""

        speaking.speak = speak
        messages = sent(live, lambda: sender.callRemoteOnly("add", speaking))
        number = topic._topicId
        assert [message[0] for message in messages] == ["call", "join", "event", "leave"]
        assert messages[1] == ["join", number, 2]
        assert messages[3] == ["leave", number, 1]
        assert words(others.sent) == ["a"]

    def test_cannotBeSent(
        self, live: FakeTransport, sender: Sender, told: Told, topic: Topic
    ) -> None:
        """One whose message is refused leaves; what was published meanwhile is sent."""
        child = told.named("a")
        child.getInitialArguments = lambda: topic.callRemoteOnly("hear", "a") or []
        topic.add(sender)
        topic.add(child)

        def send() -> None:
            with pytest.raises(EncodeError):
                sender.callRemoteOnly("add", child, object())

        messages = sent(live, send)
        assert ["event", topic._topicId, "hear", ["a"]] in messages
        assert topic.members == [sender]

    def test_detached(self, live: FakeTransport, sender: Sender, told: Told, topic: Topic) -> None:
        """Who is detached leaves without a message, and all below it."""
        child = told.named("a", told.named("b"))
        for element in (sender, child, *child.childElements):
            topic.add(element)
        sent(live, lambda: sender.callRemoteOnly("add", child))
        assert sent(live, child.detach) == [["detach", 2]]
        assert topic.members == [sender]
        child = told.named("a", told.named("b"))
        topic.add(child.childElements[0])
        sent(live, lambda: sender.callRemoteOnly("add", child))
        assert sent(live, lambda: live.receive(b'["detach",4]')) == []
        assert topic.members == [sender]


def test_messages(topic: Topic) -> None:
    """What is sent are the messages of the protocol."""
    element = Sub()
    live = Bench().live(element)
    topic.add(element)
    topic.callRemoteOnly("hear", "a")
    topic.remove(element)
    number = topic._topicId
    assert live.sent == [Join(number, 1), Event(number, "hear", ["a"]), Leave(number, 1)]
