"""Tests of the real command, in a process of its own."""

from __future__ import annotations

import re
import signal
import socket
import sys

import pytest

from tests.support.command import CLASS, TWISTD, Project


class TestProcess:
    """The real command."""

    def test_importsNoReactor(self, project: Project) -> None:
        """Importing the module leaves the choice of the reactor to twistd."""
        code = "import livewidget.tap, sys; print('twisted.internet.reactor' in sys.modules)"
        assert project.run(sys.executable, "-c", code).end() == (0, "False\n", "")

    @pytest.mark.parametrize("program", [(str(TWISTD), "-n"), (sys.executable, "-m", "twisted")])
    def test_missingModule(self, project: Project, program: tuple[str, ...]) -> None:
        """One line on stderr, nothing on stdout."""
        code, out, err = project.start("--element=nosuchmodule.chat", program=program).end()
        assert (code, out, len(err.splitlines())) == (1, "", 1)
        assert err.startswith("live-widget: --element: no module named 'nosuchmodule'")

    def test_badOption(self, project: Project) -> None:
        """A mistake in an option prints no page of usage."""
        code, out, err = project.start("--element=chat.Chatter", "--port=abc").end()
        assert (code, out, len(err.splitlines())) == (1, "", 1)
        assert err.startswith("live-widget: --port: 'abc' is not a port")

    def test_failsOnImport(self, project: Project) -> None:
        """The line has the user's file and line, and there is no traceback."""
        project.write("chat.py", "\nimport nosuchmodule\n")
        code, out, err = project.start("--element=chat.Chatter").end()
        assert (code, out, len(err.splitlines())) == (1, "", 1)
        assert re.search(r"ModuleNotFoundError: .*nosuchmodule.* \(chat\.py:2\)", err)

    @pytest.mark.parametrize("program", [(str(TWISTD), "-n"), (sys.executable, "-m", "twisted")])
    def test_portTaken(self, project: Project, program: tuple[str, ...]) -> None:
        """The line reaches stderr though twistd logs it by then; no pidfile is left."""
        project.write("chat.py", CLASS)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            running = project.start("--element=chat.Chatter", f"--port={port}", program=program)
            code, out, err = running.end()
        assert (code, err) == (
            1,
            f"live-widget: port {port} of 127.0.0.1 is taken; "
            "stop what uses it, or choose another with --port\n",
        )
        assert "live-widget: " not in out
        assert "Traceback" not in out
        assert not (project.folder / "twistd.pid").exists()

    def test_portTakenForDaemon(self, project: Project) -> None:
        """A daemon says it in its log, and twistd to whoever started it."""
        project.write("chat.py", CLASS)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            arguments = ["--element=chat.Chatter", f"--port={port}"]
            code, _, err = project.start(*arguments, program=(str(TWISTD),)).end()
        assert code == 1
        assert f"live-widget: port {port} of 127.0.0.1 is taken" in err.replace("\n", "")

    def test_startAndInterrupt(self, project: Project) -> None:
        """A good start says where; Ctrl-C ends it without a complaint."""
        project.write("chat.py", CLASS)
        running = project.start("--element=chat.Chatter", "--port=0")
        line = running.readUntil("Serving")
        port = int(line.rpartition(":")[2].rstrip("/"))
        assert line.endswith(f"Serving chat.Chatter at http://127.0.0.1:{port}/")
        socket.create_connection(("127.0.0.1", port)).close()
        running.process.send_signal(signal.SIGINT)
        code, out, err = running.end()
        assert (code, err) == (-signal.SIGINT, "")
        assert not {"Traceback", "Unhandled", "Error"} & set(out.replace(":", " ").split())

    def test_unixSocket(self, project: Project) -> None:
        """A UNIX socket is shown as its path, and is gone after the end."""
        project.write("chat.py", CLASS)
        running = project.start("--element=chat.Chatter", "--listen=unix:chat.sock")
        assert running.readUntil("Serving").endswith("chat.Chatter at unix:chat.sock")
        running.process.send_signal(signal.SIGINT)
        assert running.end()[2] == ""
        assert not (project.folder / "chat.sock").exists()
