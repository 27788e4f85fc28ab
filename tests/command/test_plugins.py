"""Tests of plugins with the command: on the path, and in the working directory."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.support.command import CLASS, ROOT, TWISTD, Project, Running

PLUGIN = 'from livewidget import JSPackage\njs = JSPackage("acme")\n'


def distribution(project: Project, folder: str = "") -> None:
    """Write a distribution with one module into a folder of the project."""
    project.write(f"{folder}twisted/plugins/acme_livewidget.py", PLUGIN)
    project.write(f"{folder}acme/__init__.py", "raise RuntimeError('imported')\n")
    project.write(f"{folder}acme/js/Acme.js", "export class DatePicker {}\n")


def pageOf(running: Running) -> str:
    """Return the HTML of the page that the command serves."""
    url = running.readUntil("Serving").rpartition(" ")[2]
    with urlopen(url, timeout=20) as response:
        html: str = response.read().decode()
        return html


def end(running: Running) -> str:
    """Stop the command by Ctrl-C, and return the rest of its log."""
    running.process.send_signal(signal.SIGINT)
    code, out, err = running.end()
    assert (code, err) == (-signal.SIGINT, "")
    return out


PAGE = CLASS.replace("    pass", '    template = "chat.html"')


@pytest.fixture
def page(project: Project) -> None:
    """Write an element with a template."""
    project.write("chat.py", PAGE)
    project.write("chat.html", "<p {{ liveElement }}></p>")


@pytest.mark.usefixtures("page")
class TestPlugins:
    """Modules of plugins in the import map of a page."""

    def test_pluginInTheWorkingDirectoryIsFound(self, project: Project) -> None:
        """A plugin of the project in the working directory is found."""
        distribution(project)
        running = project.start("--element=chat.Chatter", "--port=0")
        assert '"Acme":"./_live/js/acme-' in pageOf(running)
        assert "Traceback" not in end(running)

    def test_pluginOnThePathIsFound(self, project: Project) -> None:
        """A plugin elsewhere on the path is found."""
        distribution(project, "elsewhere/")
        path = os.pathsep.join([str(ROOT), str(project.folder / "elsewhere")])
        program = ("env", f"PYTHONPATH={path}", str(TWISTD), "-n")
        running = project.start("--element=chat.Chatter", "--port=0", program=program)
        assert '"Acme":"./_live/js/acme-' in pageOf(running)
        end(running)

    def test_brokenPluginIsLoggedAndThePageIsServed(self, project: Project) -> None:
        """A broken plugin is one line in the log, and the page is served without it."""
        distribution(project)
        Path(project.folder, "acme/js/Acme.js").unlink()
        Path(project.folder, "acme/js").rmdir()
        running = project.start("--element=chat.Chatter", "--port=0")
        line = running.readUntil("is left out")
        assert f"the folder {os.path.realpath(project.folder)}/acme/js does not exist" in line
        assert '"Acme"' not in pageOf(running)
        end(running)
