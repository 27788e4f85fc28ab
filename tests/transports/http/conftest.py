"""Fixtures of the tests of the HTTP transports."""

from __future__ import annotations

import pytest

from livewidget.page.page import Page
from tests.support.poster import Poster
from tests.support.server import Server


@pytest.fixture
def browser(server: Server, page: Page) -> Poster:
    """Return the page's browser, which has said hello."""
    browser = Poster(server.resource, page.pageId)
    browser.hello()
    return browser
