"""Projects with a page class of their own, and its template."""

from __future__ import annotations

from typing import Any

from livewidget import LivePage, Settings
from livewidget.testing import MemoryBrowser
from tests.support.project import PLAIN, Project

EXTENDS = '{% extends "livewidget/page.html" %}'
WHOLE = "<!DOCTYPE html><title>Mine</title>{{ liveHead }}{{ thing }}{{ liveScripts }}"


class Shop:
    """A project with a page class whose pages have at least one element.

    @ivar page: the class of the pages.
    """

    def __init__(self, project: Project, html: str, **attributes: Any) -> None:
        project.write("shop.html", html)
        element = project.page(PLAIN)

        def init(page: Any, number: int = 1) -> None:
            page.thing, *page.others = [page.addElement(element()) for _ in range(number)]

        members = {"__init__": init, "template": "shop.html", **attributes}
        self.page: Any = project.element(LivePage, **members)


def load(page: LivePage, **settings: Any) -> str:
    """Return the HTML that a browser gets."""
    return MemoryBrowser(page, settings=Settings(**settings)).html
