"""Elements that are made later and come to the browser in a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livewidget.element import LiveElement, family
from livewidget.errors import EncodeError, TooManyElements
from livewidget.rendering import nameOf

if TYPE_CHECKING:
    from livewidget.page import Page


class Adoption:
    """The elements that one message brings to the page, until it is sent or cannot be.

    @param parent: whose children those are that have no parent yet.
    @ivar held: messages that were made meanwhile. They follow: some may be for
        widgets that come with this message.
    """

    __slots__ = ("_adopted", "_page", "_parent", "_styles", "held")

    def __init__(self, page: Page, parent: LiveElement | None) -> None:
        self._page = page
        self._parent = parent
        # All that come with the message, by the ids of those that are in no other one.
        self._adopted: dict[int, list[LiveElement]] = {}
        self._styles: list[str] = []
        self.held: list[tuple[bytes, Adoption]] = []

    def take(self, value: Any) -> Any:
        """What stands in a message for an element, see C{docs/protocol.md}, "Values".

        @return: C{NotImplemented} if it is none.
        @raise EncodeError: the element cannot be sent.
        @raise TooManyElements: the page has as many as it may have.
        """
        if not isinstance(value, LiveElement):
            return NotImplemented
        page, renderer = self._page, self._page.pages.renderer
        if page.adoption is None:
            page.adoption = self
        self._join(value)
        html, elements = renderer.render(page, value.__html__)
        self._adopted[value.elementId] = elements
        self._styles += [url for url in renderer.styleSheets(elements) if url not in page.styles]
        content: dict[str, Any] = {
            "html": html,
            "elements": [renderer.describe(element) for element in elements],
        }
        # Only now: describing them has made their modules known.
        modules = renderer.packages.moduleUrls(page.modules)
        if modules:
            content["modules"] = modules
        if self._styles:
            content["styles"] = self._styles
        return {"$element": content}

    def commit(self) -> None:
        """The message is sent."""
        self._page.late.update(self._adopted)
        if self._adopted:
            self._page.styles.update(self._styles)
            self._page.modules = self._page.pages.renderer.packages.modules
        self._end()

    def cancel(self) -> None:
        """The message cannot be sent: its elements are used up."""
        for elementId in self._adopted:
            self._page.detach(self._page.elements[elementId], told=True)
        self._end()

    def _end(self) -> None:
        if self._page.adoption is self:
            self._page.adoption = None

    def _join(self, element: LiveElement) -> None:
        page, parent = self._page, element.elementParent or self._parent
        name = nameOf(element)
        if element._livePage is page:
            raise EncodeError(f"the {name} is on the page already; each element is sent once")
        if element._livePage is not None or element._liveLost is not None:
            raise EncodeError(f"the {name} is or was in another page: make a new one for each")
        if parent is None or parent._livePage is not page:
            raise EncodeError(f"the {name} has a parent that is not on this page: send that one")
        most = page.pages.settings.elements
        if len(page.elements) + len(family(element)) > most:
            raise TooManyElements(most)
        if element.elementParent is None:
            parent.addChild(element)
        if element._livePage is None:
            page.attach(element)
        self._adopted[element.elementId] = []
