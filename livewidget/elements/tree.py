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

    @ivar elements: by their ids, parents before their children.
    @ivar lastId: the highest that was given to one.
    @ivar lost: why the page has ended, or C{None}.
    @ivar rendering: what marks elements, while templates of the page are rendered.
    @ivar late: those that were sent and whose widgets are not made yet, by the ids of
        those that they were sent with.
    @ivar modules: how many of the modules of the catalog the browser knows; 0: there is no
        document yet.
    @ivar styles: the URLs of the style sheets that it has.
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
        """Whether the template of an element can show children that it gets now."""
        if not element._liveRendered:
            return True
        return self.rendering is not None and self.rendering.shows(element)

    def add(self, element: LiveElement) -> tuple[list[LiveElement], list[WaitingCall]]:
        """Take in an element and its children.

        @return: all of them, and the calls that have waited for that, to be made now.
        @raise TypeError: an exposed method has an annotation that names nothing.
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
        """Take out an element and its children, which are used up.

        @return: those that were on the page, by their ids.
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
        """The browser has made the widgets of what was sent with an element.

        @return: those that it is news of.
        """
        return self.late.pop(elementId, [])

    def present(self) -> list[LiveElement]:
        """The elements whose widgets are not waited for."""
        late = {id(element) for elements in self.late.values() for element in elements}
        return [element for element in self.elements.values() if id(element) not in late]

    def clear(self, lost: ConnectionLost) -> dict[int, LiveElement]:
        """The page has ended: all are used up.

        @return: by their ids.
        """
        self.lost = lost
        gone, self.elements = self.elements, {}
        self.late.clear()
        roots = [element for element in gone.values() if element.elementParent is None]
        leavePage([member for root in roots for member in family(root)], lost)
        return gone
