"""The HTML of elements, and the descriptions from which browsers create their widgets."""

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
    """One rendering of elements whose templates show each other.

    A child leaves a mark in its parent's HTML, and the mark is replaced by the child's HTML
    later. Nesting is therefore unlimited, and the document's order is known.

    @param parent: the parent of the elements that no other element shows.
    @ivar shown: the elements, in the order of the document.
    """

    def __init__(self, tree: Tree, templates: Templates, parent: LiveElement | None) -> None:
        self._tree = tree
        self._templates = templates
        self._parent = parent
        # Random, so that nothing that an application writes can be a mark.
        self._mark = f"<!--live-{secrets.token_hex(8)}-"
        self._marked: dict[str, LiveElement] = {}
        self.shown: list[LiveElement] = []

    def shows(self, element: LiveElement) -> bool:
        """Return whether an element is among those that are rendered."""
        return str(element.elementId) in self._marked

    def mark(self, element: LiveElement) -> str:
        """Return what stands for an element in its parent's HTML until it is rendered."""
        self._marked[str(element.elementId)] = element
        return f"{self._mark}{element.elementId}-->"

    def join(self, text: str) -> str:
        """Replace the marks in a text by the HTML of their elements.

        @raise TemplateError: an element is shown twice, or not in its parent's template, or its
            template is wrong.
        @raise ConnectionLost: a template ended the page.
        """
        parts: list[str] = []
        # The elements whose HTML was begun, and the rest of it.
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
                f"{nameOf(type(element))} is shown by the template of {_holder(parent)}, but is a "
                f"child of {_holder(element.elementParent)}. Show it in that one's template"
            )
        setRendered(element)
        self.shown.append(element)
        return self._templates.render(element)


class Renderer:
    """Renders the elements of all pages of a resource.

    @ivar templates: the templates of the elements.
    @ivar catalog: the modules and style sheets of the elements.
    """

    def __init__(self, templates: Templates, catalog: Catalog) -> None:
        self.templates = templates
        self.catalog = catalog

    def render(
        self, tree: Tree, text: Callable[[], str], parent: LiveElement | None = None
    ) -> tuple[str, list[LiveElement]]:
        """Render elements of a page. Each can be rendered once.

        @param text: returns the HTML around the elements, from a template that shows them.
        @param parent: the parent of the elements in that HTML, or C{None} for the page.
        @return: the HTML, and the elements in the order of the document.
        @raise TemplateError: an element is rendered a second time, outside of its parent's
            template, or not at all; or its template is wrong.
        @raise ConnectionLost: a template ended the page.
        """
        with _during(tree, Rendering(tree, self.templates, parent)) as rendering:
            html = rendering.join(text())
        _checkChildren(rendering.shown)
        return html, rendering.shown

    def describe(self, element: LiveElement) -> list[Any]:
        """Return what the browser creates a widget from: id, parent's id, module, class, arguments.

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
        """Return the URLs of the elements' style sheets, relative to C{_live/}, each once.

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
                    "does not show it. Write {{ child }} there, or add it only if it is shown"
                )


def _holder(parent: LiveElement | None) -> str:
    return "the page" if parent is None else nameOf(type(parent))
