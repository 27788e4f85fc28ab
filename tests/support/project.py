"""A folder on disk with templates and packages beside a Python module."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from livewidget.elements.element import LiveElement

PLAIN = "<div {{ liveElement }}></div>"


class Project:
    """Files beside an imaginary Python module."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        folder.mkdir()

    def write(self, name: str, text: str) -> Path:
        """Write a file below the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def element(self, *bases: type, **attributes: Any) -> Any:
        """Return a class of elements as if a module in the folder defined it."""
        name = f"module_in_{self.folder.parent.name}_{self.folder.name}"
        module = ModuleType(name)
        module.__file__ = str(self.folder / "module.py")
        self._monkeypatch.setitem(sys.modules, name, module)
        return type("Thing", bases or (LiveElement,), {"__module__": name, **attributes})

    def page(self, html: str = PLAIN, **attributes: Any) -> Any:
        """Return a class of elements with this template."""
        self.write("template.html", html)
        return self.element(template="template.html", **attributes)

    def beside(self, name: str) -> Project:
        """Return a project in another folder."""
        return Project(self.folder.parent / name, self._monkeypatch)
