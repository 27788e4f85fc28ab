"""The targets of livewidget in comparison with its peers."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.compare.samples import Samples


@dataclass(frozen=True)
class Target:
    """A bound for a figure of livewidget, or for its ratio to that of another server.

    @ivar title: its title.
    @ivar ours: the server and the load.
    @ivar other: those of the other server, or L{None} for the figure itself.
    @ivar bound: the least value, or the largest if C{atMost}.
    @ivar figure: the name of the figure.
    """

    title: str
    ours: tuple[str, str]
    other: tuple[str, str] | None
    bound: float
    figure: str = "rate"
    atMost: bool = False

    def measured(self, samples: Samples) -> float | None:
        """Return the ratio or the figure, or L{None} if it was not measured."""
        if self.other is None:
            return samples.figure(*self.ours, self.figure)
        return samples.ratio(self.ours, self.other, self.figure)

    def isMet(self, value: float) -> bool:
        """Return whether a value meets the target."""
        return value <= self.bound if self.atMost else value >= self.bound


_SATURATED = ("livewidget", "saturated")
_SINGLE = ("livewidget", "single")
_CALLS = ("livewidget", "calls")

TARGETS = [
    Target("fan-out, saturated, to Node socket.io", _SATURATED, ("node-socketio", "saturated"), 4),
    Target("… to python-socketio", _SATURATED, ("python-socketio", "saturated"), 35),
    Target("… to C, frames gathered", _SATURATED, ("kernel-batch", "saturated"), 0.6),
    Target("fan-out, one at a time, to Node socket.io", _SINGLE, ("node-socketio", "single"), 1.2),
    Target("… to C, one send each", _SINGLE, ("kernel-direct", "single"), 0.65),
    Target(
        "p99 latency at 20 broadcasts per second, to Node socket.io",
        ("livewidget", "paced"),
        ("node-socketio", "paced"),
        1.0,
        "p99_us",
        atMost=True,
    ),
    Target("calls per second, to python-socketio", _CALLS, ("python-socketio", "calls"), 4),
    Target("… to Node socket.io", _CALLS, ("node-socketio", "calls"), 0.8),
    Target(
        "memory of an idle connected page, KiB",
        ("livewidget", "idle"),
        None,
        20,
        "kib",
        atMost=True,
    ),
    Target("loop of `callRemoteOnly`, to a topic", ("loop", "saturated"), _SATURATED, 0.4),
    Target(
        "loop of `callRemote`, answers per second to calls per second",
        ("answers", "single"),
        _CALLS,
        0.8,
    ),
    Target("event stream fan-out, to WebSocket", ("stream", "saturated"), _SATURATED, 0.5),
    Target(
        "long-poll calls, to python-socketio calls on polling",
        ("poll", "calls"),
        ("python-socketio-polling", "calls"),
        2,
    ),
]
