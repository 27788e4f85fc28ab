"""Fixtures of all tests. A test fails when an error is logged that it did not take."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.logger import globalLogPublisher

from tests.help import Log, Project


@pytest.fixture(scope="session", autouse=True)
def _quickCollections() -> None:
    """What is there before the first test is left out of collections: they are many."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def log() -> Iterator[Log]:
    """What is logged; C{log.take("part of it")} declares that it is meant."""
    log = Log()
    globalLogPublisher.addObserver(log)
    try:
        yield log
        # A Deferred that failed unwatched says so when it is collected.
        gc.collect()
    finally:
        globalLogPublisher.removeObserver(log)
    assert log.errors() == []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A folder with a Python module, to put templates and packages beside."""
    return Project(tmp_path / "thing", monkeypatch)
