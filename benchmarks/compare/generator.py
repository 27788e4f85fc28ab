"""Run the load generator, whose source is C{benchmarks/load}."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from benchmarks.compare.contestants import Contestant
from benchmarks.compare.machine import LOAD_CORE, SERVER_CORE
from benchmarks.serving import BUILD, Server, Trouble

#: Seconds that a run may take.
PATIENCE = 120.0


def measure(
    contestant: Contestant, server: Server, clients: int, phases: Sequence[str], copies: int = 1
) -> list[dict[str, Any]]:
    """Run phases of load, one after the other.

    @param phases: in the generator's syntax, as C{fanout:window=8,secs=2}.
    @param copies: how often each client receives each broadcast.
    @return: the measurements of each phase.
    @raise Trouble: a client received something wrong, or the server failed.
    """
    command = _command(contestant, server)
    command += [f"--clients={clients}", f"--copies={copies}"]
    command += [f"--phase={phase}" for phase in phases]
    words = _split(command)
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise Trouble(f"{contestant.name}: not done in {PATIENCE:g} seconds") from None
    if done.returncode:
        raise Trouble(f"{contestant.name}: {done.stderr.strip()}\n{server.lastLines()}")
    return parse(done.stdout)


def parse(output: str) -> list[dict[str, Any]]:
    """Return the phases in the generator's output."""
    lines = [json.loads(line) for line in output.splitlines()]
    return [line for line in lines if line["kind"] in ("calls", "fanout")]


@contextmanager
def holding(
    contestant: Contestant, server: Server, numbers: Sequence[int]
) -> Iterator[Iterator[int]]:
    """Connect idle clients, up to one number after the other.

    @return: an iterator that yields each number once that many are connected.
    """
    command = [*_command(contestant, server), f"--at={','.join(map(str, numbers))}"]
    with subprocess.Popen(
        _split(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield _steps(process, server)
        finally:
            process.kill()


def _steps(process: subprocess.Popen[str], server: Server) -> Iterator[int]:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    while line := process.stdout.readline():
        yield json.loads(line)["clients"]
        process.stdin.write("\n")
        process.stdin.flush()
    if process.wait():
        raise Trouble(f"{process.stderr.read().strip()}\n{server.lastLines()}")


def _command(contestant: Contestant, server: Server) -> list[str]:
    return [
        *("taskset", "-c", str(LOAD_CORE), str(BUILD / "load")),
        f"--port={server.port}",
        f"--server={server.pid}",
        f"--meter-core={SERVER_CORE}",
        f"--protocol={contestant.protocol}",
        f"--method={contestant.method}",
    ]


def _split(command: list[str]) -> list[str]:
    """Return the command with options and values as separate words."""
    words: list[str] = []
    for word in command:
        words += word.split("=", 1) if word.startswith("--") else [word]
    return words
