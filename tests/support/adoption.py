"""Elements that are added later, and the messages about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import msgspec

from livewidget import LiveElement, expose
from livewidget.page.page import Page
from livewidget.wire.delivery import Delivery
from livewidget.wire.messages import Call
from tests.support.pages import Bench, FakeTransport
from tests.support.project import Project

NESTED = "<div {{ liveElement }}>{% for child in children %}{{ child }}{% endfor %}</div>"


class Sender(LiveElement):
    """The element of a page, which returns a value that the test sets.

    @ivar make: returns the result of the browser's call C{get}.
    """

    def __init__(self) -> None:
        self.make: Callable[[], Any] = lambda: None

    @expose
    def get(self) -> Any:
        """Return the value of C{make}."""
        return self.make()


class Told:
    """A factory of elements that record their events.

    @ivar notes: the events.
    """

    def __init__(self, project: Project) -> None:
        project.write("named.html", NESTED)
        self.notes: list[str] = []
        notes = self.notes

        class Named(LiveElement):
            def __init__(self, name: str, *children: LiveElement) -> None:
                self.name = name
                self.children = [self.addChild(child) for child in children]

            def connectionMade(self) -> None:
                notes.append(f"made {self.name}")

            def connectionLost(self, reason: Any) -> None:
                notes.append(f"lost {self.name}")

            def detached(self) -> None:
                notes.append(f"detached {self.name}")

            @expose
            def makeChild(self) -> Any:
                return named("child")

        named = self.named = project.element(Named, template="named.html")


def raw(transport: FakeTransport) -> list[Any]:
    """Return the messages that the page has to send, as JSON."""
    _, messages = transport.page.delivery.takeMessages(0)
    return [msgspec.json.decode(message) for message in messages]


def sent(transport: FakeTransport, action: Callable[[], Any]) -> list[Any]:
    """Return the messages that an action sends, as JSON."""
    transport.open = False
    action()
    return raw(transport)


def ask(transport: FakeTransport) -> list[Any]:
    """Call C{get} as the browser does, and return the messages that are sent, as JSON."""
    return sent(transport, lambda: transport.receive(Call(7, 1, "get", [])))


def connectRaw(bench: Bench, page: Page) -> FakeTransport:
    """Connect without taking any messages, since elements cannot be decoded in Python."""
    with patch.object(Delivery, "takeMessages", lambda *_: (1, [])):
        transport = bench.connect(page)
    transport.open = False
    return transport
