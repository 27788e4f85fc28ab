"""The elements of one page."""

from __future__ import annotations

from livewidget.elements.element import (
    Host,
    LiveElement,
    Marks,
    WaitingCall,
    family,
    joinPage,
    leavePage,
    removeChild,
)
from livewidget.elements.expose import exposedMethods
from livewidget.elements.livepage import removeElement
from livewidget.errors import ConnectionLost, Detached


class Tree:
    """The elements of one page, and what its browser has of them.

    @ivar elements: the elements by id, parents before their children.
    @ivar lastId: the highest id that was given to an element.
    @ivar lost: why the page has ended, or C{None}.
    @ivar rendering: what marks elements, while templates of the page are rendered.
    @ivar late: elements that were sent later and whose widgets are not created yet, by the id of
        the element that they were sent with.
    @ivar modules: how many modules of the L{livewidget.assets.catalog.Catalog} the browser
        knows; 0 before the document is rendered.
    @ivar styles: the URLs of the style sheets that the browser has.
    """

    __slots__ = (
        "_page",
        "elements",
        "lastId",
        "late",
        "lost",
        "modules",
        "rendering",
        "styles",
    )

    def __init__(self, page: Host) -> None:
        self._page = page
        self.elements: dict[int, LiveElement] = {}
        self.lastId = 0
        self.lost: ConnectionLost | None = None
        self.rendering: Marks | None = None
        self.late: dict[int, list[LiveElement]] = {}
        self.modules = 0
        self.styles: tuple[str, ...] = ()

    def has(self, element: LiveElement) -> bool:
        """Return whether an element is on the page."""
        return element._livePage is self._page

    def willShow(self, element: LiveElement) -> bool:
        """Return whether an element's template can still show children that are added now."""
        if not element._liveRendered:
            return True
        return self.rendering is not None and self.rendering.shows(element)

    def add(self, element: LiveElement) -> tuple[list[LiveElement], list[WaitingCall]]:
        """Add an element and its children.

        @return: all of them, and the calls that have waited for that and must be made now.
        @raise TypeError: an exposed method has an annotation that cannot be resolved.
        """
        members = family(element)
        for member in members:
            exposedMethods(type(member))
        waiting: list[WaitingCall] = []
        for member in members:
            self.lastId += 1
            self.elements[self.lastId] = member
            waiting += joinPage(member, self._page, self.lastId)
        return members, sorted(waiting)

    def remove(self, element: LiveElement) -> dict[int, LiveElement]:
        """Remove an element and its children.

        @return: those that were on the page, by id.
        """
        members = family(element)
        gone = {e.elementId: e for e in members if self.has(e)}
        for elementId in gone:
            del self.elements[elementId]
            self.late.pop(elementId, None)
        removeChild(element)
        removeElement(self._page.livePage, element)
        leavePage(members, Detached())
        return gone

    def made(self, elementId: int) -> list[LiveElement]:
        """Mark the widgets that were sent with an element as created.

        @return: the elements that were not reported before.
        """
        return self.late.pop(elementId, [])

    def present(self) -> list[LiveElement]:
        """Return the elements whose widgets exist."""
        late = {id(element) for elements in self.late.values() for element in elements}
        return [element for element in self.elements.values() if id(element) not in late]

    def clear(self, lost: ConnectionLost) -> dict[int, LiveElement]:
        """Remove all elements, since the page has ended.

        @return: the elements by id.
        """
        self.lost = lost
        gone, self.elements = self.elements, {}
        self.late.clear()
        roots = [element for element in gone.values() if element.elementParent is None]
        leavePage([member for root in roots for member in family(root)], lost)
        return gone
