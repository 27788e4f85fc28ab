"""Pages of the chat rendered per second on one core."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import globalLogBeginner
from twisted.web.http import Request
from twisted.web.server import Site

import livewidget
from benchmarks.figures import table, verdict
from examples.chat import ChatRoom
from livewidget import LiveElement, LivePage, LiveResource

GOAL = 1_000

_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class _Site(Site):
    def log(self, request: Request) -> None:
        """Log nothing, like the command."""


class Served:
    """A site whose pages are requested over one connection in memory.

    @param factory: returns the element or the page.
    @ivar html: the HTML of the last page.
    """

    def __init__(self, factory: Callable[[], LiveElement | LivePage]) -> None:
        self._made: list[LiveElement | LivePage] = []
        self._factory = factory
        self._transport = StringTransport(peerAddress=IPv4Address("TCP", "127.0.0.1", 50000))
        site = _Site(LiveResource(self._make, clock=Clock()), reactor=Clock(), timeout=None)
        self._channel = site.buildProtocol(self._transport.getPeer())
        self._channel.makeConnection(self._transport)
        self.html = ""

    def page(self) -> None:
        """Request a page as a browser does, and end it."""
        self._channel.dataReceived(_REQUEST)
        self.html = self._transport.value().decode().partition("\r\n\r\n")[2]
        self._transport.clear()
        made = self._made.pop()
        page = made.page if isinstance(made, LiveElement) else made
        assert page is not None
        page.close()

    def _make(self) -> LiveElement | LivePage:
        made = self._factory()
        self._made.append(made)
        return made


class Plain:
    """The floor: Jinja2 alone renders the same templates.

    @param like: the HTML to reproduce.
    @ivar html: the HTML of the last page.
    """

    def __init__(self, like: str) -> None:
        own = Path(next(iter(livewidget.__path__)))
        chat = own.parent / "examples" / "chat"
        loader = FileSystemLoader([own / "rendering" / "html", chat])
        environment = Environment(loader=loader, autoescape=True)
        parts = environment.overlay(trim_blocks=True, lstrip_blocks=True)
        self._page = environment.get_template("page.html")
        self._head = parts.get_template("head.html")
        self._scripts = parts.get_template("scripts.html")
        self._element = environment.get_template("template.html")
        self._values = _valuesOf(like)
        self.html = ""

    def page(self) -> None:
        """Render the templates."""
        body = self._element.render(
            liveElement=Markup('data-live-element="1"'), liveId=lambda name: f"live-1-{name}"
        )
        self.html = self._page.render(
            self._values,
            elements=[Markup(body)],
            liveHead=Markup(self._head.render(self._values)),
            liveScripts=Markup(self._scripts.render(self._values)),
        )


def _valuesOf(html: str) -> dict[str, object]:
    """Return the values that the page template was rendered with, parsed from the HTML."""

    def between(before: str, after: str, text: str = html) -> list[str]:
        return [part.partition(after)[0] for part in text.split(before)[1:]]

    return {
        "title": between("<title>", "</title>")[0],
        "language": between('<html lang="', '"')[0],
        "unsupported": between("data-live-unsupported hidden>", "</p>")[0],
        "nonce": between('nonce="', '"')[0],
        "styles": between('rel="stylesheet" href="', '"'),
        "preloads": between('rel="modulepreload" href="', '"'),
        "importMap": Markup(html.partition("importmap")[2].partition(">")[2].partition("<")[0]),
        "start": Markup(between('id="livewidget-start">', "<")[0]),
    }


def rate(work: Callable[[], None], seconds: float) -> float:
    """Return how often a function runs per second of processor time.

    @param seconds: how long to run it.
    """
    count, begun = 0, process_time()
    while process_time() - begun < seconds:
        work()
        count += 1
    return count / (process_time() - begun)


def measure(rounds: int, seconds: float) -> tuple[float, float, float]:
    """Measure both in turns, since the machine's speed changes.

    @param seconds: the length of each round.
    @return: medians of livewidget's pages per second, the floor's, and the ratio.
    """
    # Otherwise Twisted buffers log entries for an observer that may be added.
    globalLogBeginner.beginLoggingTo([], redirectStandardIO=False)
    served = Served(ChatRoom().makeChatter)
    served.page()
    plain = Plain(served.html)
    plain.page()
    if plain.html != served.html:
        raise SystemExit("the floor renders a different page")
    pairs = [(rate(served.page, seconds), rate(plain.page, seconds)) for _ in range(rounds)]
    ours, floor = (median(column) for column in zip(*pairs, strict=True))
    return ours, floor, median(one / other for one, other in pairs)


def main(arguments: list[str] | None = None) -> None:
    """Print the medians, and whether the goal is met."""
    parser = argparse.ArgumentParser(prog="benchmarks.micro.render", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0, help="the length of each round")
    options = parser.parse_args(arguments)

    ours, floor, ratio = measure(options.rounds, options.seconds)
    print("render: pages of the chat per second, on one core\n")
    rows = [
        ["livewidget: request, element, page, HTML, end", f"{ours:,.0f}", f"{ratio:.2f}"],
        ["floor: Jinja2 alone", f"{floor:,.0f}", "1.00"],
    ]
    print(table(["", "per second", "to the floor"], rows))
    print(f"\nlivewidget: {verdict(ours, GOAL, 'per second', atMost=False)}")


if __name__ == "__main__":
    main()
