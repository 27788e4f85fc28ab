"""What the elements of a page are told: that the browser is there, and that the page has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget.element import LiveElement
from livewidget.errors import ConnectionLost
from livewidget.logs import logFailure
from livewidget.reports import reportFailure

if TYPE_CHECKING:
    from livewidget.page import Page

_log = Logger()


class Hooks:
    """Tells the elements of a page of its life. What a hook raises is logged."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._made = False
        # Those whose connectionMade was called: they are told of the end.
        self._told: list[LiveElement] = []

    def tellMade(self) -> None:
        """A connection is there: at the first one each element is told so."""
        if self._made:
            return
        self._made = True
        for element in list(self._page.elements.values()):
            # One of them may end the page.
            if self._page.ended is None:
                self._told.append(element)
                self._tell([element], "connectionMade", lambda element: element.connectionMade())

    def tellEnd(self, lost: ConnectionLost) -> None:
        """The page has ended, and its elements are used up."""
        elements, told = list(self._page.elements.values()), self._told
        self._page.elements.clear()
        self._told = []
        done = self._tell(
            told, "connectionLost", lambda element: element.connectionLost(Failure(lost))
        )
        done.addCallback(
            lambda _: self._tell(elements, "detached", lambda element: element.detached())
        )

    def _tell(
        self, elements: list[LiveElement], name: str, hook: Callable[[LiveElement], Any]
    ) -> Deferred[Any]:
        return gatherResults(
            maybeDeferred(hook, element).addErrback(self._failed, element, name)
            for element in elements
        )

    def _failed(self, failure: Failure, element: LiveElement, name: str) -> None:
        if not (self._page.ended is not None and failure.check(ConnectionLost)):
            logFailure(_log, "a hook of {element} failed", failure, element=type(element))
            reportFailure(self._page, failure, f"{type(element).__qualname__}.{name}")
