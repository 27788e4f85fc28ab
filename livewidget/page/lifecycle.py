"""What the elements of a page are told of its life."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget.elements.element import LiveElement
from livewidget.elements.tree import Tree
from livewidget.errors import ConnectionLost
from livewidget.logs import logFailure

_log = Logger()


class Lifecycle:
    """Calls the hooks of elements: C{connectionMade}, C{connectionLost}, C{detached}.

    What a hook raises is logged, and reported to the browser when debugging.

    @param report: called with a failure, and the class and method that failed.
    """

    def __init__(self, tree: Tree, report: Callable[[Failure, str], None]) -> None:
        self._tree = tree
        self._report = report
        self._connected = False
        # The ids of elements whose connectionMade was called, so that connectionLost will be.
        self._told: set[int] = set()

    def connected(self) -> None:
        """Call C{connectionMade} of the elements whose widgets exist, at the first connection."""
        if self._connected:
            return
        self._connected = True
        self.created(self._tree.present())

    def created(self, elements: list[LiveElement]) -> None:
        """Call C{connectionMade} of elements whose widgets were created."""
        for element in elements:
            # A hook may end the page, or detach another element.
            if self._tree.elements.get(element.elementId) is element:
                self._told.add(element.elementId)
                self._call([element], "connectionMade", lambda element: element.connectionMade())

    def ended(self, elements: dict[int, LiveElement], lost: ConnectionLost) -> None:
        """Tell elements that they were detached or that their page has ended.

        Each gets C{connectionLost} if it got C{connectionMade}, and C{detached} when all
        C{connectionLost} are done; children before their parents.

        @param elements: by their ids, parents before their children.
        """
        items = list(elements.items())[::-1]
        gone = [element for _, element in items]
        told = [element for elementId, element in items if elementId in self._told]
        self._told.difference_update(elements)
        done = self._call(
            told, "connectionLost", lambda element: element.connectionLost(Failure(lost))
        )
        done.addCallback(lambda _: self._call(gone, "detached", lambda element: element.detached()))

    def _call(
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
            self._report(failure, f"{type(element).__qualname__}.{name}")
