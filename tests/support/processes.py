"""Server processes, whose whole output is checked."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TWISTD = Path(sys.executable).with_name("twistd")

#: Seconds that a server may take to start, and to end.
PATIENCE = 20

_SERVING = re.compile(r"Serving \S+ at (http://127\.0\.0\.1:([0-9]+)/)")


def runToEnd(
    *command: object, cwd: Path, env: dict[str, str] | None = None, timeout: float = 300
) -> str:
    """Run a command that must succeed, and return its output."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


class Server:
    """A server process.

    @param path: further folders to import from.
    @ivar url: the URL that it serves, with a slash at its end.
    """

    def __init__(self, command: list[str], folder: Path, path: Sequence[Path] = ()) -> None:
        self.lines: list[str] = []
        self.url = ""
        self.port = 0
        self._expected = 0
        self._checked = 0
        self._changed = threading.Condition()
        # A job in the background of a shell ignores Ctrl-C, and so would its children.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(map(str, [ROOT, *path])),
                    "PYTHONUNBUFFERED": "1",
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="backslashreplace",
            )
        finally:
            signal.signal(signal.SIGINT, before)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @classmethod
    def twistd(
        cls, element: str, port: int = 0, folder: Path = ROOT, options: Sequence[str] = ()
    ) -> Server:
        """Serve an element with the command, with further options."""
        arguments = ["-n", "--pidfile=", "live-widget", f"--element={element}", f"--port={port}"]
        return cls([str(TWISTD), *arguments, *options], folder)

    @classmethod
    def script(cls, script: Path, *arguments: str, path: Sequence[Path] = ()) -> Server:
        """Serve the site of a script of the tests."""
        return cls([sys.executable, script.name, *arguments], script.parent, path)

    @classmethod
    def site(cls, name: str, port: int = 0) -> Server:
        """Serve one of the sites of the browser tests."""
        return cls.script(ROOT / "tests" / "acceptance" / "browser" / "serve.py", name, str(port))

    @property
    def output(self) -> str:
        """Return the output so far."""
        with self._changed:
            return "".join(self.lines)

    def waitUntilServing(self) -> None:
        """Wait for the line with the URL."""
        line = self.waitForLine(_SERVING.pattern)
        found = _SERVING.search(line)
        assert found is not None
        self.url, self.port = found[1], int(found[2])

    def waitForLine(self, pattern: str) -> str:
        """Wait for a line that matches a pattern, and return it."""

        def find() -> str | None:
            return next((line for line in self.lines if re.search(pattern, line)), None)

        with self._changed:
            self._changed.wait_for(lambda: find() or not self._reader.is_alive(), PATIENCE)
            line = find()
        assert line, f"no line of the server matches {pattern!r}:\n{self.output}"
        return line

    def expectTracebacks(self, number: int) -> None:
        """Expect a number of tracebacks before the next L{check}."""
        self._expected = number

    def check(self) -> None:
        """Check that no unexpected error was logged since the last check."""
        output = self.output[self._checked :]
        self._checked += len(output)
        expected, self._expected = self._expected, 0
        assert "Unhandled" not in output, output
        assert output.count("Traceback") == expected, output

    def kill(self) -> None:
        """Kill the process, like a crash."""
        self._process.kill()
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)

    def stop(self) -> None:
        """End the process by Ctrl-C, and check that its output has no error."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                code = self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"the server does not end by Ctrl-C:\n{self.output}") from None
            self._reader.join(PATIENCE)
            # The exit code of a process that ends by Ctrl-C may be that of the signal.
            assert code in (0, -signal.SIGINT), f"the server ended with {code}:\n{self.output}"
        self.check()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stdout:
            for line in stdout:
                with self._changed:
                    self.lines.append(line)
                    self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()
