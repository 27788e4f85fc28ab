"""Tests of L{livewidget.assets.plugins}: what a distribution writes into its module of plugins."""

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
def test_interfaces(
    cls: Any, interface: type[Interface], other: type[Interface], tmp_path: Path
) -> None:
    """Each provides its own interface, and is a plugin of Twisted."""
    package = cls("acme")
    for provided in (interface, IPlugin):
        assert verifyClass(provided, cls)
        assert verifyObject(provided, package)
    assert not other.providedBy(package)  # type: ignore[attr-defined]


@BOTH
def test_package(cls: Any, distribution: Distribution) -> None:
    """The folder is the one beside the files of a Python package, whatever is around that."""
    distribution.package("acme.forms", js__A_js="", css__A_css="")
    distribution.install()
    kind = "js" if cls is JSPackage else "css"
    assert cls("acme.forms").folder() == distribution.folder / "acme" / "forms" / kind


def test_lookedForWhenAsked(distribution: Distribution) -> None:
    """To make one looks for nothing."""
    package = JSPackage("acme")
    distribution.package("acme", js__A_js="")
    distribution.install()
    assert package.folder() == distribution.folder / "acme" / "js"


@BOTH
def test_path(cls: Any, tmp_path: Path) -> None:
    """A folder may be given, of any name."""
    (tmp_path / "modules").mkdir()
    assert cls(tmp_path / "modules").folder() == tmp_path / "modules"


@BOTH
@pytest.mark.parametrize("value", [None, 3, b"acme"])
def test_type(cls: Any, value: Any) -> None:
    """Something else is refused, by name."""
    with pytest.raises(TypeError, match=rf"^{cls.__name__} takes .*, not {value!r}$"):
        cls(value)


@BOTH
def test_relative(cls: Any) -> None:
    """A relative path is refused: it would depend on where the server was started."""
    with pytest.raises(ValueError, match=r"takes an absolute path, not 'js'; use Path\(__file__"):
        cls(Path("js"))


@BOTH
def test_missing(cls: Any, tmp_path: Path) -> None:
    """A folder that is not there is an error that says what to do."""
    with pytest.raises(
        ModuleError, match=rf"the folder {tmp_path}/x does not .*{cls.__name__} with the Path"
    ):
        cls(tmp_path / "x").folder()
    with pytest.raises(ModuleError, match=r"^there is no Python .* acme; install it, or correct"):
        cls("acme").folder()


@BOTH
def test_repr(cls: Any, tmp_path: Path) -> None:
    """It looks as it was written, for the log."""
    assert repr(cls("acme.forms")) == f"{cls.__name__}('acme.forms')"
    assert repr(cls(tmp_path)) == f"{cls.__name__}({str(tmp_path)!r})"
