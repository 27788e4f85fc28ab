"""Tests of handlers that block the server, raise, or never answer, while the others go on."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.browser.exchange import STATES, exchange, expectAll
from tests.acceptance.browser.people import BACK, KINDS, People, connected, state
from tests.support.processes import Server

SERVER = partial(Server.site, "network")

pytestmark = pytest.mark.usefixtures("checked")


@pytest.fixture(params=KINDS)
def pages(request: pytest.FixtureRequest, people: People, server: Server) -> list[Page]:
    """Return two people's pages. Where connections break, silence is noticed within two seconds."""
    breaks = "lossy" in request.fixturenames
    url = f"{server.url}{request.param}/{'blocked' if breaks else 'trouble'}"
    window = people.window if breaks else people.shared
    return [window(url, script=STATES) for _ in range(2)]


@pytest.mark.usefixtures("lossy")
def test_blockedServerLosesNothing(pages: list[Page], tmp_path: Path) -> None:
    """All pages show that the server is blocked, and then go on with nothing lost."""
    end = tmp_path / "end"
    os.mkfifo(end)
    for page in pages:
        exchange(page, 300)
    for page in pages:
        expect(page.locator("[name=answered]")).not_to_have_text("0")
    pages[0].evaluate(
        """(path) => { widget.callRemote("block", path).then(
             () => { globalThis.ended = true; }); }""",
        str(end),
    )
    for page in pages:
        state(page, "offline")
    end.write_bytes(b"")
    for page in pages:
        connected(page, BACK)
        expectAll(page, 300)
    pages[0].wait_for_function("() => ended")


def test_raisingHandlerFailsItsCallOnly(pages: list[Page], server: Server) -> None:
    """A caller of a method that raises gets an error; that page and the other go on."""
    server.expectTracebacks(1)
    for page in pages:
        exchange(page, 100)
    pages[0].evaluate(
        """() => { widget.callRemote("crash").catch(
             ({ type }) => { globalThis.failed = type; }); }"""
    )
    pages[0].wait_for_function("() => globalThis.failed === 'ServerError'")
    for page in pages:
        expectAll(page, 100)
        assert page.evaluate("() => states") == ["connecting", "connected"]


def test_unansweredCallsHoldNothingUp(pages: list[Page]) -> None:
    """Calls that are never answered hold up neither other calls nor the other page."""
    pages[0].evaluate(
        """() => { for (let number = 0; number < 50; number++) {
             widget.callRemote("never").finally(() => { globalThis.ended = true; }); } }"""
    )
    for page in pages:
        exchange(page, 100)
    for page in pages:
        expectAll(page, 100)
        assert page.evaluate("() => states") == ["connecting", "connected"]
    assert pages[0].evaluate("() => globalThis.ended") is None
