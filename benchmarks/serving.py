"""A measured server: a separate process, optionally on a core of its own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: The folder of compiled programs, logs and reports.
BUILD = ROOT / "build" / "bench"

#: Seconds within which a server must listen.
STARTS_WITHIN = 60.0
#: The number of lines of a server's log in the message about its failure.
LOG_LINES = 12


class Trouble(Exception):
    """A server or the load generator failed; the text says how."""


class Server:
    """A server that listens on the loopback interface.

    @ivar port: its TCP port.
    @ivar pid: its process.
    """

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self._process = process
        self._log = log
        self.port = port
        self.pid = process.pid

    def memory(self) -> int:
        """Return the resident memory, in KiB.

        @raise Trouble: the server has ended.
        """
        try:
            text = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        except OSError:
            text = ""
        found = re.search(r"^Rss: +(\d+) kB$", text, re.MULTILINE)
        if found is None:
            raise Trouble(f"the server has ended:\n{self.lastLines()}")
        return int(found[1])

    def seconds(self) -> float:
        """Return the processor time that the server has used, in seconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def output(self) -> str:
        """Return everything that the server has printed."""
        return self._log.read_text(errors="replace")

    def lastLines(self) -> str:
        """Return the end of the server's output."""
        return "\n".join(self.output().splitlines()[-LOG_LINES:])

    def checkRuns(self) -> None:
        """Do nothing while the server runs.

        @raise Trouble: the server has ended.
        """
        if self._process.poll() is not None:
            raise Trouble(f"the server has ended:\n{self.lastLines()}")

    def wait(self) -> None:
        """Wait until the server listens.

        @raise Trouble: it has ended, or does not listen within L{STARTS_WITHIN}.
        """
        end = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < end:
            self.checkRuns()
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise Trouble(f"the server does not listen:\n{self.lastLines()}")


@contextmanager
def serving(
    name: str,
    commandAt: Callable[[int], Sequence[str]],
    environment: Mapping[str, str] | None = None,
    core: int | None = None,
) -> Iterator[Server]:
    """Run a server until the end of the C{with} statement.

    @param name: the name of its log.
    @param commandAt: returns the command that serves at a port.
    @param environment: additional variables for the process.
    @param core: the core to run on, by C{taskset}.
    @raise Trouble: the server does not start.
    """
    logs = BUILD / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    port = _freePort()
    log = logs / f"{name}.log"
    pinned = [] if core is None else ["taskset", "-c", str(core)]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*pinned, *commandAt(port)],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            server = Server(process, port, log)
            server.wait()
            yield server
        finally:
            process.kill()


def _freePort() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port
