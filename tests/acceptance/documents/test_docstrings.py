"""Tests of the docstrings of the library: the names that they link to exist."""

from __future__ import annotations

import ast
import builtins
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from zope.interface.interface import InterfaceClass

import livewidget
from tests.support.documents import ROOT

MODULES = sorted((ROOT / "livewidget").rglob("*.py"))


def nameOf(path: Path) -> str:
    """Return the dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def links(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each C{L{name}} in the docstrings of a module, with the class around it or ""."""
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        node, owner = waiting.pop()
        if isinstance(node, ast.ClassDef):
            owner = node.name
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            for name in re.findall(r"L\{([^{}]+)\}", ast.get_docstring(node) or ""):
                yield re.sub(r"^.*<(.*)>$", r"\1", name, flags=re.DOTALL), owner
        waiting.extend((child, owner) for child in ast.iter_child_nodes(node))


def imported(tree: ast.Module) -> dict[str, str]:
    """Return what a module imports from others, for type checkers too: full names by names."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def find(dotted: str) -> Any:
    """Return the module, class or attribute of a full name.

    @raise LookupError: it does not exist.
    """
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        try:
            return follow(importlib.import_module(".".join(parts[:end])), parts[end:])
        except ModuleNotFoundError:
            continue
    raise LookupError(dotted)


def follow(found: Any, parts: list[str]) -> Any:
    """Return the attribute at the end of a path; of a field that has no value, nothing."""
    for part in parts:
        isField = part in getattr(found, "__annotations__", {})
        if not hasattr(found, part) and (isField or isMember(found, part)):
            return None
        try:
            found = getattr(found, part)
        except AttributeError:
            raise LookupError(part) from None
    return found


def isMember(found: Any, name: str) -> bool:
    """Return whether an interface has a method or attribute."""
    return isinstance(found, InterfaceClass) and name in found


def resolve(name: str, owner: str, module: ModuleType, others: dict[str, str]) -> Any:
    """Return what a docstring means by a name: of its class, its module, an import, or in public.

    @raise LookupError: it does not exist.
    """
    first, *rest = name.split(".")
    around = getattr(module, owner, None)
    if hasattr(around, first) or first in getattr(around, "__annotations__", {}):
        return follow(around, [first, *rest])
    if hasattr(module, first):
        return follow(getattr(module, first), rest)
    if first in others:
        return follow(find(others[first]), rest)
    for namespace in (livewidget, builtins):
        if hasattr(namespace, first):
            return follow(namespace, [first, *rest])
    return find(name)


@pytest.mark.parametrize("path", MODULES, ids=nameOf)
def test_linksOfDocstringsLeadSomewhere(path: Path) -> None:
    """Each C{L{name}} is a name of the class, the module, an import, the API, or a full one."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    module = importlib.import_module(nameOf(path))
    missing = []
    for name, owner in links(tree):
        try:
            resolve(name, owner, module, imported(tree))
        except LookupError:
            missing.append((name, owner))
    assert missing == []
