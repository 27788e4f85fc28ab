"""A live resource without templates, whose pages a test creates."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock

from livewidget import LiveElement, LiveResource, Settings, expose
from livewidget.page.page import Page
from tests.support.websocket import Socket


class Echo(LiveElement):
    """An element that records the arguments of its calls."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    @expose
    def say(self, text: str) -> str:
        self.heard.append(text)
        return text


class Server:
    """A resource without templates, whose pages a test creates."""

    def __init__(self, **settings: Any) -> None:
        self.clock = Clock()
        self.resource = LiveResource(Echo, clock=self.clock, settings=Settings(**settings))

    def page(self) -> Page:
        """Return a page with one element, which waits for its browser."""
        page = self.resource.pages.make()
        page.attach(Echo())
        return page

    def connect(self, page: Page, connection: int = 1, received: int = 0) -> Socket:
        """Return a connection that has said hello."""
        socket = Socket(self.resource)
        assert socket.hello(page, connection, received) is not None
        return socket


def echo(page: Page) -> Echo:
    """Return the element of a page."""
    element = page.elements[1]
    assert isinstance(element, Echo)
    return element


def show(page: Page, *args: Any) -> None:
    """Call the widget of a page from the server."""
    page.elements[1].callRemoteOnly("show", *args)


def shown(*args: Any) -> Any:
    """Return the message that L{show} sends, as it arrives."""
    return ["call", None, 1, "show", list(args)]


def calls(*numbers: int) -> list[Any]:
    """Return several such messages."""
    return [shown(number) for number in numbers]
