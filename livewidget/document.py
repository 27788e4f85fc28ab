"""The whole HTML of a page: head, elements, and what the browser starts with."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from livewidget.element import LiveElement
from livewidget.errors import TemplateError
from livewidget.messages import encodeValue
from livewidget.packages import Packages
from livewidget.page import Page
from livewidget.settings import TRANSPORTS

# What can be in a script block as JSON but not as HTML, or not as JavaScript.
_UNSAFE = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def scriptJson(value: Any) -> Markup:
    """JSON that is safe inside of a C{<script>}."""
    return Markup(msgspec.json.encode(value).decode().translate(_UNSAFE))


class Documents:
    """Makes the documents of the pages of one resource."""

    def __init__(self, packages: Packages, title: str, debug: bool) -> None:
        self._packages = packages
        self._title = title
        self._debug = debug
        environment = Environment(
            loader=PackageLoader("livewidget", ""),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._template = environment.get_template("page.html")

    def render(self, page: Page, root: LiveElement, base: str) -> tuple[str, str]:
        """The HTML of a page, and the nonce that its scripts carry.

        @param base: the path from the page's URL to its C{_live/}, with a dot first.
        @raise LivewidgetError: a template, a module or an argument is wrong.
        """
        if self._debug:
            self._packages.refresh()
        body = Markup(page.renderElement(root))
        elements = [self._describe(page, element) for element in page.elements.values()]
        nonce = secrets.token_urlsafe(16)
        own = self._packages.own
        html = self._template.render(
            title=self._title,
            nonce=nonce,
            body=body,
            styles=[base + url for url in self._styleSheets(page)],
            preloads=[base + own.url(file) for file in own.files],
            importMap=scriptJson({"imports": self._imports(base)}),
            start=scriptJson(self._start(page, elements, base)),
        )
        return html, nonce

    def _imports(self, base: str) -> dict[str, str]:
        return {name: base + url for name, url in self._packages.moduleUrls().items()}

    def _start(self, page: Page, elements: list[Any], base: str) -> dict[str, Any]:
        return {
            "page": page.pageId,
            "base": base,
            "elements": elements,
            "limits": page.delivery.limits,
            "transports": _inOrder(page.pages.settings.transports),
            "debug": self._debug,
        }

    def _styleSheets(self, page: Page) -> list[str]:
        urls = {
            url: None
            for element in page.elements.values()
            for url in self._packages.styleSheets(type(element), element.cssModule)
        }
        return list(urls)

    def _describe(self, page: Page, element: LiveElement) -> list[Any]:
        if not page.isRendered(element):
            raise TemplateError(
                f"{type(element).__qualname__} is a child of "
                f"{type(element.elementParent).__qualname__}, whose template does not show it: "
                "write {{ child }} there, or add it only if it is shown"
            )
        module, name = self._packages.module(type(element), element.jsClass)
        parent = element.elementParent
        return [
            element.elementId,
            parent.elementId if parent is not None else None,
            module,
            name,
            self._initialArguments(element),
        ]

    def _initialArguments(self, element: LiveElement) -> Any:
        name = f"{type(element).__qualname__}.getInitialArguments()"
        return encodeValue(name, list(element.getInitialArguments()))


def _inOrder(transports: Collection[str]) -> list[str]:
    """Those that are offered, the best one first."""
    return [name for name in TRANSPORTS if name in transports]
