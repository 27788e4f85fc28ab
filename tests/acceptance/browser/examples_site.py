"""The examples with a clock and answers that tests control: python … [PORT]."""

from __future__ import annotations

import sys

from serve import SITES, live, main
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.web.http import Request
from twisted.web.resource import Resource

from examples.calculator import CalculatorElement
from examples.clock import ClockElement
from examples.search import NAMES, SearchElement


class Held:
    """Answers to searches, each sent when a test says so."""

    def __init__(self) -> None:
        self._answers: dict[str, Deferred[list[str]]] = {}

    def find(self, text: str) -> Deferred[list[str]]:
        """Return the names that contain a text, later."""
        return self._answers.setdefault(text, Deferred())

    def release(self, text: str) -> None:
        """Send the answer for a text, even if the question follows later."""
        self.find(text).callback([name for name in NAMES if text in name])


class Told(Resource):
    """C{POST /tick} moves the clock by a second, C{POST /answer?TEXT} sends an answer."""

    isLeaf = True

    def __init__(self, clock: Clock, held: Held) -> None:
        super().__init__()
        self._clock = clock
        self._held = held

    def render_POST(self, request: Request) -> bytes:
        if request.path == b"/tick":
            self._clock.advance(1)
        else:
            self._held.release(request.args[b"text"][0].decode())
        return b""


def examples() -> Resource:
    """Return a resource with each example at its name."""
    clock, held = Clock(), Held()
    root = Resource()
    root.putChild(b"calculator", live(CalculatorElement))
    root.putChild(b"clock", live(lambda: ClockElement(clock)))
    root.putChild(b"search", live(lambda: SearchElement(held.find)))
    for name in (b"tick", b"answer"):
        root.putChild(name, Told(clock, held))
    return root


if __name__ == "__main__":
    SITES["examples"] = examples
    main("examples", *sys.argv[1:])
