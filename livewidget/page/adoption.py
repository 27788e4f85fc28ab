"""Elements that are made later and come to the browser in a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livewidget.elements.element import LiveElement, family
from livewidget.errors import Detached, EncodeError, TooManyElements
from livewidget.rendering.render import nameOf
from livewidget.wire.messages import Message, encode

if TYPE_CHECKING:
    from livewidget.page.page import Page


class ElementMet(Exception):
    """A message has an element in it, and is to be sent with an L{Adoption}."""


def noElement(value: Any) -> Any:
    """What stands for a value in a message that has no element in it, as most have.

    @raise ElementMet: it is an element.
    """
    if isinstance(value, LiveElement):
        raise ElementMet
    return NotImplemented


def sendElements(page: Page, message: Message, sender: LiveElement | None) -> None:
    """Send a message that has elements in it; see L{Page.send}."""
    adoption = Adoption(page, sender)
    try:
        data = encode(message, adoption.take)
        page.checkSize(data)
    except BaseException:
        adoption.cancel()
        adoption.end()
        _hold(page, adoption.held)
        # Whoever sends is not to be disturbed by a template that ended the page.
        if page.ended is None:
            raise
    else:
        adoption.end()
        _hold(page, [(data, adoption), *adoption.held])


def _hold(page: Page, messages: list[tuple[bytes, Adoption | None]]) -> None:
    if page.adoption is not None:
        page.adoption.held += messages
        return
    for _, adoption in messages:
        if adoption is not None:
            adoption.commit()
    page.postAll(data for data, _ in messages)


class Adoption:
    """The elements that one message brings to the page, until it is sent or cannot be.

    @param parent: whose children those are that have no parent yet.
    @ivar held: messages that were made meanwhile. They follow: some may be for
        widgets that come with this message.
    """

    __slots__ = ("_adopted", "_modules", "_outer", "_page", "_parent", "_styles", "held")

    def __init__(self, page: Page, parent: LiveElement | None) -> None:
        self._page = page
        self._parent = parent
        # Of the message that is encoded already, if this one is made by one of its templates.
        self._outer: Adoption | None = None
        # All that come with the message, by the ids of those that are in no other one.
        self._adopted: dict[int, list[LiveElement]] = {}
        self._modules = page.tree.modules
        self._styles: set[str] = set()
        self.held: list[tuple[bytes, Adoption | None]] = []

    def take(self, value: Any) -> Any:
        """What stands in a message for an element, see C{docs/protocol.md}, "Values".

        @return: C{NotImplemented} if it is none.
        @raise EncodeError: the element cannot be sent.
        @raise Detached: the element that sends it was detached.
        @raise TooManyElements: the page has as many as it may have.
        """
        if not isinstance(value, LiveElement):
            return NotImplemented
        page, tree, renderer = self._page, self._page.tree, self._page.pages.renderer
        if page.adoption is not self:
            self._outer, page.adoption = page.adoption, self
        self._join(value)
        html, elements = renderer.render(page, value.__html__, value.elementParent)
        styles = renderer.styleSheets(elements)
        content: dict[str, Any] = {
            "html": html,
            "elements": [renderer.describe(element) for element in elements],
        }
        if value._livePage is not page:
            raise EncodeError(f"the {nameOf(value)} was detached while it was rendered")
        # Only now: describing them has made their modules known. A page that has no document
        # yet will have all in that.
        if self._modules and (modules := renderer.packages.moduleUrls(self._modules)):
            content["modules"] = modules
            self._modules = renderer.packages.modules
        known = (tree.styles, self._styles)
        new = [url for url in styles if not any(url in urls for urls in known)]
        self._styles.update(new)
        if new:
            content["styles"] = new
        self._adopted[value.elementId] = elements
        return {"$element": content}

    def end(self) -> None:
        """The message is encoded, or cannot be."""
        page = self._page
        if page.adoption is self:
            page.adoption = self._outer

    def commit(self) -> None:
        """The message is sent."""
        tree = self._page.tree
        # Most messages bring none.
        if self._adopted:
            sent = self._adopted.items()
            tree.late.update(item for item in sent if item[0] in tree.elements)
            tree.styles += tuple(self._styles)
            tree.modules = max(tree.modules, self._modules)

    def cancel(self) -> None:
        """The message cannot be sent: its elements are used up.

        What they say of it follows what is held already.
        """
        for elementId in self._adopted:
            element = self._page.elements.get(elementId)
            # One may have gone with another, or with the page.
            if element is not None:
                self._page.detach(element, told=True)

    def _join(self, element: LiveElement) -> None:
        page, parent = self._page, element.elementParent
        if parent is None:
            parent = self._parent
        name = nameOf(element)
        if element._livePage is page:
            raise EncodeError(f"the {name} is on the page already; each element is sent once")
        if element._livePage is not None or element._liveLost is not None:
            raise EncodeError(f"the {name} is or was in another page: make a new one for each")
        if parent is None:
            raise Detached
        if parent._livePage is not page:
            raise EncodeError(f"the {name} has a parent that is not on this page: send that one")
        most = page.pages.settings.elements
        if len(page.elements) + len(family(element)) > most:
            raise TooManyElements(most)
        if element.elementParent is None:
            parent.addChild(element)
        if element._livePage is None:
            page.attach(element)
        self._adopted[element.elementId] = []
