"""Tests of the layout of the tests: the place of helpers, and the imports among them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
MODULES = sorted(TESTS.rglob("*.py"))


def idOf(path: Path) -> str:
    """Return the path of a module below C{tests/}."""
    return path.relative_to(TESTS).as_posix()


def isTestModule(name: str) -> bool:
    """Return whether pytest collects a module of this name, or takes fixtures from it."""
    return name.startswith("test_") or name == "conftest"


def imported(path: Path) -> Iterator[str]:
    """Yield the dotted names of all that a module imports, wherever the statement is."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=idOf)
def test_noModuleImportsATestModule(path: Path) -> None:
    """Test modules share helpers and fixtures through tests/support/ and conftest.py alone."""
    names = [name.split(".") for name in imported(path)]
    found = [name for name in names if name[0] == "tests" and any(map(isTestModule, name))]
    assert found == []


def test_helpersLiveInSupport() -> None:
    """Outside tests/support/ and the acceptance suites there are test modules only."""
    rooms = [path for path in MODULES if path.relative_to(TESTS).parts[0] != "acceptance"]
    helpers = [path for path in rooms if not isTestModule(path.stem)]
    assert [idOf(path) for path in helpers if path.parent != TESTS / "support"] == []


def test_helpersOfAnAcceptanceSuiteStayThere() -> None:
    """No other test imports the helpers in tests/acceptance/."""
    rooms = [path for path in MODULES if path.relative_to(TESTS).parts[0] != "acceptance"]
    users = [
        path for path in rooms if any(n.startswith("tests.acceptance.") for n in imported(path))
    ]
    assert [idOf(path) for path in users] == []
