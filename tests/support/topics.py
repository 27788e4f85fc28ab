"""A model of a browser's handling of topic messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from livewidget import LiveElement
from livewidget.wire.messages import Call, Detach, Event, Join, Leave, Message
from tests.support.pages import FakeTransport

#: A call of a widget: the element's id, the method and the arguments.
Heard = tuple[int, str, list[Any]]


class Sub(LiveElement):
    """An element without a template, as if its HTML had been sent."""

    _liveRendered = True


def heard(messages: Iterable[Message]) -> list[Heard]:
    """Return the calls of a page's widgets in order: element id, method, arguments."""
    topics: dict[int, list[int]] = {}
    gone: set[int] = set()
    calls: list[Heard] = []
    for message in messages:
        if isinstance(message, Join):
            assert message.elementId not in topics.setdefault(message.topicId, []), "joined twice"
            topics[message.topicId].append(message.elementId)
        elif isinstance(message, Leave):
            topics[message.topicId].remove(message.elementId)
        elif isinstance(message, Detach):
            gone.add(message.elementId)
        elif isinstance(message, Event):
            members = [each for each in topics.get(message.topicId, []) if each not in gone]
            calls += [(each, message.method, message.args) for each in members]
        elif isinstance(message, Call) and message.elementId not in gone:
            calls.append((message.elementId, message.method, message.args))
    return calls


def words(messages: Iterable[Message]) -> list[Any]:
    """Return the first argument of each call of a page's widgets."""
    return [args[0] for _, _, args in heard(messages)]


def kinds(transport: FakeTransport) -> list[str]:
    """Return the kinds of the messages that were sent."""
    return [type(message).__name__.lower() for message in transport.sent]
