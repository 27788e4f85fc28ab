"""Tests of L{livewidget.elements.topic}: names and members."""

from __future__ import annotations

from typing import Any

import pytest

from livewidget import EncodeError, LiveElement, LivePage, Topic, expose
from livewidget.elements.topic import TopicRegistry, useRegistry
from livewidget.errors import ConnectionLost, Detached
from livewidget.wire.messages import Event, Join, Leave
from tests.support.adoption import Sender, Told, sent
from tests.support.pages import Bench, FakeTransport
from tests.support.project import Project
from tests.support.topics import Sub, heard, kinds, words


class TestName:
    """The name of a topic."""

    def test_sameNameGivesTheSameTopic(self) -> None:
        """Equal names give the same topic. Without a name each topic is a new one."""
        topic = Topic("a")
        assert Topic("a") is topic
        assert Topic(name="a") is topic
        assert Topic("b") is not topic
        assert Topic() is not Topic()
        assert (topic.name, Topic().name) == ("a", None)

    @pytest.mark.parametrize(
        "name", [7, b"a", ["a"], True], ids=["number", "bytes", "list", "bool"]
    )
    def test_nameThatIsNotTextIsRefused(self, name: Any) -> None:
        """A name that is not a text is refused."""
        with pytest.raises(TypeError, match="the name of a topic is a string, not "):
            Topic(name)

    def test_emptyNameIsRefused(self) -> None:
        """An empty name is refused, and is not a topic without a name."""
        with pytest.raises(ValueError, match=r"cannot be empty\. Use Topic\(\)"):
            Topic("")

    def test_eachRegistryHasItsOwnNames(self) -> None:
        """A name gives another topic in another registry, and the first one when it is restored."""
        topic = Topic("a")
        before = useRegistry(TopicRegistry())
        try:
            other = Topic("a")
            assert Topic("a") is other
        finally:
            useRegistry(before)
        assert other is not topic
        assert Topic("a") is topic

    def test_topicsOfTwoRegistriesReachTheirOwnMembersOnly(self) -> None:
        """One page can have members of topics of the same name in two registries."""
        topic, mine, others = Topic("a"), Sub(), Sub()
        before = useRegistry(TopicRegistry())
        try:
            other = Topic("a")
        finally:
            useRegistry(before)
        live = Bench().live(mine, others)
        topic.add(mine)
        other.add(others)
        topic.callRemoteOnly("hear", 1)
        other.callRemoteOnly("hear", 2)
        joins = {m.elementId: m.topicId for m in live.sent if isinstance(m, Join)}
        assert len(set(joins.values())) == 2
        assert [(m.topicId, m.args) for m in live.sent if isinstance(m, Event)] == [
            (joins[1], [1]),
            (joins[2], [2]),
        ]

    def test_reprHasTheNameAndTheNumberOfMembers(self) -> None:
        """The C{repr} of a topic has its name and the number of its members."""
        topic = Topic("it's")
        assert repr(topic) == """<Topic "it's" with 0 members>"""
        topic.add(element := Sub())
        assert repr(topic) == """<Topic "it's" with 1 member>"""
        topic.add(other := Sub())
        assert repr(topic) == """<Topic "it's" with 2 members>"""
        assert repr(Topic()).startswith("<Topic #")
        assert element is not other


class TestMembers:
    """The members of a topic."""

    def test_membersKeepTheOrderOfTheirAddition(self, topic: Topic) -> None:
        """Members are in the order of their addition, whether they have a page or not."""
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

    def test_changingTheListDoesNotChangeTheTopic(self, topic: Topic) -> None:
        """The list of members is a copy: changing it does not change the topic."""
        topic.add(element := Sub())
        topic.members.clear()
        assert topic.members == [element]

    def test_addingAndRemovingTwiceIsAsOnce(self, topic: Topic) -> None:
        """Adding a member twice is the same as once, and so is removing it."""
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

    def test_removingAStrangerDoesNothing(self, topic: Topic) -> None:
        """Removing an element that is not a member does nothing."""
        element = Sub()
        live = Bench().live(element)
        topic.remove(element)
        topic.remove(Sub())
        assert live.sent == []

    def test_membersAreToldApartByIdentity(self, topic: Topic) -> None:
        """Members that are equal, unhashable or falsy are told apart."""

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

    @pytest.mark.parametrize(
        "value", [None, "a", LivePage(), Topic()], ids=["None", "text", "page", "topic"]
    )
    def test_valueThatIsNotAnElementIsRefused(self, topic: Topic, value: Any) -> None:
        """A value that is not an element is refused."""
        with pytest.raises(TypeError, match="is not a LiveElement"):
            topic.add(value)
        topic.remove(value)

    def test_classIsRefusedWithAdvice(self, topic: Topic) -> None:
        """A class is refused with advice to use an element."""
        with pytest.raises(TypeError, match=r"Sub is a class\. Use an element of it: Sub\(…\)"):
            topic.add(Sub)  # type: ignore[arg-type]

    def test_endedElementIsRefusedWithTheErrorOfItsCalls(self, topic: Topic) -> None:
        """Adding an element whose page has ended raises the error that its calls fail with."""
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

    def test_coroutineThatAddsAnEndedElementIsNotLogged(self, topic: Topic) -> None:
        """A coroutine that adds its element after the page has ended stops without a log entry."""

        class Late(LiveElement):
            @expose
            async def enter(self) -> None:
                live.page.close()
                topic.add(self)

        live = Bench().live(Late())
        live.call("enter")
        assert topic.members == []


class TestAdopted:
    """Members that are sent in a message, and templates that publish."""

    def test_adoptedMemberJoinsAfterItsMessage(
        self, live: FakeTransport, sender: Sender, told: Told, topic: Topic
    ) -> None:
        """A member that is sent in a message joins after it, then gets the waiting calls."""
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

    def test_callOfATemplateIsSentAfterItsElement(
        self, live: FakeTransport, sender: Sender, project: Project, topic: Topic
    ) -> None:
        """A template may add its element and publish. The call is sent after the element."""
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

    def test_memberWhoseMessageIsRefusedLeaves(
        self, live: FakeTransport, sender: Sender, told: Told, topic: Topic
    ) -> None:
        """A member whose message is refused leaves. Calls published meanwhile are sent."""
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

    def test_detachedMemberLeavesWithItsChildrenWithoutAMessage(
        self, live: FakeTransport, sender: Sender, told: Told, topic: Topic
    ) -> None:
        """A detached element leaves without a message, and its children leave too."""
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


def test_joinEventAndLeaveAreSent(topic: Topic) -> None:
    """Joining, publishing and leaving send the messages of the protocol."""
    element = Sub()
    live = Bench().live(element)
    topic.add(element)
    topic.callRemoteOnly("hear", "a")
    topic.remove(element)
    number = topic._topicId
    assert live.sent == [Join(number, 1), Event(number, "hear", ["a"]), Leave(number, 1)]
