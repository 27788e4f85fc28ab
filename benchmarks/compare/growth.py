"""Measure how costs grow with receivers, idle pages, and elements on a page."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.compare.contestants import CONTESTANTS, UNPACED, Contestant
from benchmarks.compare.generator import holding, measure
from benchmarks.micro.render import Served, rate
from benchmarks.server.player import ELEMENTS, Room, TallPage
from benchmarks.serving import Server, Trouble
from livewidget import Settings

_SATURATED = "fanout:window=8,secs=2,warmup=1"
_LONGER = "fanout:window=8,secs=4,warmup=2"
#: The number of receivers from which on a measurement takes longer.
MANY = 2000
# Eight broadcasts to a thousand elements exceed the limit of unacknowledged messages.
_SINGLE = "fanout:window=1,secs=1,warmup=0.4"
#: Seconds of rest before memory is measured.
REST = 1.0
#: Seconds during which idle pages are measured: each sends one heartbeat.
WATCHED = Settings().heartbeat


@dataclass(frozen=True)
class Growth:
    """A cost, and the quantity that it grows with.

    @ivar name: its short name.
    @ivar title: the title of the plot.
    @ivar per: the quantity.
    @ivar unit: the unit of the cost.
    @ivar lines: the points of each line, by name.
    @ivar note: a remark, or an empty text.
    """

    name: str
    title: str
    per: str
    unit: str
    lines: dict[str, list[tuple[float, float]]]
    note: str = ""


def growingReceivers(numbers: Sequence[int]) -> Growth:
    """Measure the processor time of a broadcast by the number of receivers."""
    points = []
    for number in numbers:
        with _unpaced().serving() as server:
            phase = _SATURATED if number < MANY else _LONGER
            (figures,) = measure(_unpaced(), server, number, [phase])
        points.append((float(number), millisecondsOf(figures, number)))
    return Growth(
        "receivers",
        "A broadcast of 200 bytes, eight in flight",
        "receivers",
        "ms of a core",
        {"livewidget": points},
    )


def growingPages(numbers: Sequence[int]) -> Growth:
    """Measure the memory and processor time of idle pages by their number."""
    contestant = CONTESTANTS["livewidget"]
    memory: list[tuple[float, float]] = []
    share = 0.0
    with contestant.serving() as server:
        with holding(contestant, server, [1]) as steps:
            # What the process loads with its first page is not counted.
            next(steps)
            time.sleep(REST)
        before = server.memory()
        with holding(contestant, server, numbers) as steps:
            for number in steps:
                time.sleep(REST)
                memory.append((number, (server.memory() - before) / 1024))
                if number == numbers[-1]:
                    share = _idleShare(server)
    return Growth(
        "pages",
        "Memory of idle connected pages",
        "pages",
        "MiB",
        {"livewidget": memory},
        f"{numbers[-1]:,} idle pages take {share:.1%} of a core: each has a heartbeat every "
        f"{WATCHED:g} seconds.",
    )


def growingElements(numbers: Sequence[int], seconds: float) -> Iterator[Growth]:
    """Measure rendering a page, and a broadcast to its elements, by their number."""
    rendered = [(float(number), _renderMilliseconds(number, seconds)) for number in numbers]
    yield Growth(
        "elements-render",
        "Making, rendering and ending a page",
        "elements on the page",
        "ms of a core",
        {"livewidget": rendered},
    )
    lines = {
        "topic": [_toElements(number, "cast") for number in numbers],
        "loop of callRemoteOnly": [_toElements(number, "castLoop") for number in numbers],
    }
    yield Growth(
        "elements-fanout",
        "A broadcast to all elements of two pages, one at a time",
        "elements on a page",
        "ms of a core",
        lines,
    )


def millisecondsOf(figures: dict[str, Any], deliveries: int) -> float:
    """Return the processor time of one broadcast, in milliseconds.

    @param figures: the load generator's measurements.
    @param deliveries: the number of deliveries of one broadcast.
    @raise Trouble: nothing was delivered.
    """
    if not figures["rate"]:
        raise Trouble("no broadcast was delivered in the time")
    return float(1000 * figures["srv_cpu"] / figures["rate"] * deliveries)


def _unpaced(**environment: str) -> Contestant:
    return replace(CONTESTANTS["livewidget"], command=UNPACED, environment=environment)


def _toElements(number: int, method: str) -> tuple[float, float]:
    contestant = replace(_unpaced(**{ELEMENTS: str(number)}), method=method)
    # An event of a topic is one message for all elements of a page.
    copies = number if method == "castLoop" else 1
    with contestant.serving() as server:
        (figures,) = measure(contestant, server, 1, [_SINGLE], copies)
    return float(number), millisecondsOf(figures, copies)


def _idleShare(server: Server) -> float:
    before = server.seconds()
    time.sleep(WATCHED)
    return (server.seconds() - before) / WATCHED


def _renderMilliseconds(number: int, seconds: float) -> float:
    served = Served(lambda: TallPage(Room(), number))
    served.page()
    return 1000 / rate(served.page, seconds)
