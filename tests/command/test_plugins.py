"""Plugins as the command finds them: those on the path, and those in the working directory."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.support.command import CLASS, ROOT, TWISTD, Project, Running

PLUGIN = 'from livewidget import JSPackage\njs = JSPackage("acme")\n'


def distribution(project: Project, folder: str = "") -> None:
    """A distribution with one module, in a folder of the project."""
    project.write(f"{folder}twisted/plugins/acme_livewidget.py", PLUGIN)
    project.write(f"{folder}acme/__init__.py", "raise RuntimeError('imported')\n")
    project.write(f"{folder}acme/js/Acme.js", "export class DatePicker {}\n")


def pageOf(running: Running) -> str:
    """The page that the command serves."""
    url = running.readUntil("Serving").rpartition(" ")[2]
    with urlopen(url, timeout=20) as response:
        html: str = response.read().decode()
        return html


def end(running: Running) -> str:
    """Ctrl-C; the rest of the log."""
    running.process.send_signal(signal.SIGINT)
    code, out, err = running.end()
    assert (code, err) == (-signal.SIGINT, "")
    return out


PAGE = CLASS.replace("    pass", '    template = "chat.html"')


@pytest.fixture
def page(project: Project) -> None:
    """An element with a template."""
    project.write("chat.py", PAGE)
    project.write("chat.html", "<p {{ liveElement }}></p>")


@pytest.mark.usefixtures("page")
class TestPlugins:
    """What the page's import map has."""

    def test_workingDirectory(self, project: Project) -> None:
        """A plugin of the project that is worked on is found like its modules."""
        distribution(project)
        running = project.start("--element=chat.Chatter", "--port=0")
        assert '"Acme":"./_live/js/acme-' in pageOf(running)
        assert "Traceback" not in end(running)

    def test_path(self, project: Project) -> None:
        """So is one that is elsewhere on the path, in its place as twistd starts."""
        distribution(project, "elsewhere/")
        path = os.pathsep.join([str(ROOT), str(project.folder / "elsewhere")])
        program = ("env", f"PYTHONPATH={path}", str(TWISTD), "-n")
        running = project.start("--element=chat.Chatter", "--port=0", program=program)
        assert '"Acme":"./_live/js/acme-' in pageOf(running)
        end(running)

    def test_broken(self, project: Project) -> None:
        """One that is broken is a line in the log, and the page is there."""
        distribution(project)
        Path(project.folder, "acme/js/Acme.js").unlink()
        Path(project.folder, "acme/js").rmdir()
        running = project.start("--element=chat.Chatter", "--port=0")
        line = running.readUntil("is left out")
        assert f"there is no folder {os.path.realpath(project.folder)}/acme/js" in line
        assert '"Acme"' not in pageOf(running)
        end(running)
