"""Elements: the Python half of a live widget."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget.errors import BufferFull, ConnectionLost, Detached, EncodeError, TemplateError
from livewidget.logs import callingLine, logFailure
from livewidget.wire.calls import Answer, loseAnswer, lostAnswer, unsentAnswer
from livewidget.wire.messages import Call, Message, encode

if TYPE_CHECKING:
    from livewidget.elements.livepage import LivePage

#: The most calls that may wait for an element to get its page.
MAX_WAITING = 1_000

# Numbers the calls of all elements, in the order in which they are made.
_order = count()

_log = Logger()


class WaitingCall(NamedTuple):
    """A call that was made before its element had a page.

    @ivar order: calls of several elements are sent in the order of this number.
    @ivar answer: C{None} if no answer is wanted.
    """

    order: int
    element: LiveElement
    method: str
    args: list[Any]
    answer: Answer | None


class Marks(Protocol):
    """The rendering of templates, for the elements in them; L{livewidget.rendering.render}."""

    def mark(self, element: LiveElement) -> str:
        """Return what stands for an element in its parent's HTML until it is rendered."""

    def shows(self, element: LiveElement) -> bool:
        """Return whether an element is among those that are rendered."""


class Membership(Protocol):
    """A topic, for its members; L{livewidget.elements.topic.Topic}."""

    def _liveForget(self, element: LiveElement) -> None:
        """Remove a member without telling its browser."""

    def _livePageGiven(self, element: LiveElement, page: Host) -> None:
        """Count a member for the page that it has got."""

    def _liveAnnounce(self, element: LiveElement, page: Host) -> None:
        """Tell a page's browser that an element is a member."""


class Host(Protocol):
    """The page, for its elements; L{livewidget.page.page.Page}.

    @ivar livePage: what the application sees of it.
    """

    livePage: LivePage

    @property
    def rendering(self) -> Marks | None:
        """What marks elements in templates, while any are rendered."""

    @property
    def messageLimit(self) -> int:
        """The most bytes in one message."""

    def callRemote(self, element: LiveElement, method: str, args: list[Any]) -> Deferred[Any]:
        """Call a method of an element's widget."""

    def send(self, message: Message, sender: LiveElement | None = None) -> None:
        """Send a message; the sender becomes the parent of new elements in it."""

    def post(self, data: bytes) -> None:
        """Send an encoded message."""

    def attach(self, element: LiveElement) -> None:
        """Add an element and its children."""

    def detach(self, element: LiveElement) -> None:
        """Remove an element and its children."""

    def willShow(self, element: LiveElement) -> bool:
        """Return whether an element's template can still show children that are added now."""

    def reportFailure(self, failure: Failure, where: str) -> None:
        """Show a failure in the browser when debugging."""


class LiveElement:
    """State and behaviour on the server, paired with a C{Widget} in the browser.

    Subclasses need not call C{__init__}. An element belongs to one page. It gets the page after
    it was created, and cannot be used again when the page has ended.

    @cvar template: the Jinja2 template, a file beside the module that sets this attribute. Its
        root node must contain C{{{ liveElement }}}.
    @cvar jsClass: C{"Module.Class"} of the widget: the class C{Class} that C{js/Module.js}
        exports, beside the module that sets this attribute. Dots before the last one are
        folders. If there is no such file, the module is that of a L{JSPackage}.
    @cvar cssModule: C{"Name"} of C{css/Name.css} beside the module that sets this attribute, or
        of a L{CSSPackage}; a tuple of names; or C{None}.
    """

    template: ClassVar[str] = ""
    jsClass: ClassVar[str] = "livewidget.Widget"
    cssModule: ClassVar[str | Sequence[str] | None] = None

    # Class attributes, since a subclass's __init__ need not call ours. The prefix keeps them
    # apart from a subclass's own.
    _livePage: Host | None = None
    _liveId = 0
    #: Whether its HTML was rendered or is being rendered.
    _liveRendered = False
    _liveParent: LiveElement | None = None
    _liveChildren: tuple[LiveElement, ...] = ()
    _liveWaiting: tuple[WaitingCall, ...] = ()
    _liveLost: ConnectionLost | None = None
    #: The topics that it is a member of, with the order in which it was added to them.
    _liveTopics: dict[Membership, int] | None = None

    @property
    def page(self) -> LivePage | None:
        """The page, or C{None} before the element gets one and after the page has ended."""
        return None if self._livePage is None else self._livePage.livePage

    @property
    def elementId(self) -> int:
        """A number that is unique on the page; 0 before the element has a page."""
        return self._liveId

    @property
    def elementParent(self) -> LiveElement | None:
        """The element that this one is a child of, or C{None}."""
        return self._liveParent

    @property
    def childElements(self) -> tuple[LiveElement, ...]:
        """The children, in the order in which they were added."""
        return self._liveChildren

    def getInitialArguments(self) -> list[Any]:
        """Return the arguments of the widget's constructor, after its node. Override it.

        It is called once, when the element is rendered.
        """
        return []

    def connectionMade(self) -> Any:
        """Called once, when the browser has connected and the widget exists. Override it.

        It may be a coroutine or return a Deferred.
        """

    def connectionLost(self, reason: Failure) -> Any:
        """Called when the page has ended or the element was detached. Override it.

        It is called once if C{connectionMade} was called. It may be a coroutine or return a
        Deferred.

        @param reason: a L{ConnectionLost} with the code and the reason, or L{Detached}.
        """

    def detached(self) -> Any:
        """Called last, when the element was detached or its page has ended. Override it.

        It is called once, last of all, for every element that had a page. It may be a
        coroutine or return a Deferred.
        """

    def callRemote(self, method: str, *args: Any) -> Deferred[Any]:
        """Call a method of the widget.

        The call waits until the browser is connected. You may ignore the Deferred: a page that
        ends is not reported as an error. Cancelling it forgets the call.

        @param args: values that can be sent, among them new elements; see
            C{docs/reference/values.md}.
        @return: fires with what the method returned. It fails with L{RemoteError} if the method
            raised an error, L{ConnectionLost} if the page ended, L{EncodeError} or
            L{MessageTooLarge} if the arguments cannot be sent, L{TooManyElements} if they
            contain more elements than the page may have, L{BufferFull} if too many calls wait
            for a page.
        """
        if self._livePage is not None:
            return self._livePage.callRemote(self, method, list(args))
        if self._liveLost is not None:
            return lostAnswer(self._liveLost)
        answer = Answer()
        try:
            self._liveWait(method, args, answer)
        except (EncodeError, BufferFull) as error:
            unsent(answer, None, self, method, error)
        return answer

    def callRemoteOnly(self, method: str, *args: Any) -> None:
        """Call a method of the widget without an answer, which is cheaper.

        The call waits until the browser is connected. After the page has ended, it does nothing.

        @raise EncodeError: the arguments cannot be sent.
        @raise MessageTooLarge: the arguments are too large.
        @raise BufferFull: too many calls wait for a page.
        """
        if self._livePage is not None:
            self._livePage.send(Call(None, self._liveId, method, list(args)), self)
        elif self._liveLost is None:
            self._liveWait(method, args, None)

    def addChild(self, child: LiveElement) -> LiveElement:
        """Make another element a child of this one. The template must show it.

        A child that is added after this element was rendered reaches the page when it is sent:
        as an argument of a call, or as the result of an exposed method.

        @return: the child.
        @raise TypeError: the child is not an element.
        @raise ValueError: the child is not new, or this element was detached or its page has
            ended.
        """
        checkNew(child)
        if self._liveLost is not None:
            raise ValueError(f"{self!r} cannot be used: it was detached, or its page has ended")
        child._liveParent = self
        self._liveChildren += (child,)
        page = self._livePage
        if page is not None and page.willShow(self):
            page.attach(child)
        return child

    def detach(self) -> None:
        """Remove the element and its children from the page, and the widgets from the browser.

        For each, C{connectionLost} is called if C{connectionMade} was, and then C{detached};
        children come before their parents. They cannot be used again. Detaching an element
        twice, or after its page has ended, does nothing.
        """
        if self._livePage is not None:
            self._livePage.detach(self)
        elif self._liveLost is None:
            members = family(self)
            removeChild(self)
            leavePage(members, Detached())

    def __html__(self) -> str:
        if self._livePage is None:
            raise TemplateError(
                f"{type(self).__qualname__} is rendered but has no page. "
                "Make it a child of the element whose template shows it, with addChild(), or put "
                "it on the page whose template does, with addElement()"
            )
        rendering = self._livePage.rendering
        if rendering is None:
            raise TemplateError(
                f"{type(self).__qualname__} is on another page. Make a new element for each page"
            )
        return rendering.mark(self)

    def __str__(self) -> str:
        if self._livePage is not None and self._livePage.rendering is not None:
            raise TemplateError(
                f"{type(self).__qualname__} is rendered as text. Write {{{{ child }}}} by itself, "
                "without ~ or |string"
            )
        return repr(self)

    def _liveWait(self, method: str, args: tuple[Any, ...], answer: Answer | None) -> None:
        if len(self._liveWaiting) >= MAX_WAITING:
            raise BufferFull(len(self._liveWaiting))
        call = WaitingCall(next(_order), self, method, list(args), answer)
        # Encoded for the checks only; the ids are not known yet.
        encode(Call(None, 1, method, call.args), _elementLater)
        self._liveWaiting += (call,)


def unsent(
    answer: Answer, page: Host | None, element: LiveElement, method: str, error: Exception
) -> None:
    """Fail the answer to a call that could not be sent.

    The error gets a note that says where the call was made. If nobody handles it, it is logged,
    and reported to the browser when debugging.

    @param page: the page of the element, or C{None} if it has none yet.
    """
    where = f"{type(element).__qualname__}.callRemote({method!r})"
    error.add_note(f"in {where}\n  {callingLine()}")
    unsentAnswer(answer, Failure(error), lambda failure: _reportUnsent(page, failure, where))


def _reportUnsent(page: Host | None, failure: Failure, where: str) -> None:
    if failure.check(ConnectionLost):
        return
    logFailure(_log, "{where} was not called", failure, where=where)
    if page is not None:
        page.reportFailure(failure, where)


def _elementLater(value: Any) -> Any:
    return None if isinstance(value, LiveElement) else NotImplemented


def checkNew(element: Any) -> None:
    """Check that a value is an element that has no page and no parent, and never had.

    @raise TypeError: it is not an element.
    @raise ValueError: it is not new.
    """
    checkElement(element)
    if not isNew(element):
        raise ValueError(
            f"{element!r} is or was on a page or in another element. Make a new one for each place"
        )


def checkElement(element: Any) -> None:
    """Check that a value is an element.

    @raise TypeError: it is not.
    """
    if isinstance(element, type) and issubclass(element, LiveElement):
        name = element.__qualname__
        raise TypeError(f"{name} is a class. Use an element of it: {name}(…)")
    if not isinstance(element, LiveElement):
        raise TypeError(f"{element!r} is not a LiveElement")


def isNew(element: LiveElement) -> bool:
    """Return whether an element has no page and no parent, and never had a page."""
    return isUnused(element) and element._liveParent is None


def isUnused(element: LiveElement) -> bool:
    """Return whether an element is on no page and never was; it may have a parent."""
    return element._livePage is None and element._liveLost is None


def isRendered(element: LiveElement) -> bool:
    """Return whether an element's HTML was made or is being made."""
    return element._liveRendered


def setRendered(element: LiveElement) -> None:
    """Note that an element's HTML is being made."""
    element._liveRendered = True


def joinPage(element: LiveElement, page: Host, elementId: int) -> tuple[WaitingCall, ...]:
    """Give an element its page.

    @return: the calls that have waited for that; the page must make them now.
    """
    element._livePage = page
    element._liveId = elementId
    waiting, element._liveWaiting = element._liveWaiting, ()
    return waiting


def leavePage(elements: list[LiveElement], reason: ConnectionLost) -> None:
    """End the use of elements, whether they had a page or not, and fail their waiting calls."""
    waiting: list[WaitingCall] = []
    for element in elements:
        topics, element._liveLost = element._liveTopics, reason
        if topics is not None:
            for topic in topics:
                topic._liveForget(element)
            del element._liveTopics
        element._livePage = None
        waiting += element._liveWaiting
        element._liveWaiting = ()
    # Last, so that errbacks find all elements in their final state.
    for call in waiting:
        if call.answer is not None and not call.answer.called:
            loseAnswer(call.answer, reason)


def removeChild(element: LiveElement) -> None:
    """Remove an element from its parent, if it has one."""
    parent, element._liveParent = element._liveParent, None
    if parent is not None:
        parent._liveChildren = tuple(c for c in parent._liveChildren if c is not element)


def family(element: LiveElement) -> list[LiveElement]:
    """Return an element and all elements below it, parents before their children."""
    members: list[LiveElement] = []
    waiting = [element]
    while waiting:
        member = waiting.pop()
        members.append(member)
        waiting.extend(reversed(member._liveChildren))
    return members
