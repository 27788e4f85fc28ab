"""Tests of the real command, in a process of its own."""

from __future__ import annotations

import re
import signal
import socket
import sys

import pytest

from tests.support.command import CLASS, TWISTD, Project


class TestProcess:
    """The command in a process of its own."""

    def test_importingTheModuleInstallsNoReactor(self, project: Project) -> None:
        """Importing the module leaves the choice of the reactor to twistd."""
        code = "import livewidget.tap, sys; print('twisted.internet.reactor' in sys.modules)"
        assert project.run(sys.executable, "-c", code).end() == (0, "False\n", "")

    @pytest.mark.parametrize("program", [(str(TWISTD), "-n"), (sys.executable, "-m", "twisted")])
    def test_missingModuleIsOneLineOnStderr(
        self, project: Project, program: tuple[str, ...]
    ) -> None:
        """A module that does not exist is one line on stderr, and nothing on stdout."""
        code, out, err = project.start("--element=nosuchmodule.chat", program=program).end()
        assert (code, out, len(err.splitlines())) == (1, "", 1)
        assert err.startswith("live-widget: --element: no module named 'nosuchmodule'")

    def test_invalidOptionPrintsNoUsage(self, project: Project) -> None:
        """An invalid option is one line, without pages of usage."""
        code, out, err = project.start("--element=chat.Chatter", "--port=abc").end()
        assert (code, out, len(err.splitlines())) == (1, "", 1)
        assert err.startswith("live-widget: --port: 'abc' is not a port")

    def test_failingImportPrintsNoTraceback(self, project: Project) -> None:
        """An element that fails on import is one line with the user's file and line."""
        project.write("chat.py", "\nimport nosuchmodule\n")
        code, out, err = project.start("--element=chat.Chatter").end()
        assert (code, out, len(err.splitlines())) == (1, "", 1)
        assert re.search(r"ModuleNotFoundError: .*nosuchmodule.* \(chat\.py:2\)", err)

    @pytest.mark.parametrize("program", [(str(TWISTD), "-n"), (sys.executable, "-m", "twisted")])
    def test_portInUseIsOneLineOnStderr(self, project: Project, program: tuple[str, ...]) -> None:
        """The error reaches stderr although twistd redirects it by then; no pidfile is left."""
        project.write("chat.py", CLASS)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            running = project.start("--element=chat.Chatter", f"--port={port}", program=program)
            code, out, err = running.end()
        assert (code, err) == (
            1,
            f"live-widget: port {port} of 127.0.0.1 is in use; "
            "stop the program that uses it, or use another with --port\n",
        )
        assert "live-widget: " not in out
        assert "Traceback" not in out
        assert not (project.folder / "twistd.pid").exists()

    def test_daemonReportsThePortInUse(self, project: Project) -> None:
        """A daemon writes the error to its log, and twistd passes it to the user."""
        project.write("chat.py", CLASS)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            arguments = ["--element=chat.Chatter", f"--port={port}"]
            code, _, err = project.start(*arguments, program=(str(TWISTD),)).end()
        assert code == 1
        assert f"live-widget: port {port} of 127.0.0.1 is in use" in err.replace("\n", "")

    def test_startLogsTheAddressAndCtrlCEndsCleanly(self, project: Project) -> None:
        """After a start the address is logged; Ctrl-C ends the process without errors."""
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

    def test_unixSocketIsLoggedAndRemoved(self, project: Project) -> None:
        """A UNIX socket is logged as its path, and removed at the end."""
        project.write("chat.py", CLASS)
        running = project.start("--element=chat.Chatter", "--listen=unix:chat.sock")
        assert running.readUntil("Serving").endswith("chat.Chatter at unix:chat.sock")
        running.process.send_signal(signal.SIGINT)
        assert running.end()[2] == ""
        assert not (project.folder / "chat.sock").exists()
