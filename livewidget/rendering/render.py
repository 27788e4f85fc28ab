"""The HTML of elements, and what the browser needs to make their widgets."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Raw

from livewidget.assets.catalog import Catalog
from livewidget.elements.element import LiveElement, isRendered, setRendered
from livewidget.elements.tree import Tree
from livewidget.errors import TemplateError
from livewidget.naming import nameOf
from livewidget.rendering.templates import Templates
from livewidget.wire.outgoing import encodeValue


class Rendering:
    """One rendering of elements that show each other, made one by one.

    A child leaves a mark in the HTML of its parent, and its own HTML comes there
    later. So nesting has no bound, and the elements come in the order of the document.

    @param parent: of the elements that stand in no other one.
    @ivar shown: the elements, as they come in the document.
    """

    def __init__(self, tree: Tree, templates: Templates, parent: LiveElement | None) -> None:
        self._tree = tree
        self._templates = templates
        self._parent = parent
        # Nothing that an application writes can be a mark.
        self._mark = f"<!--live-{secrets.token_hex(8)}-"
        self._marked: dict[str, LiveElement] = {}
        self.shown: list[LiveElement] = []

    def shows(self, element: LiveElement) -> bool:
        """Whether it is one of the elements that this makes the HTML of."""
        return str(element.elementId) in self._marked

    def mark(self, element: LiveElement) -> str:
        """What stands in a template in the place of an element."""
        self._marked[str(element.elementId)] = element
        return f"{self._mark}{element.elementId}-->"

    def join(self, text: str) -> str:
        """A text with the HTML of the elements in the places of their marks.

        @raise TemplateError: one of them is there twice, or elsewhere than in its parent; or
            its template is wrong.
        """
        parts: list[str] = []
        # Those whose HTML is begun, and what is left of it.
        open_ = [(self._parent, self._pieces(text))]
        while open_:
            parent, pieces = open_[-1]
            piece = next(pieces, None)
            if piece is None:
                open_.pop()
            elif isinstance(piece, str):
                parts.append(piece)
            else:
                open_.append((piece, self._pieces(self._render(piece, parent))))
        return "".join(parts)

    def _pieces(self, text: str) -> Iterator[str | LiveElement]:
        literal, *rest = text.split(self._mark)
        yield literal
        for part in rest:
            elementId, _, literal = part.partition("-->")
            yield self._marked[elementId]
            yield literal

    def _render(self, element: LiveElement, parent: LiveElement | None) -> str:
        if not self._tree.has(element):
            raise self._tree.lost or TemplateError(
                f"{nameOf(type(element))} was detached while its page was rendered"
            )
        if isRendered(element):
            raise TemplateError(f"{nameOf(type(element))} is rendered twice")
        if element.elementParent is not parent:
            raise TemplateError(
                f"{nameOf(type(element))} stands in the template of {_holder(parent)}, and is "
                f"to stand in that of {_holder(element.elementParent)}, whose child it is"
            )
        setRendered(element)
        self.shown.append(element)
        return self._templates.render(element)


class Renderer:
    """Renders the elements of all pages of a resource.

    @ivar templates: theirs.
    @ivar catalog: their modules and style sheets.
    """

    def __init__(self, templates: Templates, catalog: Catalog) -> None:
        self.templates = templates
        self.catalog = catalog

    def render(
        self, tree: Tree, text: Callable[[], str], parent: LiveElement | None = None
    ) -> tuple[str, list[LiveElement]]:
        """The HTML of elements of a page. Each is rendered once.

        @param text: makes the HTML around them, by a template that shows them.
        @param parent: of those that it shows, if they are no page's.
        @return: the HTML, and the elements in the order of the document.
        @raise TemplateError: an element is rendered a second time, elsewhere than in its
            parent, or not at all; or its template is wrong.
        @raise ConnectionLost: a template ended the page.
        """
        with _during(tree, Rendering(tree, self.templates, parent)) as rendering:
            html = rendering.join(text())
        _checkChildren(rendering.shown)
        return html, rendering.shown

    def describe(self, element: LiveElement) -> list[Any]:
        """What the browser makes a widget of: id, id of the parent, module, class, arguments.

        @raise ModuleError: there is no such module.
        @raise EncodeError: an initial argument cannot be sent.
        """
        module, name = self.catalog.module(type(element), element.jsClass)
        parent = element.elementParent
        return [
            element.elementId,
            parent.elementId if parent is not None else None,
            module,
            name,
            Raw(
                encodeValue(
                    f"{nameOf(type(element))}.getInitialArguments()",
                    list(element.getInitialArguments()),
                )
            ),
        ]

    def styleSheets(self, elements: list[LiveElement]) -> list[str]:
        """The URLs of the style sheets of elements, relative to C{_live/}, each once.

        @raise ModuleError: one of them does not exist.
        """
        urls = {
            url: None
            for element in elements
            for url in self.catalog.styleSheets(type(element), element.cssModule)
        }
        return list(urls)


@contextmanager
def _during(tree: Tree, rendering: Rendering) -> Iterator[Rendering]:
    outer, tree.rendering = tree.rendering, rendering
    try:
        yield rendering
    finally:
        tree.rendering = outer


def _checkChildren(shown: list[LiveElement]) -> None:
    for element in shown:
        for child in element.childElements:
            if child.elementId and not isRendered(child):
                raise TemplateError(
                    f"{nameOf(type(child))} is a child of {nameOf(type(element))}, whose template "
                    "does not show it: write {{ child }} there, or add it only if it is shown"
                )


def _holder(parent: LiveElement | None) -> str:
    return "the page" if parent is None else nameOf(type(parent))
