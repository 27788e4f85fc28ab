"""Tests of the built distributions: files, the twistd plugin, and a site served from them alone."""

import importlib.metadata
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest

from livewidget.assets.bundle import bundle
from tests.support.processes import runToEnd

ROOT = Path(__file__).resolve().parents[3]
PLUGIN = "twisted/plugins/livewidget_plugin.py"
SHIPPED = {".py", ".js", ".html", ".css"}
# Seconds after which a command counts as stuck.
DEADLINE = 120


def run(*command: object, cwd: Path) -> str:
    """Run a command without the checkout on its path, and return its output."""
    return runToEnd(*command, cwd=cwd, env=cleanEnvironment(), timeout=10 * DEADLINE)


def cleanEnvironment() -> dict[str, str]:
    """Return this environment, without the variables that lead a command back to the checkout."""
    return {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "PYTHONUNBUFFERED": "1",
    }


def filesIn(folder: str) -> set[str]:
    """Return every file in a folder of the checkout, except those of Python and editors."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not path.name.startswith(".")
    }


def build(kind: str, folder: Path) -> Path:
    """Build a distribution into an empty folder, and return its file."""
    run(sys.executable, "-m", "build", "--no-isolation", kind, "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel built from the checkout."""
    return build("--wheel", tmp_path_factory.mktemp("wheel"))


def test_wheelHoldsThePackageAndThePluginOnly(wheel: Path) -> None:
    """The wheel has the files of the package, the plugin and its own metadata."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert len(names) == len(set(names))

    code = {name for name in names if ".dist-info/" not in name}
    assert code == filesIn("livewidget") | {PLUGIN}
    assert "livewidget/py.typed" in code
    assert "livewidget/js/livewidget.js" in code
    odd = {name for name in code if Path(name).suffix not in SHIPPED}
    assert odd == {"livewidget/py.typed"}

    information = {name for name in names if ".dist-info/" in name}
    assert {name.split("/", 1)[1] for name in information} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "licenses/LICENSE",
    }
    assert len({name.split("/")[0] for name in information}) == 1


def test_wheelLeavesTwistedsFoldersAlone(wheel: Path) -> None:
    """The wheel adds nothing but the plugin to Twisted's folders."""
    with zipfile.ZipFile(wheel) as archive:
        inTwisted = [name for name in archive.namelist() if name.startswith("twisted/")]
    assert inTwisted == [PLUGIN]


def test_sdistHoldsWhatAPackagerNeeds(tmp_path: Path) -> None:
    """The source distribution has the code, the tests, the documentation and the build files."""
    with tarfile.open(build("--sdist", tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    needed = set().union(*map(filesIn, ("livewidget", "examples", "tests", "docs")))
    assert needed | {"LICENSE", "Makefile", "package.json", "pyproject.toml", PLUGIN} <= names
    assert not {name for name in names if "__pycache__" in name or "dropin.cache" in name}


def test_twistdFindsThePluginOfTheEditableInstall(tmp_path: Path) -> None:
    # In another folder, since the plugin would be found in the checkout without an install.
    """The command is listed by C{twistd} of the editable install."""
    twistd = Path(sys.executable).with_name("twistd")
    commands = run(twistd, "--help", cwd=tmp_path)
    assert re.search(r"^\s+live-widget\s+\S", commands, re.MULTILINE), commands


@pytest.fixture
def twistd(wheel: Path, tmp_path: Path) -> Path:
    """Return the twistd of a new venv with the wheel, and with the dependencies installed here."""
    constraints = tmp_path / "constraints.txt"
    constraints.write_text(
        "".join(
            f"{distribution.name}=={distribution.version}\n"
            for distribution in importlib.metadata.distributions()
            if distribution.name != "livewidget"
        )
    )
    venv = tmp_path / "venv"
    # This environment's pip is enough, and unused modules are not compiled: a third less work.
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=tmp_path)
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    options = ("--no-compile", "--constraint", constraints)
    run(*pip, "--python", venv / "bin" / "python", "install", *options, wheel, cwd=tmp_path)
    return venv / "bin" / "twistd"


@pytest.fixture
def served(twistd: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Yield the process that serves the chat, from a folder with the examples alone."""
    site = tmp_path / "site"
    shutil.copytree(
        ROOT / "examples", site / "examples", ignore=shutil.ignore_patterns("__pycache__")
    )
    command = [str(twistd), "-n", "--pidfile=", "live-widget"]
    command += ["--element=examples.chat.chat", "--listen=tcp:0:interface=127.0.0.1"]
    # Background jobs of a shell ignore Ctrl-C, and their children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        command,
        cwd=site,
        env=cleanEnvironment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        deadline = threading.Timer(DEADLINE, process.kill)
        deadline.start()
        try:
            yield process
        finally:
            deadline.cancel()
            process.kill()


def get(url: str) -> tuple[str, str]:
    """Return the text and the content type at a URL."""
    with urlopen(url, timeout=DEADLINE) as response:
        assert response.status == 200
        return response.read().decode(), response.headers.get_content_type()


def test_installedWheelServesTheChat(served: subprocess.Popen[str]) -> None:
    """The installed wheel serves the chat, and exits on Ctrl-C without a traceback."""
    assert served.stdout is not None
    output = ""
    for line in served.stdout:
        output += line
        if found := re.search(r"http://127\.0\.0\.1:[1-9]\d*/", line):
            break
    else:
        pytest.fail(f"the command named no address:\n{output}")

    page, kind = get(found[0])
    assert kind == "text/html"
    assert "chooseBox" in page

    importMap = re.search(r'<script[^>]*type="importmap"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert importMap is not None, page
    module, kind = get(urljoin(found[0], json.loads(importMap[1])["imports"]["livewidget"]))
    assert kind == "text/javascript"
    assert module.encode() == bundle(ROOT / "livewidget/js", "livewidget.js")

    served.send_signal(signal.SIGINT)
    rest, _ = served.communicate(timeout=DEADLINE)
    output += rest
    assert "Traceback" not in output, output
    assert "Unhandled" not in output, output
    # twistd ends with the signal that it received, once everything is shut down.
    assert served.returncode in (0, -signal.SIGINT), output
