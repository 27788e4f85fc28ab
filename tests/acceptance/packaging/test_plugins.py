"""Tests of a distribution that offers modules to others, built and installed as documented."""

import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.documents import theBlock
from tests.support.processes import runToEnd

PROJECT = """
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "acme-forms"
version = "1"
"""

# A site folder with the installed distribution in it, as in a venv.
LOOK = """
import site, sys
site.addsitedir(sys.argv[1])
from livewidget.assets.catalog import Catalog
for name in sorted(Catalog().moduleUrls()):
    print(name)
"""


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """Return the folder of the distribution's project, with the files that the how-to lists."""
    folder = tmp_path / "acme-forms"
    names = theBlock("text", "acme_livewidget.py").split()
    assert len(names) == 4
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    plugin = folder / "twisted/plugins/acme_livewidget.py"
    plugin.write_text(theBlock("python", 'JSPackage("acme.forms")'))
    (folder / "pyproject.toml").write_text(PROJECT + theBlock("toml", "dev-mode-dirs"))
    return folder


def test_wheelHasAllFiles(acme: Path, tmp_path: Path) -> None:
    """The wheel has every file that an installation needs."""
    runToEnd(sys.executable, "-m", "build", "--no-isolation", "--wheel", "-o", tmp_path, cwd=acme)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == set(theBlock("text", "acme_livewidget.py").split())
    assert runToEnd(sys.executable, "-c", LOOK, tmp_path / "site", cwd=tmp_path).split() == [
        "Acme.Forms",
        "livewidget",
    ]


def test_editableInstallFindsThePlugin(acme: Path, tmp_path: Path) -> None:
    """An editable install finds the plugin, and its modules in the source folder."""
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install")
    options = ("--no-deps", "--no-build-isolation", f"--prefix={tmp_path / 'prefix'}")
    runToEnd(*pip, *options, "--editable", acme, cwd=tmp_path)
    [site] = (tmp_path / "prefix").rglob("site-packages")
    (acme / "acme/forms/js/Acme/New.js").write_text("")
    assert runToEnd(sys.executable, "-c", LOOK, site, cwd=tmp_path).split() == [
        "Acme.Forms",
        "Acme.New",
        "livewidget",
    ]
