"""How the cost grows: with receivers, idle pages, and elements on a page."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.compare.contestants import CONTESTANTS, UNPACED, Contestant
from benchmarks.compare.generator import holding, measure
from benchmarks.compare.serving import Server, serving
from benchmarks.ours import ELEMENTS, Room, TallPage, Topic
from benchmarks.render import Served, rate

_SATURATED = "fanout:window=8,secs=1.5,warmup=0.7"
# Eight broadcasts to a thousand elements would be more than may be unacknowledged of a page.
_SINGLE = "fanout:window=1,secs=1,warmup=0.4"
#: Seconds of rest before memory is read, and in which idle pages are watched.
REST = 1.0
WATCHED = 2.0


@dataclass(frozen=True)
class Growth:
    """One cost beside what it grows with.

    @ivar name: short.
    @ivar title: what the plot shows.
    @ivar per: what it grows with.
    @ivar unit: of the cost.
    @ivar lines: by name, the points.
    """

    name: str
    title: str
    per: str
    unit: str
    lines: dict[str, list[tuple[float, float]]]


def growingReceivers(numbers: Sequence[int]) -> Growth:
    """What the server does for one broadcast."""
    points = []
    for number in numbers:
        with serving(_unpaced()) as server:
            (figures,) = measure(_unpaced(), server, number, [_SATURATED])
        points.append((float(number), _millisecondsOf(figures)))
    return Growth(
        "receivers",
        "A broadcast, 200 bytes, eight under way",
        "receivers",
        "ms of a core",
        {"livewidget": points},
    )


def growingPages(numbers: Sequence[int]) -> Iterator[Growth]:
    """What idle pages take."""
    contestant = CONTESTANTS["livewidget"]
    memory: list[tuple[float, float]] = []
    time_: list[tuple[float, float]] = []
    with serving(contestant) as server:
        with holding(contestant, server, [1]) as steps:
            # What the first page makes the process load belongs to none.
            next(steps)
            time.sleep(REST)
        before = server.memory()
        with holding(contestant, server, numbers) as steps:
            for number in steps:
                time.sleep(REST)
                memory.append((number, max(server.memory() - before, 1) / 1024))
                time_.append((number, _idleShare(server)))
    yield Growth("pages", "Memory of idle connected pages", "pages", "MiB", {"livewidget": memory})
    yield Growth(
        "pages-time", "Time of a core for idle pages", "pages", "ms a second", {"livewidget": time_}
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
    lines = {"loop of callRemoteOnly": [_toElements(number, "castLoop") for number in numbers]}
    if Topic is not None:
        lines["topic"] = [_toElements(number, "cast") for number in numbers]
    yield Growth(
        "elements-fanout",
        "A broadcast to all elements of two pages, one at a time",
        "elements on a page",
        "ms of a core",
        lines,
    )


def _unpaced(**environment: str) -> Contestant:
    return replace(CONTESTANTS["livewidget"], command=UNPACED, environment=environment)


def _toElements(number: int, method: str) -> tuple[float, float]:
    contestant = replace(_unpaced(**{ELEMENTS: str(number)}), method=method)
    # A topic's event is one message for all elements of a page.
    copies = number if method == "castLoop" else 1
    with serving(contestant) as server:
        (figures,) = measure(contestant, server, 1, [_SINGLE], copies)
    return float(number), _millisecondsOf(figures)


def _millisecondsOf(figures: dict[str, Any]) -> float:
    """Of the server's core, for one broadcast."""
    return float(1000 * figures["srv_cpu"] / figures["casts_s"])


def _idleShare(server: Server) -> float:
    before = server.seconds()
    time.sleep(WATCHED)
    return 1000 * (server.seconds() - before) / WATCHED


def _renderMilliseconds(number: int, seconds: float) -> float:
    served = Served(lambda: TallPage(Room(), number))
    served.page()
    return 1000 / rate(served.page, seconds)
