"""Tests of the public names, in Python and in JavaScript."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import livewidget
import livewidget.testing

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


def test_python() -> None:
    """Exactly these are public, sorted, and all of them are there."""
    assert livewidget.__all__ == PYTHON
    assert all(hasattr(livewidget, name) for name in PYTHON)


def test_nothingElse() -> None:
    """No other class or function can be had from the package by accident."""
    others = {
        name
        for name, value in vars(livewidget).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert others == set(PYTHON)


def test_documented() -> None:
    """Each public name says what it is."""
    assert [name for name in PYTHON if not inspect.getdoc(getattr(livewidget, name))] == []


def test_errors() -> None:
    """Every public error has one root, and those that crossed are LiveErrors."""
    errors = [
        value
        for value in map(vars(livewidget).get, PYTHON)
        if inspect.isclass(value) and issubclass(value, Exception)
    ]
    assert len(errors) == 16
    assert all(issubclass(error, livewidget.LivewidgetError) for error in errors)
    assert issubclass(livewidget.NoSuchMethod, livewidget.LiveError)
    assert issubclass(livewidget.BadArguments, livewidget.LiveError)


def test_testing() -> None:
    """The tools for tests are public too."""
    assert livewidget.testing.__all__ == ["MemoryBrowser"]


def test_javascript() -> None:
    """Exactly these does the module export that a widget imports by its name."""
    path = Path(next(iter(livewidget.__path__))) / "js" / "livewidget.js"
    source = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(), flags=re.DOTALL)
    exports: list[str] = []
    for names in re.findall(r"export\s*\{([^}]*)\}", source):
        exports += [name.split(" as ")[-1].strip() for name in names.split(",") if name.strip()]
    exports += re.findall(
        r"export\s+(?:async\s+)?(?:function|class|const|let|var)\s*\*?\s*(\w+)", source
    )
    assert sorted(exports) == JAVASCRIPT
    assert len(re.findall(r"\bexport\b", source)) == 3
