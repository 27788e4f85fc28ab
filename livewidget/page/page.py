"""One browser page: elements over a session."""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget.elements.element import LiveElement, Marks, WaitingCall, isRendered, unsent
from livewidget.elements.livepage import LivePage, beginPage, endPage
from livewidget.elements.topic import joinTopics
from livewidget.elements.tree import Tree
from livewidget.errors import ConnectionLost, Detached, ProtocolError
from livewidget.logs import logFailure
from livewidget.page.adoption import ElementFound, refuseElements, sendElements
from livewidget.page.lifecycle import Lifecycle
from livewidget.page.reports import Reports
from livewidget.page.responder import Responder
from livewidget.rendering.render import Renderer
from livewidget.session.contracts import Registry
from livewidget.session.session import Session
from livewidget.wire.calls import Answer, Calls
from livewidget.wire.codes import MALFORMED
from livewidget.wire.messages import Call, Detach, Error, Made, Message, Result, encode

_log = Logger()


class Page(Session):
    """One browser page, from its rendering to its end.

    It is the L{livewidget.elements.element.Host} of its elements.

    @param renderer: renders elements that are added later.
    @param livePage: the application's page object, or C{None} for a plain one.
    @ivar livePage: what the application sees of the page.
    @ivar tree: the elements.
    @ivar calls: the calls that wait for the browser's answers.
    @ivar lifecycle: tells the elements what happens to the page.
    """

    __slots__ = ("_reports", "_responder", "calls", "lifecycle", "livePage", "renderer", "tree")

    def __init__(
        self,
        registry: Registry,
        renderer: Renderer,
        identity: Any = None,
        livePage: LivePage | None = None,
    ) -> None:
        self.renderer = renderer
        self.livePage = LivePage() if livePage is None else livePage
        if identity is not None:
            self.livePage.identity = identity
        self.tree = Tree(self)
        self._reports = Reports(self, registry.settings, renderer.catalog.locate)
        self._responder = Responder(self, self.tree, registry.settings, self._reports)
        self.calls = Calls(self._reports.unwatched, renderer.catalog.locate)
        self.lifecycle = Lifecycle(self.tree, self._reports.send)
        super().__init__(registry)
        beginPage(self.livePage, self)

    @property
    def identity(self) -> Any:
        """Whose page it is; see L{LivePage.identity}."""
        return self.livePage.identity

    @identity.setter
    def identity(self, identity: Any) -> None:
        self.livePage.identity = identity

    @property
    def elements(self) -> dict[int, LiveElement]:
        """The elements, by their ids."""
        return self.tree.elements

    # Elements.

    def begin(self) -> None:
        """Attach the elements that the application has put on the page; see L{attach}."""
        for element in self.livePage.elements:
            self.attach(element)

    def attach(self, element: LiveElement) -> None:
        """Add an element and its children, and make the calls that have waited for that.

        @raise TypeError: an exposed method has an annotation that cannot be resolved.
        """
        members, waiting = self.tree.add(element)
        joinTopics(self, members)
        self._makeCalls(waiting)

    def detach(self, element: LiveElement, told: bool = False) -> None:
        """Remove an element and its children; see L{LiveElement.detach}.

        @param told: the browser knows it, or does not know the element.
        """
        elementId = element.elementId
        gone = self.tree.remove(element)
        if not told and isRendered(element):
            self.send(Detach(elementId))
        self.lifecycle.ended(gone, Detached())

    def willShow(self, element: LiveElement) -> bool:
        """Return whether an element's template can still show children that are added now."""
        return self.tree.willShow(element)

    @property
    def rendering(self) -> Marks | None:
        """What marks elements in templates, while any are rendered."""
        return self.tree.rendering

    @property
    def messageLimit(self) -> int:
        """The most bytes in one message."""
        return self.delivery.limits.message

    # Messages to the browser.

    def send(self, message: Message, sender: LiveElement | None = None) -> None:
        """Send a message; see L{post}.

        @param sender: becomes the parent of new elements in the message.
        @raise EncodeError: a value in it cannot be sent; the message is not sent.
        @raise MessageTooLarge: it exceeds the limit; it is not sent.
        """
        try:
            # Fast path: no adoption for a message without elements; see
            # docs/explanation/performance.md#encoded-once, tests/page/test_send_paths.py
            if isinstance(message, Call):
                data = self.registry.callEncoder.encode(message, refuseElements)
            else:
                data = encode(message, refuseElements)
        except ElementFound:
            sendElements(self, message, sender)
        else:
            self.post(data)

    def callRemote(self, element: LiveElement, method: str, args: list[Any]) -> Answer:
        """Call a method of an element's widget; see L{LiveElement.callRemote}."""
        answer = Answer()
        try:
            self._call(element, method, args, answer)
        except Exception as error:
            # Among these are errors of templates, of elements among the arguments.
            unsent(answer, self, element, method, error)
        return answer

    def reportFailure(self, failure: Failure, where: str) -> None:
        """Show a failure in the browser when debugging, unless the page has ended.

        @param where: the class and the method that failed.
        """
        if self.ended is None:
            self._reports.send(failure, where)

    def _makeCalls(self, waiting: list[WaitingCall]) -> None:
        failed: list[tuple[Answer, Exception]] = []
        for _, element, method, args, answer in waiting:
            try:
                if answer is None:
                    self.send(Call(None, element.elementId, method, args), element)
                elif not answer.called:
                    self._call(element, method, args, answer)
            except Exception as error:
                if answer is None:
                    _log.error("{method!r} was not called: {error}", method=method, error=error)
                else:
                    failed.append((answer, error))
        # Last, since an errback may make calls, which would overtake the others.
        for lost, reason in failed:
            if not lost.called:
                lost.errback(Failure(reason))

    def _call(self, element: LiveElement, method: str, args: list[Any], answer: Answer) -> None:
        calls = self.calls
        call, _ = calls.make(element.elementId, method, args, answer)
        try:
            self.send(call, element)
        except BaseException:
            calls.forget(call)
            raise
        if len(calls.inFlight) > self.registry.settings.callsWaiting and not self.ending:
            self.endSoon(f"{len(calls.inFlight)} calls wait for its answers")

    # Messages from the browser.

    def opened(self) -> None:
        """Tell the elements that the browser is connected, the first time."""
        self.lifecycle.connected()

    def answerCall(self, call: Call) -> None:
        """Run the exposed method that a call names, and send its answer or its error."""
        self._responder.answer(call)

    def dispatch(self, message: Message) -> None:
        """Handle any message except a call.

        @raise ProtocolError: a browser does not send this message; end the page.
        """
        if isinstance(message, Error) and message.callId is None:
            self._reports.handle(message.info)
        elif isinstance(message, Result | Error):
            self._handleAnswer(message)
        elif isinstance(message, Made):
            self.lifecycle.created(self.tree.made(message.elementId))
        elif isinstance(message, Detach):
            element = self.elements.get(message.elementId)
            if element is not None:
                self.detach(element, told=True)
        else:
            kind = type(message).__name__.lower()
            raise ProtocolError(MALFORMED, f"a browser does not send {kind!r} here")

    def _handleAnswer(self, message: Result | Error) -> None:
        try:
            if isinstance(message, Result):
                self.calls.result(message.callId, message.value)
            else:
                self.calls.error(message.callId, message.info)
        except Exception:
            # The application may have fired the Deferred itself.
            logFailure(_log, "dispatching an answer failed", Failure())

    def over(self, lost: ConnectionLost) -> None:
        """Fail the calls, and tell the elements and the application that the page has ended."""
        gone = self.tree.clear(lost)
        self.calls.lose(lost)
        self.lifecycle.ended(gone, lost)
        endPage(self.livePage, lost)
