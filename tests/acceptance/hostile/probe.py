"""An element that does on demand what an application may do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.web.http import Request

from livewidget import LiveElement, LiveError, expose


class Sorry(LiveError):
    """An error that the browser may see."""


class SproutElement(LiveElement):
    """An element that is added later, with a count of those made and not lost.

    @cvar alive: the number of them.
    """

    template = "sprout.html"
    alive = 0

    def connectionMade(self) -> None:
        """Count the element."""
        SproutElement.alive += 1

    def connectionLost(self, reason: Failure) -> None:
        """Stop counting the element."""
        SproutElement.alive -= 1

    @expose
    def count(self) -> int:
        """Return the number of elements."""
        return SproutElement.alive


class ProbeElement(LiveElement):
    """An element whose methods echo, wait, fail, block and flood. It shows the query's C{text}.

    @cvar ran: the number of exposed methods that have run, in all elements.
    @cvar touched: the number of reads of an attribute that is not exposed.
    """

    template = "probe.html"
    ran = 0
    touched = 0

    def __init__(self, request: Request) -> None:
        [said] = request.args.get(b"text", [b""])
        self.said = said.decode(errors="replace")

    def getInitialArguments(self) -> list[Any]:
        """Return the text of the query."""
        return [self.said]

    @property
    def secret(self) -> str:
        """Record that the attribute, which is not exposed, was read."""
        ProbeElement.touched += 1
        return "secret"

    def unexposed(self) -> None:
        """Record that the method, which is not exposed, was called."""
        ProbeElement.ran += 1

    @expose
    def echo(self, value: Any) -> Any:
        """Return the value itself."""
        ProbeElement.ran += 1
        return value

    @expose
    def add(self, left: int, right: int = 10) -> int:
        """Accept typed arguments, by position or by name."""
        ProbeElement.ran += 1
        return left + right

    @expose
    def hang(self) -> Deferred[None]:
        """Return a Deferred that never fires."""
        ProbeElement.ran += 1
        return Deferred()

    @expose
    def later(self, value: Any, seconds: float) -> Deferred[Any]:
        """Return the value later."""
        ProbeElement.ran += 1
        return deferLater(reactor, seconds, lambda: value)

    @expose
    def fail(self, text: str) -> None:
        """Raise an error that a browser may not see."""
        ProbeElement.ran += 1
        raise RuntimeError(text)

    @expose
    def refuse(self, text: str) -> None:
        """Raise an error that a browser may see."""
        ProbeElement.ran += 1
        raise Sorry(text)

    @expose
    def block(self, path: str) -> None:
        """Block the server until a byte is written to a pipe."""
        ProbeElement.ran += 1
        Path(path).read_bytes()

    @expose
    def pour(self, number: int, size: int) -> None:
        """Send a number of messages, each with a number of characters."""
        ProbeElement.ran += 1
        for _ in range(number):
            self.callRemoteOnly("take", "x" * size)

    @expose
    def sprout(self) -> LiveElement:
        """Return a new element."""
        ProbeElement.ran += 1
        return SproutElement()

    @expose
    def ask(self, number: int) -> None:
        """Make a number of calls that want an answer."""
        ProbeElement.ran += 1
        for _ in range(number):
            self.callRemote("answer")

    @expose
    def close(self, reason: str) -> None:
        """End the page."""
        ProbeElement.ran += 1
        assert self.page is not None
        self.page.close(reason)
