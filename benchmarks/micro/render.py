"""The first HTML of the chat's page: how many a second on one core."""

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
        """Say nothing, as the command."""


class Served:
    """Pages of a site, asked for over one connection in memory.

    @param factory: makes the element or the page.
    @ivar html: of the last page.
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
        """Get a page, whole and as a browser does; then it ends."""
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
    """The floor: Jinja2 fills in the same templates, and nothing else happens.

    @ivar html: of the last page.
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
        """Fill the templates in."""
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
    """What the template of the page was given, read out of a page."""

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
    """How often a second of a core's time something can be done, tried for some seconds."""
    count, begun = 0, process_time()
    while process_time() - begun < seconds:
        work()
        count += 1
    return count / (process_time() - begun)


def measure(rounds: int, seconds: float) -> tuple[float, float, float]:
    """Measure in turns, since the machine's speed changes.

    @param seconds: of each round.
    @return: our pages a second, those of the floor, the ratio; medians.
    """
    # Else Twisted keeps what is logged for a log that may come.
    globalLogBeginner.beginLoggingTo([], redirectStandardIO=False)
    served = Served(ChatRoom().makeChatter)
    served.page()
    plain = Plain(served.html)
    plain.page()
    if plain.html != served.html:
        raise SystemExit("the floor renders another page")
    pairs = [(rate(served.page, seconds), rate(plain.page, seconds)) for _ in range(rounds)]
    ours, floor = (median(column) for column in zip(*pairs, strict=True))
    return ours, floor, median(one / other for one, other in pairs)


def main(arguments: list[str] | None = None) -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(prog="benchmarks.micro.render", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each round")
    options = parser.parse_args(arguments)

    ours, floor, ratio = measure(options.rounds, options.seconds)
    print("render: pages of the chat a second, on one core\n")
    rows = [
        ["livewidget: request, element, page, HTML, end", f"{ours:,.0f}", f"{ratio:.2f}"],
        ["floor: Jinja2 alone", f"{floor:,.0f}", "1.00"],
    ]
    print(table(["", "a second", "to the floor"], rows))
    print(f"\nlivewidget: {verdict(ours, GOAL, 'a second', atMost=False)}")


if __name__ == "__main__":
    main()
