"""A server while it is measured: a process of its own on a core of its own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.compare.contestants import BUILD, ROOT, Contestant

#: The cores: of the server, and of the load generator.
SERVER_CORE, LOAD_CORE = 0, 1
#: Seconds until a server must listen.
STARTS_WITHIN = 60.0
LOG_LINES = 12


class Trouble(Exception):
    """A server or the load generator has failed; the text says how."""


class Server:
    """A server that listens.

    @ivar port: where.
    @ivar pid: of its process.
    """

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self._process = process
        self._log = log
        self.port = port
        self.pid = process.pid

    def memory(self) -> int:
        """Its resident memory, in KiB."""
        text = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"^VmRSS:\s+(\d+) kB$", text, re.MULTILINE)
        if found is None:
            raise Trouble(f"the server has ended:\n{self.lastWords()}")
        return int(found[1])

    def seconds(self) -> float:
        """The time of a core that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def lastWords(self) -> str:
        """The end of what it has printed."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-LOG_LINES:])

    def wait(self) -> None:
        """Wait until it listens.

        @raise Trouble: it does not.
        """
        end = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise Trouble(f"the server has ended:\n{self.lastWords()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise Trouble(f"the server does not listen:\n{self.lastWords()}")


@contextmanager
def serving(contestant: Contestant) -> Iterator[Server]:
    """Run a server for a while."""
    logs = BUILD / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    port = _freePort()
    log = logs / f"{contestant.name}.log"
    environment = {
        **os.environ,
        "NODE_PATH": str(BUILD / "node" / "node_modules"),
        **contestant.environment,
    }
    with (
        log.open("wb") as output,
        subprocess.Popen(
            ["taskset", "-c", str(SERVER_CORE), *contestant.commandAt(port)],
            cwd=ROOT,
            env=environment,
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
