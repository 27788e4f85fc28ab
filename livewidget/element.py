"""The Python half of a pair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from livewidget.calls import lostAnswer
from livewidget.errors import BufferFull, ConnectionLost, EncodeError, TemplateError
from livewidget.messages import checkArguments

if TYPE_CHECKING:
    from livewidget.page import LivePage

#: Calls that may wait for an element to get its page.
MAX_WAITING = 1_000


class LiveElement:
    """State and behaviour on the server, paired with a C{Widget} in the browser.

    Subclasses need not call C{__init__}. An element belongs to one page, gets
    it after it was made, and is used up when the page ends.

    @cvar template: the Jinja2 template, a file beside the module that sets
        this attribute. It has C{{{ liveElement }}} in its root node.
    @cvar jsClass: C{"Module.Class"} of the widget: the class C{Class} exported
        by C{js/Module.js} beside the module that sets this attribute; dots
        before the last are folders.
    @cvar cssModule: C{"Name"} of C{css/Name.css} beside the module that sets
        this attribute, or L{None}.
    @ivar page: the page, or L{None} before the element has one and after it ended.
    @ivar elementId: a number unique in the page.
    @ivar elementParent: the element that this one is a child of.
    """

    template: ClassVar[str] = ""
    jsClass: ClassVar[str] = "livewidget.Widget"
    cssModule: ClassVar[str | None] = None

    page: LivePage | None = None
    elementId: int = 0
    elementParent: LiveElement | None = None

    # Class attributes, since a subclass's __init__ owes us no call.
    _children: tuple[LiveElement, ...] = ()
    _waiting: tuple[tuple[str, list[Any], Deferred[Any] | None], ...] = ()
    _lost: ConnectionLost | None = None

    @property
    def childElements(self) -> tuple[LiveElement, ...]:
        """The children, in the order in which they were added."""
        return self._children

    def getInitialArguments(self) -> list[Any]:
        """What the widget's constructor gets after its node; to be overridden."""
        return []

    def connectionMade(self) -> Any:
        """The browser is there; to be overridden, may be a coroutine."""

    def connectionLost(self, reason: Failure) -> Any:
        """The page has ended; called once, if C{connectionMade} was.

        @param reason: a L{ConnectionLost} with the code and the reason.
        """

    def detached(self) -> Any:
        """The element is used up; called once, last of all."""

    def callRemote(self, method: str, *args: Any) -> Deferred[Any]:
        """Call a method of the widget.

        Before the browser is there the call waits. An answer that nobody
        watches is no error when the page ends.

        @return: fires with what the method returned; fails with L{RemoteError}
            when it raised, L{ConnectionLost} when the page ended,
            L{EncodeError} or L{MessageTooLarge} when the arguments cannot
            cross, L{BufferFull} when too many calls wait for a page.
        """
        if self.page is not None:
            return self.page.callRemote(self, method, list(args))
        if self._lost is not None:
            return lostAnswer(self._lost)
        answer: Deferred[Any] = Deferred()
        try:
            self._wait(method, args, answer)
        except (EncodeError, BufferFull) as error:
            return fail(error)
        return answer

    def callRemoteOnly(self, method: str, *args: Any) -> None:
        """Call a method of the widget, with no answer wanted: the cheaper way.

        After the page has ended it does nothing.

        @raise EncodeError: the arguments cannot cross.
        @raise MessageTooLarge: the arguments are too large.
        @raise BufferFull: too many calls wait for a page.
        """
        if self.page is not None:
            self.page.callRemoteOnly(self, method, list(args))
        elif self._lost is None:
            self._wait(method, args, None)

    def addChild(self, child: LiveElement) -> LiveElement:
        """Make another element a child of this one; the template renders it.

        @return: the child.
        @raise ValueError: it is in a page, has a parent already, or is used up.
        """
        if not child.isNew():
            raise ValueError(
                f"{child!r} is in a page or another element, or was: make a new one for each"
            )
        child.elementParent = self
        self._children += (child,)
        if self.page is not None:
            self.page.attach(child)
        return child

    def isNew(self) -> bool:
        """Whether the element is in no page and no other element, and never was in one."""
        return self.page is None and self._lost is None and self.elementParent is None

    def attached(self, page: LivePage, elementId: int) -> None:
        """The page takes the element in; called by the page."""
        self.page = page
        self.elementId = elementId
        waiting, self._waiting = self._waiting, ()
        for method, args, answer in waiting:
            if answer is None:
                page.callRemoteOnly(self, method, args)
            elif not answer.called:
                page.callRemote(self, method, args, answer)

    def ended(self, reason: ConnectionLost) -> None:
        """The page has ended; called by the page."""
        self.page = None
        self._lost = reason

    def __html__(self) -> str:
        if self.page is None:
            raise TemplateError(
                f"{type(self).__qualname__} is rendered and has no page: "
                "make it a child of the element whose template shows it, with addChild()"
            )
        return self.page.renderElement(self)

    def __str__(self) -> str:
        if self.page is not None and self.page.rendering:
            raise TemplateError(
                f"{type(self).__qualname__} is rendered as text: write {{{{ child }}}} by itself, "
                "without ~ or |string"
            )
        return repr(self)

    def _wait(self, method: str, args: tuple[Any, ...], answer: Deferred[Any] | None) -> None:
        if len(self._waiting) >= MAX_WAITING:
            raise BufferFull(len(self._waiting), 0)
        checkArguments(args)
        self._waiting += ((method, list(args), answer),)
