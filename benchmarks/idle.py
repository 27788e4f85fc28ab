"""The memory that an idle page takes on the server, connected by WebSocket."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import resource
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.clients import Address, Connection, openEcho, openMany, openPage
from benchmarks.figures import table, verdict
from benchmarks.serving import COLLECTED

ROOT = Path(__file__).absolute().parent.parent
GOAL = 30 * 1024

#: Connections that are there before anything is measured: what the first ones
#: make the process load belongs to none.
FIRST = 50

CHAT = [
    str(Path(sys.executable).with_name("twistd")),
    *("-n", "--pidfile=", "live-widget"),
    *("--element=benchmarks.serving.chatter", "--listen=tcp:0:interface=127.0.0.1:backlog=1024"),
]
ECHO = [sys.executable, "-m", "benchmarks.serving"]


class Server:
    """A process that serves."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def lineWith(self, part: str) -> str:
        """The next line of what it prints that has this part."""
        assert self._process.stdout is not None
        seen = b""
        async for line in self._process.stdout:
            seen += line
            if part in line.decode():
                return line.decode()
        raise SystemExit(f"the server ended without {part!r}:\n{seen.decode()}")

    async def memory(self, seconds: float) -> int:
        """The bytes of memory that are in use, after some idle time and a collection."""
        await asyncio.sleep(seconds)
        self._process.send_signal(signal.SIGUSR1)
        await self.lineWith(COLLECTED)
        await asyncio.sleep(seconds)
        status = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text()
        found = re.search(r"^Rss: +(\d+) kB$", status, re.MULTILINE)
        assert found is not None
        return int(found[1]) * 1024


@asynccontextmanager
async def serving(command: list[str]) -> AsyncIterator[tuple[Server, Address]]:
    """Run a server for a while."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        server = Server(process)
        line = await server.lineWith("http://")
        found = re.search(r"http://([\d.]+):(\d+)", line)
        assert found is not None, line
        yield server, Address(found[1], int(found[2]))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def perConnection(
    command: list[str],
    openOne: Callable[[Address], Awaitable[Connection]],
    number: int,
    seconds: float,
) -> float:
    """The bytes that one connection more takes."""
    async with serving(command) as (server, address):
        connections = await openMany(FIRST, openOne, address)
        before = await server.memory(seconds)
        connections += await openMany(number, openOne, address)
        after = await server.memory(seconds)
        lost = [connection.closed for connection in connections if connection.closed is not None]
        if lost:
            raise SystemExit(f"{len(lost)} connections were closed: {lost[0]}")
    return (after - before) / number


def main(arguments: list[str] | None = None) -> None:
    """Measure both servers, one after the other."""
    parser = argparse.ArgumentParser(prog="benchmarks.idle", description=__doc__)
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--seconds", type=float, default=3.0, help="of rest before each look")
    options = parser.parse_args(arguments)

    # Each connection is a file of both processes.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    def measure(command: list[str], openOne: Callable[[Address], Awaitable[Connection]]) -> float:
        return asyncio.run(perConnection(command, openOne, options.pages, options.seconds))

    ours, floor = measure(CHAT, openPage), measure(ECHO, openEcho)
    print(f"idle: memory of the server for each of {options.pages:,} idle pages, in bytes\n")
    rows = [
        ["livewidget: a page of the chat, connected", f"{ours:,.0f}", f"{ours / floor:.2f}"],
        ["floor: a WebSocket of Autobahn's echo", f"{floor:,.0f}", "1.00"],
    ]
    print(table(["", "bytes", "to the floor"], rows))
    print(f"\nlivewidget: {verdict(ours, GOAL, 'bytes a page', atMost=True)}")


if __name__ == "__main__":
    main()
