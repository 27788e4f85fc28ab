"""Fixtures for the tests of the command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.command import Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """Yield an empty project; modules imported from it are removed afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    made = Project(tmp_path)
    yield made
    for running in made.started:
        running.kill()
    for name in set(sys.modules) - before:
        if _isFrom(tmp_path, sys.modules[name]):
            del sys.modules[name]


def _isFrom(folder: Path, module: ModuleType) -> bool:
    """Return whether a module is in a folder.

    One entry of its path does not decide that: C{twisted.plugins} has one in each folder
    of C{sys.path}.
    """
    file = getattr(module, "__file__", None)
    places = [file] if file else getattr(module, "__path__", [])
    return any(Path(place).is_relative_to(folder) for place in places)
