"""How the cost grows: with receivers, idle pages, and elements on a page."""

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
#: Receivers from which on a measurement takes longer.
MANY = 2000
# Eight broadcasts to a thousand elements would be more than may be unacknowledged of a page.
_SINGLE = "fanout:window=1,secs=1,warmup=0.4"
#: Seconds of rest before memory is read.
REST = 1.0
#: Seconds in which idle pages are watched: each has one heartbeat.
WATCHED = Settings().heartbeat


@dataclass(frozen=True)
class Growth:
    """One cost beside what it grows with.

    @ivar name: short.
    @ivar title: what the plot shows.
    @ivar per: what it grows with.
    @ivar unit: of the cost.
    @ivar lines: by name, the points.
    @ivar note: what else is to be said, or nothing.
    """

    name: str
    title: str
    per: str
    unit: str
    lines: dict[str, list[tuple[float, float]]]
    note: str = ""


def growingReceivers(numbers: Sequence[int]) -> Growth:
    """What the server does for one broadcast."""
    points = []
    for number in numbers:
        with _unpaced().serving() as server:
            phase = _SATURATED if number < MANY else _LONGER
            (figures,) = measure(_unpaced(), server, number, [phase])
        points.append((float(number), millisecondsOf(figures, number)))
    return Growth(
        "receivers",
        "A broadcast, 200 bytes, eight under way",
        "receivers",
        "ms of a core",
        {"livewidget": points},
    )


def growingPages(numbers: Sequence[int]) -> Growth:
    """What idle pages take."""
    contestant = CONTESTANTS["livewidget"]
    memory: list[tuple[float, float]] = []
    share = 0.0
    with contestant.serving() as server:
        with holding(contestant, server, [1]) as steps:
            # What the first page makes the process load belongs to none.
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
    """What elements on one page cost, when it is rendered and when all of them are told."""
    rendered = [(float(number), _renderMilliseconds(number, seconds)) for number in numbers]
    yield Growth(
        "elements-render",
        "To make and render a page, and to end it",
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
    """The time of the server's core for one broadcast.

    @param figures: of the load generator.
    @param deliveries: that make one broadcast.
    @raise Trouble: there were none.
    """
    if not figures["rate"]:
        raise Trouble("no broadcast was delivered in the time")
    return float(1000 * figures["srv_cpu"] / figures["rate"] * deliveries)


def _unpaced(**environment: str) -> Contestant:
    return replace(CONTESTANTS["livewidget"], command=UNPACED, environment=environment)


def _toElements(number: int, method: str) -> tuple[float, float]:
    contestant = replace(_unpaced(**{ELEMENTS: str(number)}), method=method)
    # A topic's event is one message for all elements of a page.
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
