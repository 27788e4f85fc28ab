"""The measurements of a comparison: servers, loads and durations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: The numbers of clients that call, and of clients that receive broadcasts.
CALLERS, RECEIVERS = 100, 1000

_FULL_FANOUT = ("saturated", "single", "paced")


@dataclass(frozen=True)
class Run:
    """A start of one server, and the loads that are measured with it.

    @ivar contestant: the name of the server.
    @ivar loads: names of phases, one after the other with the same clients.
    @ivar rounds: the number of rounds to take part in.
    @ivar clients: the number of clients.
    """

    contestant: str
    loads: tuple[str, ...]
    rounds: int
    clients: int


@dataclass(frozen=True)
class Plan:
    """A whole comparison.

    @ivar runs: the runs, in the order of each round.
    @ivar phases: the load generator's phase for each load.
    @ivar idle: the number of idle clients for each server, by name.
    @ivar receivers: numbers of receivers for which to measure the cost.
    @ivar pages: numbers of idle pages for which to measure it.
    @ivar elements: numbers of elements on a page for which to measure it.
    @ivar renderSeconds: the length of each of three rounds of rendering pages.
    """

    runs: Sequence[Run]
    phases: Mapping[str, str]
    idle: Mapping[str, int]
    receivers: Sequence[int]
    pages: Sequence[int]
    elements: Sequence[int]
    renderSeconds: float

    @property
    def rounds(self) -> int:
        """Return the number of rounds."""
        return max(run.rounds for run in self.runs)


def _calls(contestant: str, rounds: int) -> Run:
    return Run(contestant, ("calls",), rounds, CALLERS)


def _fanout(contestant: str, rounds: int, loads: tuple[str, ...] = _FULL_FANOUT) -> Run:
    return Run(contestant, loads, rounds, RECEIVERS)


FULL = Plan(
    runs=[
        _calls("kernel-direct", 3),
        _calls("livewidget", 3),
        _calls("node-socketio", 3),
        _calls("python-socketio", 3),
        _calls("node-ws", 3),
        _calls("autobahn", 3),
        _calls("stream", 3),
        _calls("poll", 3),
        _calls("python-socketio-polling", 3),
        _fanout("kernel-direct", 3),
        _fanout("livewidget", 3),
        _fanout("kernel-batch", 3),
        _fanout("node-socketio", 3),
        _fanout("node-ws", 3),
        _fanout("python-socketio", 3, ("saturated", "single")),
        _fanout("autobahn", 3),
        _fanout("stream", 3),
        _fanout("poll", 1, ("saturated", "paced")),
        _fanout("loop", 3, ("saturated", "single")),
        # Eight loops in one turn would take longer than the measurement.
        _fanout("answers", 3, ("single",)),
        # Overloaded servers take long.
        _fanout("python-socketio", 1, ("paced",)),
        _fanout("nicegui", 1),
    ],
    phases={
        "calls": "calls:secs=2,warmup=0.5",
        "saturated": "fanout:window=8,secs=2,warmup=0.5",
        "single": "fanout:window=1,secs=1.5,warmup=0.3",
        "paced": "fanout:rate=20,secs=2.5,warmup=0.5",
    },
    idle={
        "livewidget": 2000,
        "stream": 2000,
        "poll": 2000,
        "autobahn": 2000,
        "node-ws": 2000,
        "node-socketio": 2000,
        "python-socketio": 2000,
        "nicegui": 300,
    },
    receivers=(100, 1000, 5000),
    pages=(1, 10, 100, 1000, 10_000),
    elements=(1, 10, 100, 1000),
    renderSeconds=1.0,
)

QUICK = Plan(
    runs=[
        _calls("livewidget", 1),
        _calls("node-socketio", 1),
        _calls("python-socketio", 1),
        _fanout("kernel-batch", 1, ("saturated", "single")),
        _fanout("livewidget", 1, ("saturated", "single", "paced")),
        _fanout("node-socketio", 1, ("saturated", "single", "paced")),
        _fanout("python-socketio", 1, ("saturated",)),
    ],
    phases={
        "calls": "calls:secs=1.5,warmup=0.5",
        "saturated": "fanout:window=8,secs=1.5,warmup=0.5",
        "single": "fanout:window=1,secs=1.5,warmup=0.3",
        "paced": "fanout:rate=20,secs=2,warmup=0.5",
    },
    idle={"livewidget": 500},
    receivers=(),
    pages=(),
    elements=(),
    renderSeconds=0.4,
)
