"""A page as the application sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livewidget.element import LiveElement

if TYPE_CHECKING:
    from livewidget.page import Page


class LivePage:
    """The page of an element: L{LiveElement.page}.

    @ivar identity: whose page it is, or L{None}: nobody's. An application may set it,
        to anything that can be compared; see L{LiveResource}.
    """

    _live: Page | None = None
    _liveElements: tuple[LiveElement, ...] = ()

    @property
    def elements(self) -> tuple[LiveElement, ...]:
        """The elements of the page that have no parent, in the order in which they were added."""
        return self._liveElements

    @property
    def identity(self) -> Any:
        """Whose page it is; L{None} is nobody's."""
        return None if self._live is None else self._live.identity

    @identity.setter
    def identity(self, identity: Any) -> None:
        if self._live is not None:
            self._live.identity = identity

    def addElement(self, element: LiveElement) -> LiveElement:
        """Put an element on the page.

        @return: the element.
        """
        self._liveElements += (element,)
        return element

    def close(self, reason: str = "the application closed the page") -> None:
        """End the page; the browser is told the reason and does not come back."""
        if self._live is not None:
            self._live.close(reason)


def joinLive(livePage: LivePage, page: Page) -> None:
    """A page begins."""
    livePage._live = page
