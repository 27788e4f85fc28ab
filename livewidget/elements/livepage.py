"""The page as the application sees it."""

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

    Subclasses need not call C{__init__}. They put their elements on the page with
    L{addElement}, and their attributes are the variables of their template.

    @cvar template: the Jinja2 template, a file beside the module that sets this attribute. It
        must extend C{"livewidget/page.html"}, or contain C{{{ liveHead }}} and
        C{{{ liveScripts }}}.
    @ivar title: the title of the document; by default that of the resource.
    @ivar language: the language of the document, such as C{"de"}.
    @ivar unsupported: the text shown in browsers older than 2023.
    @ivar identity: whose page it is, or C{None} if it is nobody's. An application may set it to
        anything that can be compared; see L{LiveResource}.
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
        """The elements of the page that have no parent, in the order of adding."""
        return self._liveElements

    def addElement(self, element: LiveElement) -> LiveElement:
        """Put an element on the page. The template must show it.

        @return: the element.
        @raise TypeError: it is not an element.
        @raise ValueError: it is not new, or the page was already created.
        """
        checkNew(element)
        if any(other is element for other in self._liveElements):
            raise ValueError(f"{element!r} is already on this page. Make a new one for each place")
        if self._live is not None:
            raise ValueError(
                "the page was already created. Add the element to another one with addChild()"
            )
        self._liveElements += (element,)
        return element

    def notifyOnDisconnect(self) -> Deferred[ConnectionLost]:
        """Wait for the end of the page.

        @return: fires with a L{ConnectionLost} that says why, after C{connectionLost} of all
            elements was called. It does not fail. If the page has ended, it has fired already.
        """
        ended: Deferred[ConnectionLost] = Deferred()
        if self._liveLost is not None:
            ended.callback(self._liveLost)
        else:
            self._liveWaiting += (ended,)
        return ended

    def close(self, reason: str = "the application closed the page") -> None:
        """End the page; the browser shows the reason and does not reconnect."""
        if self._live is not None:
            self._live.close(reason)


def asPage(made: Any) -> LivePage | None:
    """Return the page for what a factory returned.

    @param made: a new L{LivePage}, or a new element, which gets a plain page.
    @return: C{None} if it is neither.
    """
    if isinstance(made, LiveElement) and isNew(made):
        page = LivePage()
        page.addElement(made)
        return page
    fresh = isinstance(made, LivePage) and made._live is None and made._liveLost is None
    return made if fresh and all(map(isNew, made.elements)) else None


def beginPage(livePage: LivePage, page: Closes) -> None:
    """Connect the application's page object to the page."""
    livePage._live = page


def removeElement(page: LivePage, element: LiveElement) -> None:
    """Remove an element from the page object."""
    page._liveElements = tuple(e for e in page._liveElements if e is not element)


def endPage(livePage: LivePage, lost: ConnectionLost) -> None:
    """Disconnect the application's page object, and fire what waits for the end."""
    livePage._live, livePage._liveLost = None, lost
    for ended in livePage._liveWaiting:
        ended.callback(lost)
