"""Measure a server under load during windows of time."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.compare.contestants import PORT, Contestant
from benchmarks.compare.generator import measure
from benchmarks.compare.plan import CALLERS, RECEIVERS
from benchmarks.profile.syscalls import NoStrace, counted
from benchmarks.profile.window import PLAIN, PROFILED, Seen, read
from benchmarks.serving import BUILD, Server, Trouble

#: The length of a window, in seconds.
WINDOW = 2.0
#: The seconds of a window that checks whether the load has begun, and of warming up.
LOOK, WARM_UP = 0.2, 0.5
#: Seconds within which a closed window must be written.
WRITES_WITHIN = 10.0

_FILE, _STRACE = BUILD / "window.json", BUILD / "strace.txt"
_SERVER = Contestant(
    "profiled",
    "",
    (sys.executable, "-m", "benchmarks.server.profiled", PORT, str(_FILE)),
    "websocket",
)


@dataclass(frozen=True)
class Load:
    """A load for the server.

    @ivar title: its title.
    @ivar each: the head of its column in a table.
    @ivar unit: what the time is divided by, as in "for each call".
    @ivar units: the number of units for each call of the application.
    @ivar clients: the number of clients.
    @ivar phase: the load generator's phase, which lasts longer than all windows.
    """

    title: str
    each: str
    unit: str
    units: int
    clients: int
    phase: str


#: The loads by their names in `make bench`.
LOADS = {
    "calls": Load(
        title=f"Calls of {CALLERS} clients, one at a time each",
        each="per call",
        unit="call",
        units=1,
        clients=CALLERS,
        phase="calls:secs=10,warmup=0",
    ),
    "single": Load(
        title=f"Broadcasts to {RECEIVERS:,} receivers, one at a time",
        each="per delivery, one broadcast at a time",
        unit="delivery",
        units=RECEIVERS,
        clients=RECEIVERS,
        phase="fanout:window=1,secs=10,warmup=0",
    ),
    "saturated": Load(
        title=f"Broadcasts to {RECEIVERS:,} receivers, 8 in flight",
        each="per delivery, 8 in flight",
        unit="delivery",
        units=RECEIVERS,
        clients=RECEIVERS,
        phase="fanout:window=8,secs=10,warmup=0",
    ),
}


@dataclass(frozen=True)
class Looked:
    """The measurements of one load.

    @ivar load: the load.
    @ivar plain: a window without a profiler.
    @ivar profiled: a window with one.
    @ivar counting: a window while system calls were counted, or L{None} if they were not.
    @ivar calls: the numbers of system calls, by name.
    @ivar trouble: why they were not counted.
    """

    load: Load
    plain: Seen
    profiled: Seen
    counting: Seen | None = None
    calls: dict[str, int] = field(default_factory=dict)
    trouble: str = ""


def look(load: Load) -> Looked:
    """Run a server and a load, and measure.

    @raise Trouble: the server or the load failed, or the load ended too early.
    """
    with _SERVER.serving() as server, ThreadPoolExecutor(1) as pool:
        running = pool.submit(measure, _SERVER, server, load.clients, [load.phase])
        while not _through(server, PLAIN, LOOK).asked:
            _checkRuns(running)
        time.sleep(WARM_UP)
        looked = Looked(load, _through(server, PLAIN, WINDOW), _through(server, PROFILED, WINDOW))
        try:
            calls, seen = counted(server.pid, _STRACE, lambda: _through(server, PLAIN, WINDOW))
            looked = replace(looked, counting=seen, calls=calls)
        except NoStrace as error:
            looked = replace(looked, trouble=str(error))
        _checkRuns(running)
        running.result()
    return looked


def _through(server: Server, how: int, seconds: float) -> Seen:
    """Return the measurements of a window."""
    _FILE.unlink(missing_ok=True)
    os.kill(server.pid, how)
    time.sleep(seconds)
    os.kill(server.pid, how)
    end = time.monotonic() + WRITES_WITHIN
    while not _FILE.exists():
        if time.monotonic() > end:
            raise Trouble(f"the server did not write its measurements:\n{server.lastLines()}")
        time.sleep(0.002)
    return read(_FILE)


def _checkRuns(running: Future[Any]) -> None:
    if running.done():
        running.result()
        raise Trouble("the load ended before the measurements")
