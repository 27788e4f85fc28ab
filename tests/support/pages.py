"""Pages on a clock, without a network and without templates."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from zope.interface import implementer

from livewidget.assets.catalog import Catalog
from livewidget.elements.element import LiveElement
from livewidget.interfaces import ITransport
from livewidget.page.page import Page
from livewidget.page.pages import Pages
from livewidget.rendering.render import Renderer
from livewidget.rendering.templates import Templates
from livewidget.session.flushqueue import ImmediateFlush
from livewidget.settings import Settings
from livewidget.wire.controls import Hello, Welcome
from livewidget.wire.messages import Call, ErrorInfo, Message, decode, encode

CLAIM = "the-claim-of-a-test"


@implementer(ITransport)
class FakeTransport:
    """A connection whose other end is the test.

    @ivar sent: the messages that the page has sent, decoded.
    @ivar acknowledged: the counts that it has acknowledged.
    @ivar closed: the codes and reasons with which it closed the connection.
    """

    name = "fake"

    def __init__(self, bench: Bench, page: Page, connection: int) -> None:
        self.bench = bench
        self.page = page
        self.connection = connection
        self.open = False
        self.welcome: Welcome | None = None
        self.sent: list[Message] = []
        self.acknowledged: list[int] = []
        self.closed: list[tuple[int, str]] = []

    def flush(self, now: float) -> None:
        """Take the waiting messages and the acknowledgement."""
        if not self.open:
            return
        _, messages = self.page.delivery.takeMessages(now)
        self.sent += map(decode, messages)
        received = self.page.delivery.takeAck(now)
        if received is not None:
            self.acknowledged.append(received)

    def close(self, code: int, reason: str) -> None:
        """Record the code and the reason of the close."""
        self.open = False
        self.closed.append((code, reason))

    def receive(self, *messages: Message | bytes) -> None:
        """Deliver messages from the browser."""
        data = [m if isinstance(m, bytes) else encode(m) for m in messages]
        # In one call, as over HTTP: they are dispatched together.
        delivery = self.page.delivery
        first = delivery.received + len(delivery._inbox) + 1
        self.page.receive(self.connection, data, first)

    def acknowledge(self, received: int) -> None:
        """Deliver an acknowledgement from the browser."""
        self.page.acknowledge(self.connection, received)

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call the first element as the browser does. Return the last message sent, or L{None}."""
        return self.callElement(1, method, *args, **kwargs)

    def callElement(self, elementId: int, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call an element as the browser does. Return the last message sent, or L{None}."""
        before = len(self.sent)
        self.receive(Call(7, elementId, method, list(args), kwargs))
        return self.sent[-1] if len(self.sent) > before else None

    def error(self, method: str, *args: Any, elementId: int = 1, **kwargs: Any) -> ErrorInfo:
        """Call an element as the browser does, and return the error of the call."""
        info: ErrorInfo = self.callElement(elementId, method, *args, **kwargs).info
        return info

    def lose(self) -> None:
        """Lose the connection."""
        self.open = False
        self.page.connectionClosed(self)


class Bench:
    """Pages on a clock, with no network and no templates."""

    def __init__(self, **settings: Any) -> None:
        self.clock = Clock()
        renderer = Renderer(Templates(), Catalog())
        self.pages = Pages(
            Settings(**settings), self.clock, renderer, flushQueue=ImmediateFlush(self.clock)
        )

    def page(self, *elements: LiveElement) -> Page:
        """Return a page that holds these elements."""
        page = self.pages.make()
        for element in elements:
            page.attach(element)
        return page

    def connect(
        self,
        page: Page,
        connection: int = 1,
        received: int = 0,
        claim: str = CLAIM,
        heartbeat: float | None = None,
        again: bool = False,
    ) -> FakeTransport:
        """Connect as the browser does, with a hello.

        @raise ProtocolError: it is refused.
        """
        transport = FakeTransport(self, page, connection)
        hello = Hello(page.pageId, claim, connection, received, heartbeat)
        _, transport.welcome = self.pages.hello(transport, hello, again=again)
        if page.ended is None:
            transport.open = True
            page.flush()
        return transport

    def live(self, *elements: LiveElement) -> FakeTransport:
        """Return the connection of a new page that holds these elements."""
        return self.connect(self.page(*elements))
