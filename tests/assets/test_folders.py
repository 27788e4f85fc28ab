"""Tests of L{livewidget.assets.folders}: folders of classes, packages and modules."""

from __future__ import annotations

import sys
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from livewidget.assets.folders import definingFolder, packageFolders
from tests.support.distributions import NOT_TO_BE_IMPORTED, Distribution
from tests.support.project import Project


class Here:
    """A class in this file."""

    thing = "x"


class TestDefiningFolder:
    """The folder of the class that sets an attribute."""

    def test_folderIsThatOfTheClass(self) -> None:
        """The folder is that of the module of the class."""
        assert definingFolder(Here, "thing") == Path(__file__).resolve().parent

    def test_inheritedAttributeBelongsToTheBase(self, project: Project) -> None:
        """An inherited attribute belongs to the base's folder."""
        assert definingFolder(project.element(Here), "thing") == Path(__file__).resolve().parent

    def test_attributeSetAgainBelongsToTheSubclass(self, project: Project) -> None:
        """An attribute set again, even to the same value, belongs to the subclass's folder."""
        assert definingFolder(project.element(Here, thing="x"), "thing") == project.folder

    def test_firstClassInTheResolutionOrderDecides(self, project: Project) -> None:
        """Of several bases, the first in the method resolution order decides."""
        mixin = project.element(thing="mixin")
        both = project.beside("other").element(mixin, Here)
        assert definingFolder(both, "thing") == project.folder

    def test_symlinksAreResolved(self, project: Project) -> None:
        """The folder is the same through whichever symlink the module was found."""
        link = project.folder.parent / "link"
        link.symlink_to(project.folder)
        cls = project.element(thing=1)
        module = sys.modules[cls.__module__]
        module.__file__ = str(link / "module.py")
        assert definingFolder(cls, "thing") == project.folder.resolve()

    def test_attributeThatIsNotSetIsALookupError(self) -> None:
        """An attribute that no class sets is a LookupError with both names."""
        with pytest.raises(LookupError, match="Here does not set 'nothing'"):
            definingFolder(Here, "nothing")

    def test_attributeOfAnInstanceDoesNotCount(self) -> None:
        """An attribute that only an instance has is a LookupError."""
        here = Here()
        here.other = 1  # type: ignore[attr-defined]
        with pytest.raises(LookupError):
            definingFolder(type(here), "other")

    def test_moduleWithoutAFileIsALookupError(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A module without a file, such as an interactive session, is a LookupError."""
        name = "module_without_a_file"
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
        cls = type("Typed", (), {"__module__": name, "thing": 1})
        with pytest.raises(LookupError, match=f"{name} has no file to look beside"):
            definingFolder(cls, "thing")


class TestPackageFolders:
    """The folders of a Python package or module."""

    def test_folderOfANestedPackage(self, distribution: Distribution) -> None:
        """The folder of a package in packages is found, and none of them is imported."""
        distribution.package("acme.forms.fields")
        distribution.install()
        assert packageFolders("acme.forms.fields") == [distribution.folder / "acme/forms/fields"]
        assert packageFolders("acme") == [distribution.folder / "acme"]
        assert "acme" not in sys.modules

    def test_folderOfAModule(self, distribution: Distribution) -> None:
        """The folder of a module is the one that the module is in."""
        distribution.package("acme")
        distribution.write("acme/forms.py", NOT_TO_BE_IMPORTED)
        distribution.install()
        assert packageFolders("acme.forms") == [distribution.folder / "acme"]

    def test_foldersOfNamespacePackages(self, distribution: Distribution, tmp_path: Path) -> None:
        """A namespace package has several folders; packages in it are found at any depth."""
        distribution.write("acme/deep/forms/__init__.py", NOT_TO_BE_IMPORTED)
        other = Distribution(tmp_path / "other")
        other.write("acme/deep/more.py", NOT_TO_BE_IMPORTED)
        distribution.install()
        other.install()
        try:
            places = [place.folder / "acme" / "deep" for place in (distribution, other)]
            assert sorted(packageFolders("acme.deep")) == sorted(places)
            assert packageFolders("acme.deep.forms") == [places[0] / "forms"]
            assert packageFolders("acme.deep.more") == [places[1]]
        finally:
            other.remove()

    def test_editableInstallWithAFinder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An editable install may have a finder of its own, and no entry on the path."""
        (tmp_path / "src").mkdir()
        (tmp_path / "src/__init__.py").write_text(NOT_TO_BE_IMPORTED)
        (tmp_path / "src/forms").mkdir()
        (tmp_path / "src/forms/__init__.py").write_text(NOT_TO_BE_IMPORTED)

        class Finder:
            @staticmethod
            def find_spec(name: str, path: object = None, target: object = None) -> object:
                if name != "acme":
                    return None
                file = str(tmp_path / "src/__init__.py")
                places = [str(tmp_path / "src")]
                return spec_from_file_location(name, file, submodule_search_locations=places)

        monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])
        assert packageFolders("acme") == [tmp_path / "src"]
        assert packageFolders("acme.forms") == [tmp_path / "src" / "forms"]

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("nowhere", "there is no Python package or module nowhere"),
            ("acme.nowhere.x", "there is no Python package or module acme.nowhere"),
            ("acme.forms.x", "acme.forms is a module, and no package with acme.forms.x in it"),
            ("sys", "sys has no file to look beside"),
            ("", "'' is not a possible name of a Python package or module"),
            ("acme..forms", "'acme..forms' is not a possible name of a Python package or module"),
            ("acme/forms", "'acme/forms' is not a possible name of a Python package or module"),
        ],
    )
    def test_missingPackageIsALookupError(
        self, distribution: Distribution, name: str, text: str
    ) -> None:
        """The LookupError for a missing package names the part that is wrong."""
        distribution.package("acme")
        distribution.write("acme/forms.py", "")
        distribution.install()
        with pytest.raises(LookupError) as caught:
            packageFolders(name)
        assert caught.value.args == (text,)
