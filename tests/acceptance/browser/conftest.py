"""A real Chromium, servers as processes, and a network that can be broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from secrets import token_hex

import pytest
from playwright.sync_api import (
    Browser,
    expect,
    sync_playwright,
)

from tests.acceptance.browser.chromium import ARGUMENTS, START, findHeadless
from tests.acceptance.browser.nginx import Nginx
from tests.acceptance.browser.people import KINDS, PATIENCE, People, Shared
from tests.acceptance.browser.proxy import Proxy
from tests.support.processes import Server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests in this folder."""
    for item in items:
        if "tests/acceptance/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return one browser for all tests."""
    path = findHeadless()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS, timeout=START)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def spares(chromium: Browser) -> list[Shared]:
    """Return the shared windows that are not in use."""
    return []


@pytest.fixture
def people(chromium: Browser, spares: list[Shared]) -> Iterator[People]:
    """Return a maker of windows; any error in a console fails the test."""
    made = People(chromium, spares)
    yield made
    made.check()


@pytest.fixture
def lossy(people: People) -> None:
    """Allow the console errors of a test that breaks connections."""
    people.allow("WebSocket connection to .* failed")
    people.allow("Failed to load resource: net::")


@pytest.fixture(scope="module")
def servers() -> Iterator[Callable[[Callable[[], Server]], Server]]:
    """Return a starter of servers for a module, which end by Ctrl-C."""
    with ExitStack() as stack:

        def start(make: Callable[[], Server]) -> Server:
            server = make()
            stack.callback(server.stop)
            server.waitUntilServing()
            return server

        yield start


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, servers: Callable[[Callable[[], Server]], Server]
) -> Server:
    """Return one server for the tests of a module, named by its C{SERVER}."""
    return servers(request.module.SERVER)


@pytest.fixture(scope="module")
def rooms(servers: Callable[[Callable[[], Server]], Server]) -> Server:
    """Return a server with a chat room at any name."""
    return servers(partial(Server.site, "rooms"))


@pytest.fixture
def room(rooms: Server) -> Iterator[str]:
    """Return the path of an empty room; the name of a transport or C{any} follows it."""
    yield f"{token_hex(8)}/"
    rooms.check()


@pytest.fixture
def checked(server: Server) -> Iterator[None]:
    """Fail the test if it leaves an error in the log of its module's server."""
    yield
    server.check()


@pytest.fixture
def serve(people: People) -> Iterator[Callable[..., Server]]:
    """Return a starter of servers with C{twistd}, which end by Ctrl-C after the windows."""
    with ExitStack() as stack:

        def start(element: str, port: int = 0, options: Sequence[str] = ()) -> Server:
            server = Server.twistd(element, port, options=options)
            stack.callback(server.stop)
            server.waitUntilServing()
            return server

        yield start
        people.close()


@pytest.fixture
def proxy(people: People) -> Iterator[Callable[..., Proxy]]:
    """Return a maker of networks that can be broken, between browser and server."""
    with ExitStack() as stack:

        def make(server: Server, strip: bytes = b"") -> Proxy:
            made = Proxy(server.port, strip)
            stack.callback(made.stop)
            return made

        yield make
        # Close the windows first. They would report the loss of the network as errors.
        people.close()


@pytest.fixture
def network(server: Server, proxy: Callable[..., Proxy]) -> Proxy:
    """Return the network between a browser and its module's server."""
    return proxy(server)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Return the transport that the server offers."""
    return str(request.param)


@pytest.fixture
def nginx(people: People, serve: Callable[..., Server], tmp_path: Path) -> Iterator[Nginx]:
    """Return an nginx to start; it ends after the windows and before the test's own servers."""
    made = Nginx(tmp_path)
    yield made
    people.close()
    made.stop()
