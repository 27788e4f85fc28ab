"""Calls of the widget of a page without a template, and their values as they arrive."""

from __future__ import annotations

import json
from typing import Any

from livewidget.page.page import Page


def showEach(page: Page, *values: Any) -> None:
    """Call the widget of the page once with each value."""
    for value in values:
        page.elements[1].callRemoteOnly("show", value)


def shownValues(messages: list[bytes]) -> list[Any]:
    """Return the value of each of these calls."""
    return [json.loads(message)[4][0] for message in messages]
