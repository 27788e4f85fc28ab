"""What the elements of a page are told: that the browser is there, and that the page has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget.elements.element import LiveElement
from livewidget.errors import ConnectionLost
from livewidget.logs import logFailure
from livewidget.page.reports import reportFailure

if TYPE_CHECKING:
    from livewidget.page.page import Page

_log = Logger()


class Hooks:
    """Tells the elements of a page of its life. What a hook raises is logged."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._made = False
        # The ids of those whose connectionMade was called: they are told of the end.
        self._told: set[int] = set()

    def tellConnected(self) -> None:
        """A connection is there: at the first one each element whose widget is there is told so."""
        if self._made:
            return
        self._made = True
        self.tellMade(self._page.tree.present())

    def tellMade(self, elements: list[LiveElement]) -> None:
        """The widgets of elements are there."""
        for element in elements:
            # One of them may end the page, or detach another.
            if self._page.elements.get(element.elementId) is element:
                self._told.add(element.elementId)
                self._tell([element], "connectionMade", lambda element: element.connectionMade())

    def tellEnd(self, elements: dict[int, LiveElement], lost: ConnectionLost) -> None:
        """Elements are used up: their page has ended, or they were detached.

        @param elements: by their ids, parents before their children, who hear it first.
        """
        items = list(elements.items())[::-1]
        gone = [element for _, element in items]
        told = [element for elementId, element in items if elementId in self._told]
        self._told.difference_update(elements)
        done = self._tell(
            told, "connectionLost", lambda element: element.connectionLost(Failure(lost))
        )
        done.addCallback(lambda _: self._tell(gone, "detached", lambda element: element.detached()))

    def _tell(
        self, elements: list[LiveElement], name: str, hook: Callable[[LiveElement], Any]
    ) -> Deferred[Any]:
        return gatherResults(
            maybeDeferred(hook, element).addErrback(self._failed, element, name)
            for element in elements
        )

    def _failed(self, failure: Failure, element: LiveElement, name: str) -> None:
        if element.page is not None or not failure.check(ConnectionLost):
            logFailure(
                _log,
                "{name}(), a hook of {element}, failed",
                failure,
                name=name,
                element=type(element).__qualname__,
            )
            reportFailure(self._page, failure, f"{type(element).__qualname__}.{name}")
