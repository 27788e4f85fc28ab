"""Fixtures of all tests. A test fails when an error is logged that it did not take."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
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

# A slow machine is no failure; and CI is to fail for what was changed alone.
settings.register_profile("livewidget", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("livewidget")

_FAILURE_INIT = Failure.__init__


@pytest.fixture(scope="module", autouse=True)
def _quickCollections() -> None:
    """What is there before the first test of a module is left out of collections: they are many."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _ownFailures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once trial is imported, pytest has the failures of an old Twisted keep all their frames."""
    if Failure.__init__ is not _FAILURE_INIT:
        monkeypatch.setattr(Failure, "__init__", _FAILURE_INIT)


@pytest.fixture(autouse=True)
def log() -> Iterator[Log]:
    """What is logged; C{log.take("part of it")} declares that it is meant."""
    with checkedLog() as log:
        yield log


@pytest.fixture(params=["here", "Autobahn"])
def takenBy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames are taken by ourselves where that is faster, and all of them by Autobahn."""
    if request.param == "Autobahn":
        monkeypatch.setattr("livewidget.transports.websocket.protocol.parseText", lambda *_: None)


@pytest.fixture(params=["us", "Twisted"])
def readBy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are read by ourselves where that is faster, and all of them by Twisted."""
    if request.param == "us":

        def makeSite(resource: IResource, clock: Clock) -> LiveSite:
            # What is too large is left to the resource, as in a site of Twisted's.
            return LiveSite(resource, reactor=clock, timeout=None, bodyLimit=10_000_000)

        monkeypatch.setattr("tests.support.http.makeSite", makeSite)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A folder with a Python module, to put templates and packages beside."""
    return Project(tmp_path / "thing", monkeypatch)


@pytest.fixture
def distribution(tmp_path: Path) -> Iterator[Distribution]:
    """A distribution, to be installed when it has its files."""
    made = Distribution(tmp_path / "site")
    yield made
    made.remove()


@pytest.fixture
def told(project: Project) -> Told:
    """A class of elements whose life is noted."""
    return Told(project)


@pytest.fixture
def sender() -> Sender:
    """The element of the page."""
    return Sender()


@pytest.fixture
def live(sender: Sender) -> FakeTransport:
    """The connection of its page."""
    transport = Bench().live(sender)
    sender._liveRendered = True
    transport.page.tree.modules = transport.page.renderer.catalog.modules
    return transport


@pytest.fixture
def server() -> Server:
    """A server in memory, with the default settings."""
    return Server()


@pytest.fixture
def page(server: Server) -> Page:
    """A page of the server, whose browser has not connected."""
    return server.page()


@pytest.fixture
def it(project: Project) -> Setup:
    """A resource of plain elements."""
    return Setup(project)
