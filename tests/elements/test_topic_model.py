"""A state machine test of topics against plain lists, with events in any order."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from livewidget import Topic
from tests.support.pages import Bench, FakeTransport
from tests.support.topics import Sub, heard

NUMBERS = st.integers(0, 5)
TOPICS = st.integers(0, 1)


class Line:
    """A page of an element and its child, and a browser that reads any amount.

    @ivar expected: the numbers that each element should be called with, in order.
    """

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.elements = [Sub(), Sub()]
        self.elements[0].addChild(self.elements[1])
        self.expected: list[list[Any]] = [[], []]
        self.gone = [False, False]
        self.page: Any = None
        self.transport: FakeTransport | None = None
        self.read: list[Any] = []
        self.connections = 0

    def cut(self, unread: int) -> None:
        """Lose the connection, and some of the messages in flight with it."""
        if self.transport is not None:
            self.transport.lose()
            sent = self.transport.sent
            self.read += sent[: max(0, len(sent) - unread)]
            self.transport = None

    def connect(self) -> None:
        """Connect, unless there is a connection."""
        if self.transport is None:
            self.connections += 1
            received = len(self.read)
            self.transport = self.bench.connect(self.page, self.connections, received)


class Publishing(RuleBasedStateMachine):
    """Three pages and two topics."""

    def __init__(self) -> None:
        super().__init__()
        self.topics = [Topic(), Topic()]
        self.bench = Bench()
        self.lines = [Line(self.bench) for _ in range(3)]
        self.members: list[list[tuple[int, int]]] = [[], []]
        self.number = 0

    @rule(topic=TOPICS, who=NUMBERS)
    def add(self, topic: int, who: int) -> None:
        """Add an element to a topic."""
        key = divmod(who, 2)
        line = self.lines[key[0]]
        if not line.gone[key[1]]:
            self.topics[topic].add(line.elements[key[1]])
            if key not in self.members[topic]:
                self.members[topic].append(key)

    @rule(topic=TOPICS, who=NUMBERS)
    def remove(self, topic: int, who: int) -> None:
        """Remove an element from a topic."""
        key = divmod(who, 2)
        self.topics[topic].remove(self.lines[key[0]].elements[key[1]])
        if key in self.members[topic]:
            self.members[topic].remove(key)

    @rule(topic=TOPICS)
    def publish(self, topic: int) -> None:
        """Call all members of a topic."""
        self.number += 1
        self.topics[topic].callRemoteOnly("hear", self.number)
        for line, index in self.members[topic]:
            self.lines[line].expected[index].append(self.number)

    @rule(who=NUMBERS)
    def call(self, who: int) -> None:
        """Call one element."""
        line, index = self.lines[who // 2], who % 2
        self.number += 1
        line.elements[index].callRemoteOnly("hear", self.number)
        if not line.gone[index]:
            line.expected[index].append(self.number)

    @rule(number=st.integers(0, 2))
    def load(self, number: int) -> None:
        """Make a page for its elements."""
        line = self.lines[number]
        if line.page is None:
            line.page = self.bench.pages.make()
            if not line.gone[0]:
                line.page.attach(line.elements[0])

    @rule(number=st.integers(0, 2), unread=st.integers(0, 4))
    def cut(self, number: int, unread: int) -> None:
        """Lose a connection."""
        self.lines[number].cut(unread)

    @rule(number=st.integers(0, 2))
    def connect(self, number: int) -> None:
        """Connect a page again."""
        if self.lines[number].page is not None:
            self.lines[number].connect()

    @precondition(lambda self: self.number > 8)
    @rule(who=NUMBERS)
    def detach(self, who: int) -> None:
        """Detach an element, with its child."""
        line, index = self.lines[who // 2], who % 2
        line.elements[index].detach()
        for each in range(index, 2):
            # Calls that waited in an element without a page are dropped with it.
            if line.elements[each].elementId == 0:
                line.expected[each].clear()
            line.gone[each] = True
            for members in self.members:
                if (who // 2, each) in members:
                    members.remove((who // 2, each))

    def teardown(self) -> None:
        """Check the members of each topic, and the calls that each element has received."""
        for topic, members in zip(self.topics, self.members, strict=True):
            assert topic.members == [self.lines[line].elements[index] for line, index in members]
        for number, line in enumerate(self.lines):
            self.load(number)
            line.cut(0)
            line.connect()
            assert line.transport is not None
            calls = heard([*line.read, *line.transport.sent])
            for element, expected in zip(line.elements, line.expected, strict=True):
                elementId = element.elementId
                assert [args[0] for each, _, args in calls if each == elementId] == expected


class TestPublishing(Publishing.TestCase):  # type: ignore[misc, name-defined]
    """The state machine as a test."""

    settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
