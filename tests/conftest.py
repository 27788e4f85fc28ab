"""Fixtures of all tests. A test fails when an error is logged that it did not take."""

from __future__ import annotations

import gc
import importlib.metadata
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.web.resource import IResource

from livewidget import LiveSite
from livewidget.page.page import Page
from tests.support.adoption import Sender, Told
from tests.support.distributions import Distribution
from tests.support.log import Log, checkedLog
from tests.support.pages import Bench, FakeTransport
from tests.support.project import Project
from tests.support.resources import Setup
from tests.support.server import Server

# A slow machine is not a failure. Examples are the same each time, so that a test fails only
# because of a change. "make model" tries others.
settings.register_profile("short", deadline=None, derandomize=True)
settings.register_profile("long", deadline=None)
settings.load_profile("long" if "LIVEWIDGET_EXAMPLES" in os.environ else "short")

# pytest looks up Twisted's version for each test, which takes longer than most tests.
importlib.metadata.version = cache(importlib.metadata.version)

_FAILURE_INIT = Failure.__init__


@pytest.fixture(scope="module", autouse=True)
def _quickCollections() -> None:
    """Keep objects from before a module's first test out of the many collections."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _ownFailures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo pytest's patch for trial, which makes failures of an old Twisted keep all frames."""
    if Failure.__init__ is not _FAILURE_INIT:
        monkeypatch.setattr(Failure, "__init__", _FAILURE_INIT)


@pytest.fixture(autouse=True)
def log() -> Iterator[Log]:
    """Return the log of the test; C{log.take("part of it")} takes an entry that is expected."""
    with checkedLog() as log:
        yield log


@pytest.fixture(params=["here", "Autobahn"])
def takenBy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test with the fast path for frames, and with Autobahn for all of them."""
    if request.param == "Autobahn":
        monkeypatch.setattr("livewidget.transports.websocket.protocol.parseText", lambda *_: None)


@pytest.fixture(params=["us", "Twisted"])
def readBy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test with the fast path for requests, and with Twisted for all of them."""
    if request.param == "us":

        def makeSite(resource: IResource, clock: Clock) -> LiveSite:
            # The resource handles bodies that are too large, as in a Twisted site.
            return LiveSite(resource, reactor=clock, timeout=None, bodyLimit=10_000_000)

        monkeypatch.setattr("tests.support.http.makeSite", makeSite)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a folder with a Python module, for templates and packages beside it."""
    return Project(tmp_path / "thing", monkeypatch)


@pytest.fixture
def distribution(tmp_path: Path) -> Iterator[Distribution]:
    """Return a distribution, which the test installs when it has written the files."""
    made = Distribution(tmp_path / "site")
    yield made
    made.remove()


@pytest.fixture
def told(project: Project) -> Told:
    """Return a factory of elements whose lifecycle is recorded."""
    return Told(project)


@pytest.fixture
def sender() -> Sender:
    """Return the element of the page."""
    return Sender()


@pytest.fixture
def live(sender: Sender) -> FakeTransport:
    """Return the connection of the sender's page."""
    transport = Bench().live(sender)
    sender._liveRendered = True
    transport.page.tree.modules = transport.page.renderer.catalog.modules
    return transport


@pytest.fixture
def server() -> Server:
    """Return a server in memory, with the default settings."""
    return Server()


@pytest.fixture
def page(server: Server) -> Page:
    """Return a page of the server, whose browser has not connected."""
    return server.page()


@pytest.fixture
def it(project: Project) -> Setup:
    """Return a resource of plain elements."""
    return Setup(project)
