"""A page as the application sees it."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from twisted.internet.defer import Deferred

from livewidget.elements.element import LiveElement, checkNew, isNew
from livewidget.errors import ConnectionLost


class Closes(Protocol):
    """The page, for its L{LivePage}; L{livewidget.page.page.Page}."""

    def close(self, reason: str) -> None:
        """End the page; the browser is told the reason."""


class LivePage:
    """The page of an element: L{LiveElement.page}. An application may subclass it.

    Subclasses need not call C{__init__}; they put their elements on the page by
    L{addElement}, and their attributes are the names in their template.

    @cvar template: the Jinja2 template, a file beside the module that sets this
        attribute. It extends C{"livewidget/page.html"}, or has C{{{ liveHead }}} and
        C{{{ liveScripts }}}.
    @ivar title: the title; by default that of the resource.
    @ivar language: the language of the document, such as C{"de"}.
    @ivar unsupported: what people with a browser from before 2023 are told.
    @ivar identity: whose page it is, or L{None}: nobody's. An application may set it,
        to anything that can be compared; see L{LiveResource}.
    """

    template: ClassVar[str] = "livewidget/page.html"
    title: str = ""
    language: str = "en"
    unsupported: str = "This browser is too old for this page."
    identity: Any = None

    _live: Closes | None = None
    _liveLost: ConnectionLost | None = None
    _liveWaiting: tuple[Deferred[ConnectionLost], ...] = ()
    _liveElements: tuple[LiveElement, ...] = ()

    @property
    def elements(self) -> tuple[LiveElement, ...]:
        """The elements of the page that have no parent, in the order in which they were added."""
        return self._liveElements

    def addElement(self, element: LiveElement) -> LiveElement:
        """Put an element on the page; the template shows it.

        @return: the element.
        @raise TypeError: it is no element.
        @raise ValueError: it is not new, or the page is made already.
        """
        checkNew(element)
        if any(other is element for other in self._liveElements):
            raise ValueError(f"{element!r} is on this page already: make a new one for each place")
        if self._live is not None:
            raise ValueError("the page is made already: add the element to another by addChild()")
        self._liveElements += (element,)
        return element

    def notifyOnDisconnect(self) -> Deferred[ConnectionLost]:
        """Wait for the end of the page.

        @return: fires with the L{ConnectionLost} that says why, after all elements were
            told. It does not fail. Of a page that is not made yet or has ended, it waits, or
            fires at once.
        """
        ended: Deferred[ConnectionLost] = Deferred()
        if self._liveLost is not None:
            ended.callback(self._liveLost)
        else:
            self._liveWaiting += (ended,)
        return ended

    def close(self, reason: str = "the application closed the page") -> None:
        """End the page; the browser is told the reason and does not come back."""
        if self._live is not None:
            self._live.close(reason)


def asPage(made: Any) -> LivePage | None:
    """A new page, or a plain one for a new element; L{None}: it is neither."""
    if isinstance(made, LiveElement) and isNew(made):
        page = LivePage()
        page.addElement(made)
        return page
    fresh = isinstance(made, LivePage) and made._live is None and made._liveLost is None
    return made if fresh and all(map(isNew, made.elements)) else None


def beginPage(livePage: LivePage, page: Closes) -> None:
    """A page begins: what the application sees gets its inside."""
    livePage._live = page


def removeElement(page: LivePage, element: LiveElement) -> None:
    """An element was detached, or another takes part."""
    page._liveElements = tuple(e for e in page._liveElements if e is not element)


def endPage(livePage: LivePage, lost: ConnectionLost) -> None:
    """A page has ended."""
    livePage._live, livePage._liveLost = None, lost
    for ended in livePage._liveWaiting:
        ended.callback(lost)
