"""The memory that an idle page takes on the server, connected by WebSocket."""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import table, verdict
from benchmarks.micro.clients import Address, Connection, openEcho, openMany, openPage
from benchmarks.server.garbage import COLLECTED
from benchmarks.serving import Server, Trouble, serving

#: The most bytes that a page should take.
GOAL = 30 * 1024

#: Connections made before the first measurement, so that what a process loads once is not counted.
FIRST = 50

#: Seconds within which a server must have collected its garbage.
COLLECTS_WITHIN = 60.0


@dataclass(frozen=True)
class Measured:
    """A server, and how to connect to it.

    @ivar name: the name of its log.
    @ivar commandAt: returns the command that serves at a port.
    @ivar openOne: opens one connection.
    """

    name: str
    commandAt: Callable[[int], list[str]]
    openOne: Callable[[Address], Awaitable[Connection]]


CHAT = Measured(
    "idle-chat",
    lambda port: [
        str(Path(sys.executable).with_name("twistd")),
        *("-n", "--pidfile=", "live-widget", "--element=benchmarks.server.chat.chatter"),
        f"--listen=tcp:{port}:interface=127.0.0.1:backlog=1024",
    ],
    openPage,
)
ECHO = Measured(
    "idle-echo",
    lambda port: [sys.executable, "-m", "benchmarks.server.echo", str(port)],
    openEcho,
)


async def memory(server: Server, seconds: float) -> int:
    """Return the bytes of memory in use after idle time and a garbage collection.

    @param seconds: the idle time before and after the collection.
    @raise Trouble: the server has ended, or does not collect.
    """
    await asyncio.sleep(seconds)
    collections = server.output().count(COLLECTED)
    os.kill(server.pid, signal.SIGUSR1)
    end = time.monotonic() + COLLECTS_WITHIN
    while server.output().count(COLLECTED) == collections:
        server.checkRuns()
        if time.monotonic() > end:
            raise Trouble(f"the server does not collect its garbage:\n{server.lastLines()}")
        await asyncio.sleep(0.02)
    await asyncio.sleep(seconds)
    return server.memory() * 1024


async def perConnection(measured: Measured, number: int, seconds: float) -> float:
    """Return the bytes per additional connection.

    @param number: how many connections to average over.
    @raise Trouble: the server failed, or closed a connection.
    """
    with serving(measured.name, measured.commandAt) as server:
        address = Address("127.0.0.1", server.port)
        connections = await openMany(FIRST, measured.openOne, address)
        before = await memory(server, seconds)
        connections += await openMany(number, measured.openOne, address)
        after = await memory(server, seconds)
        lost = [connection.closed for connection in connections if connection.closed is not None]
        if lost:
            raise Trouble(f"{len(lost)} connections were closed: {lost[0]}")
    return (after - before) / number


def main(arguments: list[str] | None = None) -> None:
    """Measure both servers, one after another, and print a table."""
    parser = argparse.ArgumentParser(prog="benchmarks.micro.idle", description=__doc__)
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="seconds of rest before each measurement"
    )
    options = parser.parse_args(arguments)

    # Each connection is an open file in both processes.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    def measure(measured: Measured) -> float:
        return asyncio.run(perConnection(measured, options.pages, options.seconds))

    try:
        ours, floor = measure(CHAT), measure(ECHO)
    except Trouble as error:
        sys.exit(str(error))
    print(f"idle: memory of the server per page, of {options.pages:,} idle pages, in bytes\n")
    rows = [
        ["livewidget: a page of the chat, connected", f"{ours:,.0f}", f"{ours / floor:.2f}"],
        ["floor: a WebSocket of Autobahn's echo", f"{floor:,.0f}", "1.00"],
    ]
    print(table(["", "bytes", "to the floor"], rows))
    print(f"\nlivewidget: {verdict(ours, GOAL, 'bytes per page', atMost=True)}")


if __name__ == "__main__":
    main()
