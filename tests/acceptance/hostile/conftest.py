"""Fixtures for attacks on a server process, which must work after each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.hostile.besieged import Besieged
from tests.acceptance.hostile.browsers import KINDS, Browser
from tests.acceptance.hostile.client import Peer, hello
from tests.support.processes import Server

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def _besieged() -> Iterator[Besieged]:
    server = Server.script(HERE / "serve.py")
    try:
        server.waitUntilServing()
        yield Besieged(server)
    finally:
        server.stop()


@pytest.fixture
def besieged(_besieged: Besieged) -> Iterator[Besieged]:
    """Return a server to attack. After the test it must work, with nothing left."""
    _besieged.begin()
    yield _besieged
    _besieged.end()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Return each transport."""
    return str(request.param)


@pytest.fixture
def browser(besieged: Besieged, kind: str) -> Browser:
    """Return a browser that is connected, by each transport."""
    return besieged.browser(kind).hello()


@pytest.fixture
def peer(besieged: Besieged) -> Peer:
    """Return a WebSocket that has said hello."""
    peer = besieged.peer()
    pageId = peer.page()
    peer.upgrade()
    peer.text(hello(pageId))
    peer.nextText()
    return peer
