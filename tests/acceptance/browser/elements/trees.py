"""Elements that are added to a page after it was loaded."""

from __future__ import annotations

from itertools import count
from typing import Any, ClassVar

from twisted.python.failure import Failure

from elements.further.panel import PanelElement
from livewidget import LiveElement, expose

#: The events of all elements, in order, per page: pages that were left end later.
stories: list[list[str]] = [[]]


class NamedElement(LiveElement):
    """An element that records its events, and holds others."""

    template = "trees_div.html"
    jsClass = "Trees.NamedWidget"

    def __init__(self, name: str, *children: LiveElement) -> None:
        self.name = name
        self.story = stories[-1]
        self.children = [self.addChild(child) for child in children]

    def getInitialArguments(self) -> list[Any]:
        return [self.name]

    def connectionMade(self) -> None:
        self.story.append(f"made {self.name}")

    def connectionLost(self, reason: Failure) -> None:
        self.story.append(f"lost {self.name}: {reason.getErrorMessage()}")

    def detached(self) -> None:
        self.story.append(f"detached {self.name}")

    @expose
    def echo(self, value: Any) -> Any:
        """Return the argument."""
        return [self.name, value]

    @expose
    def detachMe(self) -> None:
        """Detach this element on the server."""
        self.detach()

    @expose
    def makeChild(self, name: str) -> LiveElement:
        """Return a child of this element."""
        return NamedElement(name)


class RowElement(NamedElement):
    """A table row, whose cells are elements."""

    template = "trees_row.html"

    def __init__(self, name: str) -> None:
        super().__init__(name, CellElement(f"{name}/a"), CellElement(f"{name}/b"))


class CellElement(NamedElement):
    """A table cell."""

    template = "trees_cell.html"


class OptionElement(NamedElement):
    """An option of a select."""

    template = "trees_option.html"


class ItemElement(NamedElement):
    """An item of a list."""

    template = "trees_item.html"


KINDS: dict[str, type[NamedElement]] = {
    "row": RowElement,
    "option": OptionElement,
    "item": ItemElement,
    "div": NamedElement,
}


class TreesElement(NamedElement):
    """The root element: a table, a list, a select, and the elements put into them."""

    template = "trees.html"
    jsClass = "Trees.TreesWidget"
    numbers: ClassVar = count(1)

    def __init__(self) -> None:
        stories.append([])
        super().__init__("root")

    @expose
    def make(self, kind: str, name: str) -> LiveElement:
        """Return an element."""
        return KINDS[kind](name)

    @expose
    def makeMany(self, number: int) -> Any:
        """Return several elements in lists and dictionaries."""
        return {"all": [{"item": ItemElement(f"item {n}")} for n in range(number)]}

    @expose
    async def push(self, name: str) -> Any:
        """Send an element as an argument, and call it before its widget can exist."""
        item = ItemElement(name)
        added = self.callRemote("addItem", "list", item)
        item.callRemoteOnly("note", 1)
        item.callRemoteOnly("note", 2)
        return [await item.callRemote("notes"), await added]

    @expose
    def makeNested(self, depth: int) -> LiveElement:
        """Return an element with a child and a grandchild."""
        element = NamedElement(f"deep {depth}")
        for n in range(depth - 1, 0, -1):
            element = NamedElement(f"deep {n}", element)
        return element

    @expose
    def makePanel(self, text: str) -> LiveElement:
        """Return an element of a package that the page does not know."""
        return PanelElement(text)

    @expose
    def makePanels(self, *texts: str) -> list[LiveElement]:
        """Return several elements of that package."""
        return [PanelElement(text) for text in texts]

    @expose
    def told(self) -> list[str]:
        """Return the page's events."""
        return self.story

    @expose
    def count(self) -> int:
        """Return the number of elements of the page."""
        assert self._livePage is not None
        return len(self._livePage.elements)


class EarlyElement(TreesElement):
    """An element that sends one of an unknown package before the page has connected."""

    def __init__(self) -> None:
        super().__init__()
        self.callRemoteOnly("addPanel", PanelElement("early"))
        self.callRemoteOnly("addPanel", PanelElement("next"))


class CrowdElement(NamedElement):
    """An element with two hundred children, and another two hundred nested in each other."""

    def __init__(self) -> None:
        inner = NamedElement("inner 200")
        for n in range(199, 0, -1):
            inner = NamedElement(f"inner {n}", inner)
        super().__init__("crowd", inner, *(NamedElement(f"beside {n}") for n in range(200)))
