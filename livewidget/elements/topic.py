"""Elements of any pages, who are told the same at once."""

from __future__ import annotations

import sys
from itertools import count
from operator import itemgetter
from typing import Any, final
from weakref import WeakValueDictionary, ref

from twisted.logger import Logger

from livewidget.elements.element import Host, LiveElement, checkElement
from livewidget.errors import BufferFull, ConnectionLost, Detached, EncodeError, MessageTooLarge
from livewidget.wire.messages import Event, Join, Leave, decode, encode

_log = Logger()

# Ids are unique in the process, whatever registry a topic is in: one page may have members of
# topics in several registries.
_ids = count(1)

# Numbers the additions of elements that have no page yet, in the order in which they are made.
_order = count(1)


class TopicRegistry:
    """The named topics that are the same for everybody who uses the registry.

    A topic stays in it as long as somebody holds it or it has members.
    """

    def __init__(self) -> None:
        self._named: WeakValueDictionary[str, Topic] = WeakValueDictionary()

    def find(self, name: str) -> Topic | None:
        """Return the topic of a name, or C{None} if there is none."""
        return self._named.get(name)

    def add(self, name: str, topic: Topic) -> None:
        """Give a topic a name."""
        self._named[name] = topic


class _Current:
    """Holds the registry of the topics that are made without one."""

    registry = TopicRegistry()


def useRegistry(registry: TopicRegistry) -> TopicRegistry:
    """Replace the registry in which C{Topic(name)} finds topics.

    Tests and applications that embed others use it to keep their topics apart.

    @return: the registry that was used before; pass it to this function to restore it.
    """
    before, _Current.registry = _Current.registry, registry
    return before


@final
class Topic:
    """What elements of any pages take part in: one call goes to the widgets of them all.

    The call is encoded once. A widget gets what was published after its element was
    added, in order with all other calls, and each call once, also when its connection is
    lost and comes back. A member leaves by itself when it is detached or its page ends,
    before C{connectionLost} is called.

    A topic lives as long as somebody holds it or it has members. It belongs to the
    thread of the reactor; others say C{reactor.callFromThread(topic.callRemoteOnly, …)}.

    @param name: in one process the same name is the same topic; L{None}: it is one of
        its own.
    @raise TypeError: the name is no text.
    @raise ValueError: the name is empty.
    """

    __slots__ = ("__weakref__", "_limit", "_members", "_pages", "_topicId", "_waiting", "name")

    name: str | None
    _topicId: int
    # By the ids of the objects, since an application's elements may be equal, or without a
    # hash. One that has no page yet is not to live for being here.
    _members: dict[int, LiveElement | ref[LiveElement]]
    # Those that have members, and how many.
    _pages: dict[Host, int]
    # How many members have no page yet.
    _waiting: int
    # No page that has a member takes fewer bytes in a message; it may be that all take more.
    _limit: int

    def __new__(cls, name: str | None = None) -> Topic:
        registry = _Current.registry
        topic = None if name is None else registry.find(_checkName(name))
        if topic is None:
            topic = super().__new__(cls)
            topic.name = name
            topic._topicId = next(_ids)
            topic._members = {}
            topic._pages = {}
            topic._waiting = 0
            topic._limit = sys.maxsize
            if name is not None:
                registry.add(name, topic)
        return topic

    def __repr__(self) -> str:
        name = f"#{self._topicId}" if self.name is None else repr(self.name)
        number = len(self._members)
        return f"<Topic {name} with {number} {'member' if number == 1 else 'members'}>"

    @property
    def members(self) -> list[Any]:
        """The elements that take part, in the order in which they were added."""
        found = [m() if isinstance(m, ref) else m for m in list(self._members.values())]
        return [member for member in found if member is not None]

    def add(self, element: LiveElement) -> None:
        """Let an element take part; once more, it does nothing.

        One that has no page yet, as in C{__init__}, takes part too: what is published
        before it gets one waits for it. Where more than 1,000 calls would, it leaves, and an
        error is logged.

        @raise TypeError: it is no element.
        @raise ConnectionLost: its page has ended, or it was detached (L{Detached}).
        """
        checkElement(element)
        lost = element._liveLost
        if lost is not None:
            raise Detached if isinstance(lost, Detached) else ConnectionLost(lost.code, lost.reason)
        key = id(element)
        if key in self._members:
            return
        if element._liveTopics is None:
            element._liveTopics = {}
        page = element._livePage
        if page is None:
            element._liveTopics[self] = next(_order)
            self._members[key] = ref(element, lambda _: self._forgetKey(key))
            self._waiting += 1
        else:
            self._enter(element, page)
            page.post(encode(Join(self._topicId, element.elementId)))

    def remove(self, element: LiveElement) -> None:
        """Let an element take part no more; if it does not, nothing happens."""
        if id(element) not in self._members:
            return
        topics = element._liveTopics
        assert topics is not None
        del topics[self]
        if not topics:
            del element._liveTopics
        self.forget(element)
        if element._livePage is not None:
            element._livePage.post(encode(Leave(self._topicId, element.elementId)))

    def callRemoteOnly(self, method: str, *args: Any) -> None:
        """Call a method of the widgets of all members; no answer is wanted.

        One whose browser does not keep up ends by itself, in a moment; the others do not
        notice.

        @raise EncodeError: the arguments cannot be sent; nobody was called. There may be no
            elements among them.
        @raise MessageTooLarge: they are too large for the page of a member; nobody was called.
        """
        data = encode(Event(self._topicId, method, list(args)), _refuse)
        if len(data) > self._limit:
            self._checkSize(len(data))
        # First of all: what is sent may give one its page.
        if self._waiting:
            self._keep(data)
        # A copy: what is sent may make members come and go.
        for page in list(self._pages):
            page.post(data)

    def forget(self, element: LiveElement) -> None:
        """A member takes part no more; its browser is not told."""
        self._forgetKey(id(element))
        page = element._livePage
        if page is not None:
            left = self._pages[page] - 1
            if left:
                self._pages[page] = left
            else:
                del self._pages[page]

    def pageGiven(self, element: LiveElement, page: Host) -> None:
        """Count a member for the page that it has got."""
        self._waiting -= 1
        self._enter(element, page)

    def announce(self, element: LiveElement, page: Host) -> None:
        """Tell a page's browser that an element is a member, unless it was removed meanwhile."""
        if id(element) in self._members:
            page.post(encode(Join(self._topicId, element.elementId)))

    def _forgetKey(self, key: int) -> None:
        if isinstance(self._members.pop(key), ref):
            self._waiting -= 1

    def _enter(self, element: LiveElement, page: Host) -> None:
        assert element._liveTopics is not None
        element._liveTopics[self] = 0
        self._members[id(element)] = element
        self._pages[page] = self._pages.get(page, 0) + 1
        self._limit = min(self._limit, page.messageLimit)

    def _checkSize(self, size: int) -> None:
        # The page with the smallest limit may have gone.
        limits = (page.messageLimit for page in self._pages)
        self._limit = min(limits, default=sys.maxsize)
        if size > self._limit:
            raise MessageTooLarge(size, self._limit)

    def _keep(self, data: bytes) -> None:
        # As it was published, whatever becomes of the arguments.
        event = decode(data)
        assert isinstance(event, Event)
        for later in list(self._members.values()):
            element = later() if isinstance(later, ref) else None
            if element is None:
                continue
            try:
                element._liveWait(event.method, tuple(event.args), None)
            except BufferFull as error:
                self.remove(element)
                _log.error(
                    "{element} has left {topic}, and has no page yet: {error}",
                    element=type(element).__qualname__,
                    topic=repr(self),
                    error=error,
                )


def joinTopics(page: Host, elements: list[LiveElement]) -> None:
    """Tell a page's browser of the topics that its new elements were added to.

    What was published before waits in the elements, as calls for them alone.
    """
    joins = [
        (order, topic, element)
        for element in elements
        for topic, order in (element._liveTopics or {}).items()
    ]
    joins.sort(key=itemgetter(0))
    for _, topic, element in joins:
        topic.pageGiven(element, page)
    for _, topic, element in joins:
        topic.announce(element, page)


def _checkName(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"the name of a topic is a text, not {name!r}")
    if not name:
        raise ValueError("the name of a topic is not empty; for a topic without one say Topic()")
    return name


def _refuse(value: Any) -> Any:
    if isinstance(value, LiveElement):
        raise EncodeError(
            f"a {type(value).__qualname__} is an element, which belongs to one page and cannot "
            "go to a topic: send one to each member, in a loop, by callRemote()"
        )
    return NotImplemented
