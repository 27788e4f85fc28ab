"""Elements that are added later and are sent to the browser in a message."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from livewidget.elements.element import LiveElement, family, isUnused
from livewidget.elements.tree import Tree
from livewidget.errors import ConnectionLost, Detached, EncodeError, TooManyElements
from livewidget.naming import nameOf
from livewidget.rendering.render import Renderer
from livewidget.session.session import Held
from livewidget.settings import Settings
from livewidget.wire.messages import Message, encode


class Adopts(Protocol):
    """What an adoption needs of its page; see L{livewidget.page.page.Page}."""

    tree: Tree
    renderer: Renderer
    ended: ConnectionLost | None
    held: list[Held] | None

    @property
    def settings(self) -> Settings:
        """The settings of the resource."""

    def attach(self, element: LiveElement) -> None:
        """Add an element and its children."""

    def detach(self, element: LiveElement, told: bool = False) -> None:
        """Remove an element and its children."""

    def checkSize(self, data: bytes) -> None:
        """Raise L{MessageTooLarge} if an encoded message exceeds the limit."""

    def postAll(self, messages: Iterable[bytes]) -> None:
        """Send encoded messages."""


class ElementFound(Exception):
    """A message contains an element and must be sent by L{sendElements}."""


def refuseElements(value: Any) -> Any:
    """Refuse elements: the C{special} for messages without any, as most are.

    @return: C{NotImplemented}.
    @raise ElementFound: the value is an element.
    """
    if isinstance(value, LiveElement):
        raise ElementFound
    return NotImplemented


def sendElements(page: Adopts, message: Message, sender: LiveElement | None) -> None:
    """Send a message that contains elements; see L{livewidget.page.page.Page.send}."""
    adoption = Adoption(page, sender)
    try:
        data = encode(message, adoption.adopt)
        page.checkSize(data)
    except BaseException:
        adoption.cancel()
        adoption.end()
        _release(page, adoption.held)
        # A template that ended the page is no error of the sender.
        if page.ended is None:
            raise
    else:
        adoption.end()
        _release(page, [(data, adoption.commit), *adoption.held])


def _release(page: Adopts, messages: list[Held]) -> None:
    if page.held is not None:
        page.held += messages
        return
    for _, sent in messages:
        if sent is not None:
            sent()
    page.postAll(data for data, _ in messages)


class Adoption:
    """The elements that one message adds to the page, until it is sent or refused.

    @param parent: the parent of those elements that have none yet.
    @ivar held: messages that were posted meanwhile. They are sent after this one, since they
        may be for widgets that it creates.
    """

    __slots__ = ("_adopted", "_modules", "_outer", "_page", "_parent", "_styles", "held")

    def __init__(self, page: Adopts, parent: LiveElement | None) -> None:
        self._page = page
        self._parent = parent
        # The list of an outer adoption, if a template of that one sends this message.
        self._outer: list[Held] | None = None
        # All elements in the message, by the ids of those that are not inside another one.
        self._adopted: dict[int, list[LiveElement]] = {}
        self._modules = page.tree.modules
        self._styles: set[str] = set()
        self.held: list[Held] = []

    def adopt(self, value: Any) -> Any:
        """Attach and render an element, and return what represents it in the message.

        See "Values" in C{docs/reference/protocol.md}.

        @return: C{NotImplemented} if the value is not an element.
        @raise EncodeError: the element cannot be sent.
        @raise Detached: the element that sends it was detached.
        @raise TooManyElements: the page has as many elements as it may have.
        """
        if not isinstance(value, LiveElement):
            return NotImplemented
        page, tree, renderer = self._page, self._page.tree, self._page.renderer
        if page.held is not self.held:
            self._outer, page.held = page.held, self.held
        self._join(value)
        html, elements = renderer.render(tree, value.__html__, value.elementParent)
        styles = renderer.styleSheets(elements)
        content: dict[str, Any] = {
            "html": html,
            "elements": [renderer.describe(element) for element in elements],
        }
        if not tree.has(value):
            raise EncodeError(f"the {nameOf(type(value))} was detached while it was rendered")
        # Describing elements makes their modules known. A page without a document yet gets all
        # of them in that.
        if self._modules and (modules := renderer.catalog.moduleUrls(self._modules)):
            content["modules"] = modules
            self._modules = renderer.catalog.modules
        known = (tree.styles, self._styles)
        new = [url for url in styles if not any(url in urls for urls in known)]
        self._styles.update(new)
        if new:
            content["styles"] = new
        self._adopted[value.elementId] = elements
        return {"$element": content}

    def end(self) -> None:
        """Stop holding messages back, since the message was encoded or refused."""
        if self._page.held is self.held:
            self._page.held = self._outer

    def commit(self) -> None:
        """Note what the browser gets with the message, when it is sent."""
        tree = self._page.tree
        # Most messages that are held back contain no element.
        if self._adopted:
            sent = self._adopted.items()
            tree.late.update(item for item in sent if item[0] in tree.elements)
            tree.styles += tuple(self._styles)
            tree.modules = max(tree.modules, self._modules)

    def cancel(self) -> None:
        """Detach the elements, since the message is refused.

        What their hooks send follows the messages that are held back already.
        """
        for elementId in self._adopted:
            element = self._page.tree.elements.get(elementId)
            # It may have gone with another, or with the page.
            if element is not None:
                self._page.detach(element, told=True)

    def _join(self, element: LiveElement) -> None:
        page, tree, parent = self._page, self._page.tree, element.elementParent
        if parent is None:
            parent = self._parent
        name = nameOf(type(element))
        if tree.has(element):
            raise EncodeError(f"the {name} is already on the page; each element is sent once")
        if not isUnused(element):
            raise EncodeError(f"the {name} is or was on another page. Make a new one for each")
        if parent is None:
            raise Detached
        if not tree.has(parent):
            raise EncodeError(f"the {name} has a parent that is not on this page. Send that one")
        most = page.settings.elements
        if len(tree.elements) + len(family(element)) > most:
            raise TooManyElements(most)
        if element.elementParent is None:
            parent.addChild(element)
        # The template of the parent may show children that are added now; then it is attached.
        if not tree.has(element):
            page.attach(element)
        self._adopted[element.elementId] = []
