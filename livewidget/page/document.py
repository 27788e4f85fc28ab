"""The document of a page: the HTML around its elements, and the data that the browser needs."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from livewidget.elements.element import LiveElement, isRendered
from livewidget.errors import TemplateError
from livewidget.page.page import Page
from livewidget.rendering.render import Renderer
from livewidget.rendering.templates import HTML
from livewidget.settings import TRANSPORTS

# Characters that are valid in JSON but not in a script block, or not in JavaScript.
_UNSAFE = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def scriptJson(value: Any) -> Markup:
    """Encode a value as JSON that is safe inside a C{<script>}."""
    return Markup(msgspec.json.encode(value).decode().translate(_UNSAFE))


class _Part:
    """A place in the document that is filled in after everything else was rendered."""

    def __init__(self) -> None:
        self._mark = f"<!--live-{secrets.token_hex(8)}-->"

    def __html__(self) -> str:
        return self._mark

    def times(self, html: str) -> int:
        """Return how often the place occurs in a document."""
        return html.count(self._mark)

    def fill(self, html: str, content: str) -> str:
        """Return the document with the content in its place."""
        return html.replace(self._mark, content)


class Documents:
    """Renders the documents of the pages of one resource.

    @param title: the title of pages that have none of their own.
    @param debug: whether modules are read again for each page, and errors shown in the browser.
    """

    def __init__(self, renderer: Renderer, title: str, debug: bool) -> None:
        self._renderer = renderer
        self._title = title
        self._debug = debug
        environment = Environment(
            loader=FileSystemLoader(HTML),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._head = environment.get_template("head.html")
        self._scripts = environment.get_template("scripts.html")

    def render(self, page: Page, base: str) -> tuple[str, str]:
        """Render the document of a page.

        @param base: the path from the page's URL to its C{_live/}, beginning with a dot.
        @return: the HTML, and the nonce of its scripts.
        @raise LivewidgetError: a template, a module or an argument is wrong.
        """
        catalog = self._renderer.catalog
        if self._debug:
            catalog.refresh()
        nonce = secrets.token_urlsafe(16)
        parts = {"liveHead": _Part(), "liveScripts": _Part()}
        live = page.livePage
        names = {"title": live.title or self._title, "nonce": nonce, **parts}
        templates = self._renderer.templates
        html, shown = self._renderer.render(page.tree, lambda: templates.renderPage(live, names))
        self._check(page, parts, html)
        elements = [self._renderer.describe(element) for element in shown]
        styles = self._renderer.styleSheets(shown)
        page.tree.styles = tuple(styles)
        page.tree.modules = catalog.modules
        own = catalog.own
        head = self._head.render(
            nonce=nonce,
            styles=[base + url for url in styles],
            preloads=[base + own.url(file) for file in own.files],
            importMap=scriptJson({"imports": self._imports(base)}),
        )
        scripts = self._scripts.render(
            nonce=nonce,
            unsupported=live.unsupported,
            start=scriptJson(self._start(page, elements, base)),
        )
        html = parts["liveHead"].fill(html, head)
        return parts["liveScripts"].fill(html, scripts), nonce

    def _check(self, page: Page, parts: dict[str, _Part], html: str) -> None:
        for element in page.livePage.elements:
            _checkShown(page, element)
        for name, part in parts.items():
            times = part.times(html)
            if times != 1:
                live = page.livePage
                raise TemplateError(
                    f"the template {live.template!r} of {type(live).__qualname__} has "
                    f"{{{{ {name} }}}} {times} times. Extend "
                    '"livewidget/page.html", or put {{ liveHead }} into its <head> and '
                    "{{ liveScripts }} at the end of its <body>, once each"
                )

    def _imports(self, base: str) -> dict[str, str]:
        return {name: base + url for name, url in self._renderer.catalog.moduleUrls().items()}

    def _start(self, page: Page, elements: list[Any], base: str) -> dict[str, Any]:
        return {
            "page": page.pageId,
            "base": base,
            "elements": elements,
            "limits": page.delivery.limits,
            "transports": _inOrder(page.settings.transports),
            "debug": self._debug,
        }


def _checkShown(page: Page, element: LiveElement) -> None:
    if not isRendered(element):
        raise TemplateError(
            f"{type(element).__qualname__} is an element of "
            f"{type(page.livePage).__qualname__}, whose template does not show it"
        )


def _inOrder(transports: Collection[str]) -> list[str]:
    """Return the transports that are offered, the best one first."""
    return [name for name in TRANSPORTS if name in transports]
