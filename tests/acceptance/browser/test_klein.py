"""Tests of live pages as routes of a klein site."""

from __future__ import annotations

from functools import partial

import pytest

from tests.acceptance.browser.mounts import expectWorking
from tests.acceptance.browser.people import KINDS, People
from tests.support.processes import Server

SERVER = partial(Server.site, "klein")

pytestmark = pytest.mark.usefixtures("checked")


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("kind", KINDS)
def test_pageInKleinConnects(people: People, server: Server, kind: str, slash: str) -> None:
    """A page connects by each transport, with and without a slash at the end of its URL."""
    page = people.shared(f"{server.url}{kind}/echo{slash}")
    expectWorking(page)
    colours = page.locator("body").evaluate("() => document.styleSheets[0].cssRules.length")
    assert colours > 0


def test_otherUrlsAreNotFound(people: People, server: Server) -> None:
    """Unknown URLs are not found, below the page too."""
    request = people.shared().request
    for path in ("nothing", "websocket/nothing", "websocket/echo/nothing", "longpoll/echo/_live/x"):
        assert request.get(server.url + path).status == 404
