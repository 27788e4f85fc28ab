"""Tests that each window hears a topic in order and exactly once, on bad networks too."""

from __future__ import annotations

from functools import partial

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.browser.chaos import Chaos
from tests.acceptance.browser.people import BACK, People, connected, state
from tests.acceptance.browser.proxy import Proxy
from tests.support.processes import Server

SERVER = partial(Server.site, "topics")

#: How many numbers are published.
NUMBER = 150

pytestmark = pytest.mark.usefixtures("lossy", "checked")


@pytest.fixture
def path(kind: str, request: pytest.FixtureRequest) -> str:
    """Return the path of the test's own topic."""
    return f"{kind}?topic={request.node.originalname}"


def publish(page: Page) -> None:
    """Have the element of a window publish."""
    page.evaluate("(number) => widget.callRemoteOnly('publish', number)", NUMBER)


def reached(page: Page, number: int) -> None:
    """Wait until a window has heard a number, or a later one."""
    page.wait_for_function("(number) => widget.got.at(-1) >= number", arg=number)


def expectAll(*pages: Page) -> list[list[int]]:
    """Wait for the last number, and check that each window has heard all of them in order."""
    heard = []
    for page in pages:
        last = page.locator("[name=last]").first
        expect(last).to_have_text(str(NUMBER - 1), timeout=BACK)
        for got, expected in page.evaluate("() => widget.report()"):
            assert got == expected
            heard.append(got)
    return heard


def test_cutWindowHearsTheRest(people: People, server: Server, network: Proxy, path: str) -> None:
    """A window whose connection is cut twice hears the rest once it has reconnected."""
    away = people.window(f"{network.url}{path}")
    other = people.window(f"{server.url}{path}")
    publish(other)
    for number in (5, 60):
        reached(away, number)
        network.refuse()
        network.cut()
        state(away, "offline")
        network.accept()
        connected(away, BACK)
    assert expectAll(away, other) == [list(range(NUMBER))] * 2


def test_publishingSurvivesChaos(people: People, server: Server, network: Proxy, path: str) -> None:
    """Every number is heard although connections are cut anywhere, within frames too."""
    away = people.window(f"{network.url}{path}")
    other = people.window(f"{server.url}{path}")
    network.chaos(Chaos(1))
    publish(other)
    expect(other.locator("[name=last]")).to_have_text(str(NUMBER - 1), timeout=BACK)
    network.chaos(None)
    assert expectAll(away, other) == [list(range(NUMBER))] * 2


def test_memberHearsWhatIsPublishedMeanwhile(people: People, server: Server, path: str) -> None:
    """A window that joins and leaves hears exactly what is published while it is a member."""
    page = people.window(f"{server.url}{path}")
    publish(page)
    for number in range(10, 100, 20):
        reached(page, number)
        page.evaluate(
            """async () => {
              await widget.callRemote("join", false);
              await widget.callRemote("join", true);
            }"""
        )
    [heard] = expectAll(page)
    assert len(heard) > NUMBER / 2


def test_laterElementHearsAllFromThenOn(people: People, server: Server, path: str) -> None:
    """An element that is added later hears everything from then on, even without a widget yet."""
    page = people.window(f"{server.url}{path}")
    publish(page)
    for number in (10, 40):
        reached(page, number)
        page.evaluate("() => widget.more()")
    first, *others = expectAll(page)
    assert first == list(range(NUMBER))
    assert len(others) == 2
    for heard in others:
        assert heard == list(range(heard[0], NUMBER))
        assert 10 < heard[0] < NUMBER / 2


def test_detachedElementHearsNoMore(people: People, server: Server, path: str) -> None:
    """An element that the browser detaches during publishing hears nothing afterwards."""
    page = people.window(f"{server.url}{path}")
    page.evaluate("() => widget.more()")
    publish(page)
    reached(page, 20)
    page.evaluate("() => { globalThis.child = widget.childWidgets[0]; child.detach(); }")
    count = page.evaluate("() => child.got.length")
    [heard] = expectAll(page)
    assert heard == list(range(NUMBER))
    assert page.evaluate("() => child.got.length") == count
