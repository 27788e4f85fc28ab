"""Tests of the public names, in Python and in JavaScript."""

from __future__ import annotations

import ast
import inspect
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

import livewidget
import livewidget.testing

ROOT = Path(next(iter(livewidget.__path__)))

PYTHON = [
    "BadArguments",
    "BufferFull",
    "CSSPackage",
    "ConnectionLost",
    "Detached",
    "EncodeError",
    "JSError",
    "JSPackage",
    "Limits",
    "LiveElement",
    "LiveError",
    "LivePage",
    "LiveResource",
    "LiveSite",
    "LivewidgetError",
    "MessageTooLarge",
    "ModuleError",
    "NoSuchMethod",
    "ProtocolError",
    "RemoteError",
    "Settings",
    "TemplateError",
    "TooManyCalls",
    "TooManyElements",
    "Topic",
    "expose",
]
JAVASCRIPT = [
    "BufferFull",
    "ConnectionLost",
    "Detached",
    "EncodeError",
    "LiveError",
    "MessageTooLarge",
    "RemoteError",
    "Widget",
    "start",
]


def test_publicNamesAreSortedAndCanBeLoaded() -> None:
    """C{livewidget.__all__} lists exactly the public names, and each of them can be loaded."""
    assert livewidget.__all__ == PYTHON
    assert all(hasattr(livewidget, name) for name in PYTHON)


def test_packageHasNoOtherClassOrFunction() -> None:
    """The package has no attribute by accident besides its public names and submodules."""
    for name in PYTHON:
        getattr(livewidget, name)
    others = {
        name
        for name in dir(livewidget)
        if not name.startswith("_") and not inspect.ismodule(getattr(livewidget, name))
    }
    assert others == set(PYTHON)


def test_typeCheckersAndProgramsGetTheSameNames() -> None:
    """A public name is loaded from the module where a type checker finds it."""
    tree = ast.parse(inspect.getsource(livewidget))
    found = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(found) == PYTHON
    for name, module in found.items():
        assert getattr(livewidget, name) is vars(sys.modules[str(module)])[name]


def test_importingThePackageLoadsNothing() -> None:
    """Names are loaded at their first use, and found by dir() before that."""
    program = """
import sys
import livewidget
loaded = [name for name in sys.modules if name.partition(".")[0] in {"livewidget", "twisted"}]
assert loaded == ["livewidget"], loaded
assert set(livewidget.__all__) <= set(dir(livewidget))
assert "Settings" not in vars(livewidget)
assert livewidget.Settings is vars(livewidget)["Settings"]
from livewidget import *
from livewidget.elements.expose import expose as defined
assert expose is defined
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT.parent)


def test_unknownNameIsAnAttributeError() -> None:
    """An unknown name fails as it does for any module."""
    with pytest.raises(AttributeError, match=r"^module 'livewidget' has no attribute 'Setings'$"):
        _ = livewidget.Setings  # type: ignore[attr-defined]
    with pytest.raises(ImportError, match="cannot import name 'Setings' from 'livewidget'"):
        exec("from livewidget import Setings")


def test_publicErrorsCanBePickled() -> None:
    """A pickled error is found again by the module that defines it."""
    error = pickle.loads(pickle.dumps(livewidget.ConnectionLost(1001, "gone")))
    assert type(error) is livewidget.ConnectionLost
    assert type(error).__module__ == "livewidget.errors"


def test_eachPublicNameHasADocstring() -> None:
    """Each public name has a docstring."""
    assert [name for name in PYTHON if not inspect.getdoc(getattr(livewidget, name))] == []


def test_publicErrorsShareOneRoot() -> None:
    """Every public error is a LivewidgetError, and those that are sent are LiveErrors."""
    errors = [
        value
        for value in (getattr(livewidget, name) for name in PYTHON)
        if inspect.isclass(value) and issubclass(value, Exception)
    ]
    assert len(errors) == 16
    assert all(issubclass(error, livewidget.LivewidgetError) for error in errors)
    assert issubclass(livewidget.NoSuchMethod, livewidget.LiveError)
    assert issubclass(livewidget.BadArguments, livewidget.LiveError)


def test_testingExportsMemoryBrowser() -> None:
    """C{livewidget.testing} exports exactly MemoryBrowser."""
    assert livewidget.testing.__all__ == ["MemoryBrowser"]


def test_livewidgetJsExportsExactlyThePublicNames() -> None:
    """The module that widgets import as C{livewidget} exports exactly the public names."""
    path = ROOT / "js" / "livewidget.js"
    source = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(), flags=re.DOTALL)
    exports: list[str] = []
    for names in re.findall(r"export\s*\{([^}]*)\}", source):
        exports += [name.split(" as ")[-1].strip() for name in names.split(",") if name.strip()]
    exports += re.findall(
        r"export\s+(?:async\s+)?(?:function|class|const|let|var)\s*\*?\s*(\w+)", source
    )
    assert sorted(exports) == JAVASCRIPT
    assert len(re.findall(r"\bexport\b", source)) == 3
