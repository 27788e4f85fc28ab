"""The browser's half of one page, in Python."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import implementer

from livewidget.assets.catalog import Catalog
from livewidget.elements.element import LiveElement
from livewidget.elements.livepage import LivePage, asPage
from livewidget.errors import (
    BufferFull,
    ConnectionLost,
    Detached,
    LiveError,
    LivewidgetError,
    ProtocolError,
)
from livewidget.interfaces import ITransport
from livewidget.page.document import Documents
from livewidget.page.pages import Pages
from livewidget.rendering.render import Renderer
from livewidget.rendering.templates import Templates
from livewidget.session.flushqueue import ImmediateFlush
from livewidget.settings import Settings
from livewidget.wire.calls import Calls, lostAnswer
from livewidget.wire.codes import TOO_MUCH
from livewidget.wire.controls import Hello
from livewidget.wire.delivery import Delivery
from livewidget.wire.messages import (
    Call,
    Detach,
    Error,
    ErrorInfo,
    Event,
    Join,
    Leave,
    Made,
    Message,
    Result,
    decode,
    encode,
)

_CLAIM = "the-claim-of-a-test"


class WidgetCall(NamedTuple):
    """A call that the server made to a widget, also by a topic."""

    element: LiveElement
    method: str
    args: list[Any]


class MemoryBrowser:
    """Loads a page, and plays its widgets.

    Everything happens at once, in the order of the messages; time passes only
    by L{advance}, and calls above C{callsPerSecond} wait for it. Modules, style
    sheets and templates are looked up as for a real browser, so that a wrong name
    fails here too. Elements that come later are in the arguments of calls, and in
    answers, themselves; their widgets are made at once::

        browser = MemoryBrowser(EchoElement())
        browser.callRemote("say", "hello")
        assert browser.calls == [(browser.element, "addText", ["hello"])]

    @param content: an element, or a page of the application.
    @ivar element: the element, or the first one of the page if it has any.
    @ivar page: the inside of its L{LivePage}.
    @ivar html: the document that a browser would get.
    @ivar calls: what the server called, in order.
    @ivar answers: what widgets answer, by method: a function that takes the
        arguments of the call. Others answer L{None}.
    @ivar closed: the code and reason with which the server closed the last
        connection, or L{None}.
    """

    def __init__(
        self,
        content: LiveElement | LivePage,
        *,
        settings: Settings | None = None,
        clock: Clock | None = None,
        connect: bool = True,
    ) -> None:
        settings = settings or Settings()
        self.clock = clock or Clock()
        first = content.elements[:1] if isinstance(content, LivePage) else (content,)
        if first:
            [self.element] = first
        self.calls: list[WidgetCall] = []
        self._htmls: dict[int, str] = {}
        # The ids of the elements in each topic, in the order in which they have joined.
        self._topics: dict[int, dict[int, None]] = {}
        self.answers: dict[str, Callable[..., Any]] = {}
        self.closed: tuple[int, str] | None = None
        renderer = Renderer(Templates(), Catalog(settings.debug))
        self.pages = Pages(settings, self.clock, renderer, flushQueue=ImmediateFlush(self.clock))
        self.page = self.pages.make(livePage=_livePage(content))
        self.page.begin()
        documents = Documents(renderer, type(content).__name__, settings.debug)
        self.html, _ = documents.render(self.page, "./_live/")
        self._delivery = Delivery(settings.limits, server=False)
        self._calls = Calls()
        self._connection = 0
        self._link: _Link | None = None
        if connect:
            self.connect()

    def connect(self) -> None:
        """Say hello over a new connection, as after a loss.

        @raise ProtocolError: the server refuses it.
        """
        self._connection += 1
        hello = Hello(self.page.pageId, _CLAIM, self._connection, self._delivery.received)
        self.closed = None
        link = _Link(self, self.page.delivery)
        _, welcome = self.pages.hello(link, hello, self.page.identity)
        if self.page.ended is not None:
            return
        now = self.clock.seconds()
        self._delivery.connect(self._connection, welcome.received, now, welcome.first)
        self._link = link
        self._pump()

    def disconnect(self) -> None:
        """Lose the connection; both sides keep what the other has not got."""
        link, self._link = self._link, None
        self._delivery.disconnect(self._connection, self.clock.seconds())
        if link is not None:
            self.page.connectionClosed(link)

    def advance(self, seconds: float) -> None:
        """Let time pass, in steps that leave room for what is due between."""
        while seconds > 0:
            step = min(1.0, seconds)
            self.clock.advance(step)
            seconds -= step

    def callRemote(
        self, method: str, /, *args: Any, element: LiveElement | None = None, **kwargs: Any
    ) -> Deferred[Any]:
        """Call an exposed method, as the widget of an element would.

        @param element: by default the page's first one. To pass an argument
            of this name, use L{widget}.
        @return: fires with the answer; fails with L{RemoteError} when the
            method failed, L{ConnectionLost} when the page ended, L{EncodeError},
            L{MessageTooLarge} or L{BufferFull} when the call cannot be sent.
        """
        return self.widget(element or self.element).callRemote(method, *args, **kwargs)

    def widget(self, element: LiveElement) -> MemoryWidget:
        """The widget of an element, to call from::

        browser.widget(child).callRemote("say", "hello", element="water")
        """
        return MemoryWidget(self, element)

    def htmlOf(self, element: LiveElement) -> str:
        """The HTML of an element that came later, with all below it.

        @raise KeyError: it was not sent by itself.
        """
        return self._htmls[element.elementId]

    def _call(
        self, element: LiveElement, method: str, args: list[Any], kwargs: dict[str, Any]
    ) -> Deferred[Any]:
        if self.page.ended is not None:
            return lostAnswer(self.page.ended)
        call, answer = self._calls.make(element.elementId, method, args)
        call.kwargs = kwargs
        try:
            self._delivery.send(encode(call))
        except LivewidgetError as error:
            assert call.callId is not None
            self._calls.fail(call.callId, error)
        else:
            self._pump()
        return answer

    def _send(self, message: Message) -> None:
        try:
            self._delivery.send(encode(message))
        except BufferFull as error:
            # No room for an answer: a browser ends the page.
            self.page.refuse(ProtocolError(TOO_MUCH, f"the browser says: {error}"))
        else:
            self._pump()

    def _pump(self) -> None:
        if self._link is not None:
            self._link.pump(self._delivery, self._connection, self.page)

    def _received(self, data: bytes) -> None:
        now = self.clock.seconds()
        self._delivery.receiveNext(self._connection, data, now)
        while (received := self._delivery.nextMessage()) is not None:
            self._dispatch(decode(received, self._arrived))
            self._delivery.count(now)

    def _arrived(self, content: dict[str, Any]) -> LiveElement | None:
        elementId = content["elements"][0][0]
        self._htmls[elementId] = content["html"]
        self._send(Made(elementId))
        # There is none any more if it was detached before this was read.
        return self.page.elements.get(elementId)

    def _dispatch(self, message: Message) -> None:
        if isinstance(message, Call):
            self._called(message)
        elif isinstance(message, Join):
            self._topics.setdefault(message.topicId, {})[message.elementId] = None
        elif isinstance(message, Leave):
            self._topics.get(message.topicId, {}).pop(message.elementId, None)
        elif isinstance(message, Event):
            for elementId in list(self._topics.get(message.topicId, ())):
                self._called(Call(None, elementId, message.method, deepcopy(message.args)))
        elif isinstance(message, Result):
            self._calls.result(message.callId, message.value)
        elif isinstance(message, Error):
            self._calls.error(message.callId, message.info)

    def _called(self, call: Call) -> None:
        element = self.page.elements.get(call.elementId)
        if element is None:
            self._refuse(call)
            return
        self.calls.append(WidgetCall(element, call.method, call.args))
        answer = self.answers.get(call.method, lambda *args: None)
        if call.callId is None:
            answer(*call.args)
        else:
            self._answer(call.callId, answer, call.args)

    def _refuse(self, call: Call) -> None:
        # The widget is gone, or never came.
        if call.callId is not None:
            self._send(Error(call.callId, ErrorInfo(Detached.__name__, str(Detached()))))

    def _answer(self, callId: int, answer: Callable[..., Any], args: list[Any]) -> None:
        def failed(failure: Failure) -> Error:
            info = ErrorInfo(type(failure.value).__name__, str(failure.value))
            if not failure.check(LiveError):
                # As from a browser: the server raises a JSError.
                info.stack = ""
            return Error(callId, info)

        answered = maybeDeferred(answer, *args)
        answered.addCallbacks(lambda value: Result(callId, value), failed)
        answered.addCallback(self._send)

    def _closed(self, code: int, reason: str) -> None:
        self._link = None
        self.closed = (code, reason)
        self._delivery.disconnect(self._connection, self.clock.seconds())
        if self.page.ended is not None:
            self._calls.lose(ConnectionLost(code, reason))


def _livePage(content: LiveElement | LivePage) -> LivePage:
    page = asPage(content)
    if page is None:
        raise TypeError(f"{content!r} is no LiveElement and no LivePage, or was used before")
    return page


class MemoryWidget:
    """The browser's half of a pair; L{MemoryBrowser.widget} makes it.

    @ivar element: the other half.
    """

    def __init__(self, browser: MemoryBrowser, element: LiveElement) -> None:
        self.element = element
        self._browser = browser

    def callRemote(self, method: str, /, *args: Any, **kwargs: Any) -> Deferred[Any]:
        """See L{MemoryBrowser.callRemote}; all arguments by name are the method's."""
        return self._browser._call(self.element, method, list(args), kwargs)

    def detach(self) -> None:
        """Take the pair apart, as the widget's C{detach()} does."""
        self._browser._send(Detach(self.element.elementId))


@implementer(ITransport)
class _Link:
    """A connection without a network."""

    name = "memory"

    def __init__(self, browser: MemoryBrowser, server: Delivery) -> None:
        self._browser = browser
        self._server = server
        self._pumping = False

    def flush(self, now: float) -> None:
        """The page has something to send."""
        self._browser._pump()

    def close(self, code: int, reason: str) -> None:
        """The page closes the connection."""
        self._browser._closed(code, reason)

    def pump(self, client: Delivery, connection: int, page: Any) -> None:
        """Carry messages and acknowledgements until there are no more."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while self._carryDown(client, connection) or self._carryUp(client, connection, page):
                pass
        finally:
            self._pumping = False

    def _carryDown(self, client: Delivery, connection: int) -> bool:
        now = self._browser.clock.seconds()
        _, messages = self._server.takeMessages(now)
        for message in messages:
            self._browser._received(message)
        received = self._server.takeAck(now)
        if received is not None:
            client.acknowledge(connection, received, now)
        return bool(messages) or received is not None

    def _carryUp(self, client: Delivery, connection: int, page: Any) -> bool:
        now = self._browser.clock.seconds()
        _, messages = client.takeMessages(now)
        for message in messages:
            page.receiveNext(connection, message)
            self._dispatchAll()
        received = client.takeAck(now)
        if received is not None:
            page.acknowledge(connection, received)
        return bool(messages) or received is not None

    def _dispatchAll(self) -> None:
        # The page takes some messages a turn of the reactor.
        before = -1
        while self._server.nextMessage() is not None and self._server.received > before:
            before = self._server.received
            self._browser.clock.advance(0)
