"""Tests of L{livewidget.assets.plugins}: declaring packages as plugins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twisted.plugin import IPlugin
from zope.interface import Interface
from zope.interface.verify import verifyClass, verifyObject

from livewidget import CSSPackage, JSPackage, ModuleError
from livewidget.interfaces import ICSSPackage, IJSPackage
from tests.support.distributions import Distribution

BOTH = pytest.mark.parametrize("cls", [JSPackage, CSSPackage])


@pytest.mark.parametrize(
    ("cls", "interface", "other"),
    [(JSPackage, IJSPackage, ICSSPackage), (CSSPackage, ICSSPackage, IJSPackage)],
)
def test_packagesProvideTheirInterfaceAndIPlugin(
    cls: Any, interface: type[Interface], other: type[Interface], tmp_path: Path
) -> None:
    """Each class provides its own interface, and that of Twisted plugins."""
    package = cls("acme")
    for provided in (interface, IPlugin):
        assert verifyClass(provided, cls)
        assert verifyObject(provided, package)
    assert not other.providedBy(package)  # type: ignore[attr-defined]


@BOTH
def test_folderIsBesideThePythonPackage(cls: Any, distribution: Distribution) -> None:
    """The folder is the one beside the files of a nested Python package."""
    distribution.package("acme.forms", js__A_js="", css__A_css="")
    distribution.install()
    kind = "js" if cls is JSPackage else "css"
    assert cls("acme.forms").folder() == distribution.folder / "acme" / "forms" / kind


def test_folderIsSearchedWhenItIsRequested(distribution: Distribution) -> None:
    """Creating a package searches for nothing."""
    package = JSPackage("acme")
    distribution.package("acme", js__A_js="")
    distribution.install()
    assert package.folder() == distribution.folder / "acme" / "js"


@BOTH
def test_pathOfAnyFolderIsAccepted(cls: Any, tmp_path: Path) -> None:
    """The path of a folder with any name is accepted."""
    (tmp_path / "modules").mkdir()
    assert cls(tmp_path / "modules").folder() == tmp_path / "modules"


@BOTH
@pytest.mark.parametrize("value", [None, 3, b"acme"])
def test_otherTypesAreRefused(cls: Any, value: Any) -> None:
    """A value that is neither a name nor a path is a TypeError."""
    with pytest.raises(TypeError, match=rf"^{cls.__name__} takes .*, not {value!r}$"):
        cls(value)


@BOTH
def test_relativePathIsRefused(cls: Any) -> None:
    """A relative path is refused, since it would depend on the working directory."""
    with pytest.raises(ValueError, match=r"takes an absolute path, not 'js'; use Path\(__file__"):
        cls(Path("js"))


@BOTH
def test_missingFolderIsExplained(cls: Any, tmp_path: Path) -> None:
    """The error for a missing folder or package says what to do."""
    with pytest.raises(
        ModuleError, match=rf"the folder {tmp_path}/x does not .*{cls.__name__} with the Path"
    ):
        cls(tmp_path / "x").folder()
    with pytest.raises(ModuleError, match=r"^there is no Python .* acme; install it, or correct"):
        cls("acme").folder()


@BOTH
def test_reprIsHowItWasWritten(cls: Any, tmp_path: Path) -> None:
    """The repr, which the log shows, is how the package was written."""
    assert repr(cls("acme.forms")) == f"{cls.__name__}('acme.forms')"
    assert repr(cls(tmp_path)) == f"{cls.__name__}({str(tmp_path)!r})"
