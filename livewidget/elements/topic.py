"""Topics: the same call for elements on any pages."""

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
    """Calls methods of the widgets of all its members, which may be on any pages.

    Each call is encoded once. A widget gets every call that is published after its element was
    added, in order with all other calls and exactly once, even if its connection is lost and
    restored. A member is removed when it is detached or its page ends, before
    C{connectionLost} is called.

    A topic exists as long as it is referenced or has members. Use it only in the reactor's
    thread; from others call C{reactor.callFromThread(topic.callRemoteOnly, …)}.

    @param name: in one process the same name gives the same topic; C{None} gives a new one.
    @raise TypeError: the name is not a string.
    @raise ValueError: the name is empty.
    """

    __slots__ = ("__weakref__", "_limit", "_members", "_pages", "_topicId", "_waiting", "name")

    name: str | None
    _topicId: int
    # By object id, since an application's elements may compare equal or be unhashable. Members
    # without a page are referenced weakly.
    _members: dict[int, LiveElement | ref[LiveElement]]
    # The pages that have members, and how many.
    _pages: dict[Host, int]
    # The number of members without a page.
    _waiting: int
    # At most the smallest message limit of the pages that have members.
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
        """The members, in the order in which they were added."""
        found = [m() if isinstance(m, ref) else m for m in list(self._members.values())]
        return [member for member in found if member is not None]

    def add(self, element: LiveElement) -> None:
        """Add a member; adding it again does nothing.

        An element without a page may be added, for example in its C{__init__}. Calls that are
        published before it gets its page wait for that. Beyond 1,000 waiting calls it is
        removed, and an error is logged.

        @raise TypeError: it is not an element.
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
        """Remove a member; other elements are ignored."""
        if id(element) not in self._members:
            return
        topics = element._liveTopics
        assert topics is not None
        del topics[self]
        if not topics:
            del element._liveTopics
        self._liveForget(element)
        if element._livePage is not None:
            element._livePage.post(encode(Leave(self._topicId, element.elementId)))

    def callRemoteOnly(self, method: str, *args: Any) -> None:
        """Call a method of the widgets of all members, without an answer.

        A page whose browser does not keep up is ended a moment later; the others are not
        affected.

        @raise EncodeError: the arguments cannot be sent, as elements cannot; nothing was called.
        @raise MessageTooLarge: they are too large for the page of a member; nothing was called.
        """
        data = encode(Event(self._topicId, method, list(args)), _refuse)
        if len(data) > self._limit:
            self._checkSize(len(data))
        # First, since sending may give a member its page.
        if self._waiting:
            self._keep(data)
        # A copy, since sending may add and remove members.
        for page in list(self._pages):
            page.post(data)

    def _liveForget(self, element: LiveElement) -> None:
        """Remove a member without telling its browser."""
        self._forgetKey(id(element))
        page = element._livePage
        if page is not None:
            left = self._pages[page] - 1
            if left:
                self._pages[page] = left
            else:
                del self._pages[page]

    def _livePageGiven(self, element: LiveElement, page: Host) -> None:
        """Count a member for the page that it has got."""
        self._waiting -= 1
        self._enter(element, page)

    def _liveAnnounce(self, element: LiveElement, page: Host) -> None:
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
        # The page with the smallest limit may have ended.
        limits = (page.messageLimit for page in self._pages)
        self._limit = min(limits, default=sys.maxsize)
        if size > self._limit:
            raise MessageTooLarge(size, self._limit)

    def _keep(self, data: bytes) -> None:
        # Decoded, so that later changes of the arguments do not matter.
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
                    "{element}, which has no page yet, was removed from {topic}: {error}",
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
        topic._livePageGiven(element, page)
    for _, topic, element in joins:
        topic._liveAnnounce(element, page)


def _checkName(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"the name of a topic is a string, not {name!r}")
    if not name:
        raise ValueError("the name of a topic cannot be empty. Use Topic() for one without a name")
    return name


def _refuse(value: Any) -> Any:
    if isinstance(value, LiveElement):
        raise EncodeError(
            f"a {type(value).__qualname__} is an element, which belongs to one page and cannot "
            "be sent to a topic. Send a new one to each member in a loop, with callRemote()"
        )
    return NotImplemented
