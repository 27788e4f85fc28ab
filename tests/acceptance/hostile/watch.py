"""A port of the attacked server for its vital figures and for moving its time."""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from livewidget import LiveResource
from tests.acceptance.hostile.probe import ProbeElement
from tests.support.time import ReactorTime

#: Names of classes whose living objects are counted.
WATCHED = frozenset(
    [
        "ChatterElement",
        "Deferred",
        "Delivery",
        "EventStreamTransport",
        "LiveChannel",
        "Page",
        "LiveRequest",
        "LongPollTransport",
        "ProbeElement",
        "Reply",
        "Server",
        "SproutElement",
        "WebSocketConnection",
    ]
)


class Watch(Resource):
    """C{GET /vitals}, C{POST /advance?seconds=N} and C{POST /logout?identity=X}."""

    isLeaf = True

    def __init__(self, reactor: Any, resources: Sequence[LiveResource]) -> None:
        super().__init__()
        self._reactor = reactor
        self._resources = resources
        self._time = ReactorTime(reactor)

    def render_GET(self, request: Request) -> bytes:
        """Return the figures after a garbage collection, as a JSON object."""
        return json.dumps(vitals(self._reactor, self._resources)).encode()

    def render_POST(self, request: Request) -> int:
        """Close the pages of an identity or move the time. The answer follows when that is done."""
        for identity in request.args.get(b"identity", []):
            for live in self._resources:
                live.pages.close(identity, "logged out")
        done = self._time.advance(float(request.args.get(b"seconds", [0])[0]))
        done.addCallback(lambda _: request.finish())
        return NOT_DONE_YET


def vitals(reactor: Any, resources: Sequence[LiveResource]) -> dict[str, Any]:
    """Return the figures that must return to their start, and the counters."""
    gc.collect()
    pages = [resource.pages for resource in resources]
    found = Counter(type(each).__name__ for each in gc.get_objects())
    return {
        "pages": sum(map(len, pages)),
        "buffered": sum(each.bufferedBytes for each in pages),
        "timers": len(reactor.getDelayedCalls()),
        "files": len(os.listdir("/dev/fd")),
        "objects": {name: found[name] for name in sorted(WATCHED)},
        "blocks": sys.getallocatedblocks(),
        "memory": residentBytes(),
        "ran": ProbeElement.ran,
        "touched": ProbeElement.touched,
    }


def residentBytes() -> int:
    """Return the memory of the process in bytes, or its peak where only that is known."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return pages * resource.getpagesize()
