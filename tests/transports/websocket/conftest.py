"""Fixtures of the tests of the WebSocket transport."""

from __future__ import annotations

import pytest

from livewidget.page.page import Page
from tests.support.server import Server
from tests.support.websocket import Socket


@pytest.fixture
def socket(server: Server, page: Page) -> Socket:
    """Return the page's connection, which has said hello."""
    return server.connect(page)
