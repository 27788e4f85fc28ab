"""A browser in memory, which loads one page and plays its widgets."""

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
    """A call from the server to a widget, also as an event of a topic.

    @ivar element: the element whose widget was called.
    @ivar method: the name of the method.
    @ivar args: its arguments.
    """

    element: LiveElement
    method: str
    args: list[Any]


class MemoryBrowser:
    """Loads a page in memory and plays its widgets, without a reactor.

    Messages are delivered immediately and in order. Time passes only by L{advance}; calls
    above C{callsPerSecond} wait for it. Modules, style sheets and templates are looked up
    as for a real browser, so that a wrong name fails here as well. Elements that are sent
    later are in the arguments of calls and in results themselves, and their widgets exist
    immediately::

        browser = MemoryBrowser(EchoElement())
        browser.callRemote("say", "hello")
        assert browser.calls == [(browser.element, "addText", ["hello"])]

    @param content: a new L{LiveElement} or L{LivePage}.
    @param settings: the settings of the resource; by default C{Settings()}.
    @param clock: the clock of the page; by default a new one.
    @param connect: whether to connect now. Otherwise call L{connect}.
    @raise TypeError: C{content} is neither an element nor a page, or was used before.
    @raise TemplateError: a template is wrong.
    @raise ModuleError: a module or style sheet does not exist.

    @ivar element: the element, or the first one of the page; not set for a page without
        elements.
    @ivar page: the internal page of the L{LivePage}.
    @ivar pages: the internal registry that it is in.
    @ivar clock: the clock.
    @ivar html: the document that a browser would get.
    @ivar calls: the calls from the server, as a list of L{WidgetCall}.
    @ivar answers: functions by the names of widgets' methods. They get the arguments of a
        call, and return its result, or a Deferred of it, or raise. Methods without such
        a function return L{None}.
    @ivar closed: the code and the reason with which the server closed the last
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
        # The ids of the elements in each topic, in the order in which they joined.
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
        """Connect, or connect again after L{disconnect}.

        @raise ProtocolError: the server refuses the connection, as for a page that ended.
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
        """Lose the connection. Both sides keep the messages that did not arrive."""
        link, self._link = self._link, None
        self._delivery.disconnect(self._connection, self.clock.seconds())
        if link is not None:
            self.page.connectionClosed(link)

    def advance(self, seconds: float) -> None:
        """Let time pass, in steps of at most a second, so that timers run in order.

        @param seconds: how long.
        """
        while seconds > 0:
            step = min(1.0, seconds)
            self.clock.advance(step)
            seconds -= step

    def callRemote(
        self, method: str, /, *args: Any, element: LiveElement | None = None, **kwargs: Any
    ) -> Deferred[Any]:
        """Call an exposed method, as the widget of an element does.

        @param method: the name of the method.
        @param element: the element; by default the page's first one. To pass an argument
            of this name, use L{widget}.
        @return: fires with the result. Fails with L{RemoteError} if the method failed or
            was refused, L{ConnectionLost} if the page ended, and L{EncodeError},
            L{MessageTooLarge} or L{BufferFull} if the call cannot be sent.
        """
        return self.widget(element or self.element).callRemote(method, *args, **kwargs)

    def widget(self, element: LiveElement) -> MemoryWidget:
        """Return the widget of an element, which can call the server::

        browser.widget(child).callRemote("say", "hello", element="water")
        """
        return MemoryWidget(self, element)

    def htmlOf(self, element: LiveElement) -> str:
        """Return the HTML of an element that was sent later, with all of its children.

        @raise KeyError: it was not sent, or only as a child of another.
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
            # A browser ends the page if the buffer has no room for an answer.
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
        # None, if the element was detached before it arrived.
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
        # The widget was detached, or never sent.
        if call.callId is not None:
            self._send(Error(call.callId, ErrorInfo(Detached.__name__, str(Detached()))))

    def _answer(self, callId: int, answer: Callable[..., Any], args: list[Any]) -> None:
        def failed(failure: Failure) -> Error:
            info = ErrorInfo(type(failure.value).__name__, str(failure.value))
            if not failure.check(LiveError):
                # An error with a stack is a JSError on the server, as from a browser.
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
        raise TypeError(
            f"{content!r} is not a new LiveElement or LivePage; use one that was in no page before"
        )
    return page


class MemoryWidget:
    """The widget of an element, which L{MemoryBrowser.widget} returns.

    @ivar element: the element.
    """

    def __init__(self, browser: MemoryBrowser, element: LiveElement) -> None:
        self.element = element
        self._browser = browser

    def callRemote(self, method: str, /, *args: Any, **kwargs: Any) -> Deferred[Any]:
        """Call an exposed method, with any arguments by name; see L{MemoryBrowser.callRemote}."""
        return self._browser._call(self.element, method, list(args), kwargs)

    def detach(self) -> None:
        """Detach the widget and its element, as the widget's C{detach()} does."""
        self._browser._send(Detach(self.element.elementId))


@implementer(ITransport)
class _Link:
    """A connection in memory."""

    name = "memory"

    def __init__(self, browser: MemoryBrowser, server: Delivery) -> None:
        self._browser = browser
        self._server = server
        self._pumping = False

    def flush(self, now: float) -> None:
        """Deliver the messages that the page has to send."""
        self._browser._pump()

    def close(self, code: int, reason: str) -> None:
        """Close the connection for the page."""
        self._browser._closed(code, reason)

    def pump(self, client: Delivery, connection: int, page: Any) -> None:
        """Deliver messages and acknowledgements in both directions until none is left."""
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
        # The page handles a limited number of messages per turn of the reactor.
        before = -1
        while self._server.nextMessage() is not None and self._server.received > before:
            before = self._server.received
            self._browser.clock.advance(0)
