"""Tests of C{livewidget.source}: beside which module a file is looked for."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from livewidget.source import definingFolder
from tests.help import Project


class Here:
    """A class of this very file."""

    thing = "x"


class TestDefiningFolder:
    """Which class of several says where."""

    def test_ownModule(self) -> None:
        """The folder is that of the module of the class."""
        assert definingFolder(Here, "thing") == Path(__file__).resolve().parent

    def test_inherited(self, project: Project) -> None:
        """An attribute of a base belongs to the base's folder."""
        assert definingFolder(project.element(Here), "thing") == Path(__file__).resolve().parent

    def test_setAgain(self, project: Project) -> None:
        """An attribute that is set again, even to the same, belongs to the subclass's folder."""
        assert definingFolder(project.element(Here, thing="x"), "thing") == project.folder

    def test_mixin(self, project: Project) -> None:
        """The first class in the order of resolution says where."""
        mixin = project.element(thing="mixin")
        both = project.beside("other").element(mixin, Here)
        assert definingFolder(both, "thing") == project.folder

    def test_symlink(self, project: Project) -> None:
        """A folder is always the same, by whatever way the module was found."""
        link = project.folder.parent / "link"
        link.symlink_to(project.folder)
        cls = project.element(thing=1)
        module = sys.modules[cls.__module__]
        module.__file__ = str(link / "module.py")
        assert definingFolder(cls, "thing") == project.folder.resolve()

    def test_notSet(self) -> None:
        """An attribute that no class sets is a LookupError with both names."""
        with pytest.raises(LookupError, match="Here does not set 'nothing'"):
            definingFolder(Here, "nothing")

    def test_attributesOfTheObject(self) -> None:
        """What only an object has does not count."""
        here = Here()
        here.other = 1  # type: ignore[attr-defined]
        with pytest.raises(LookupError):
            definingFolder(type(here), "other")

    def test_noFile(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A module without a file, such as an interpreter's session, is a LookupError."""
        name = "module_without_a_file"
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
        cls = type("Typed", (), {"__module__": name, "thing": 1})
        with pytest.raises(LookupError, match=f"{name} has no file to look beside"):
            definingFolder(cls, "thing")
