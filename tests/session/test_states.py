"""Tests of L{livewidget.session.state.SessionState}: the documented table is what happens."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from livewidget import Limits, LiveElement, ProtocolError
from livewidget.page.page import Page
from livewidget.session.state import SessionState
from livewidget.wire.codes import MALFORMED
from tests.support.log import Log
from tests.support.pages import Bench, FakeTransport

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "page-states.md"


class Life:
    """A page that passes through its states, and its latest connection."""

    def __init__(self) -> None:
        self.bench = Bench(limits=Limits(message=100, messages=2, bytes=200))
        self.page = self.bench.page(LiveElement())
        self.connections: list[FakeTransport] = []

    def connect(self) -> None:
        """Say hello on a new connection."""
        self.connections.append(self.bench.connect(self.page, len(self.connections) + 1))

    def lose(self) -> None:
        """Lose the connection in use."""
        self.connections[-1].lose()

    def wait(self, seconds: float) -> None:
        """Let time pass, in steps that timers can follow."""
        self.bench.clock.pump([seconds / 10] * 11)


def leave(life: Life) -> None:
    """Leave the page on a new connection, and wait until the server has ended it."""
    if life.page.state is SessionState.RENDERED:
        life.page.checkClaim("the-claim-of-a-test")
    life.page.leaving(len(life.connections) + 1)
    life.wait(life.page.settings.leaveWindow)


def fill(life: Life) -> None:
    """Send more than the browser may leave unacknowledged."""
    for _ in range(3):
        life.page.post(b'["detach",1]')
    life.wait(0)


def violate(life: Life) -> None:
    """Send bytes that are not a message."""
    life.connections[-1].receive(b"nonsense")


def greetAnEndedPage(life: Life) -> None:
    """Say hello to a page that has ended."""
    with pytest.raises(ProtocolError):
        life.connect()


#: How a page gets into each state.
REACH: dict[str, Callable[[Life], object]] = {
    "rendered": lambda life: None,
    "connected": Life.connect,
    "lost": lambda life: (life.connect(), life.lose()),
    "ended": lambda life: life.page.close(),
}

#: The function that causes each event of the table.
HAPPEN: dict[str, Callable[[Life], object]] = {
    "the first hello": Life.connect,
    "a hello": lambda life: greetAnEndedPage(life) if life.page.ended else life.connect(),
    "a newer connection says hello": Life.connect,
    "`connectWithin` has passed": lambda life: life.wait(life.page.settings.connectWithin),
    "the connection closes": Life.lose,
    "silence for `heartbeat` + `timeout`": lambda life: life.wait(
        life.page.settings.heartbeat + life.page.settings.timeout
    ),
    "`resumeWindow` has passed": lambda life: life.wait(life.page.settings.resumeWindow),
    "the browser leaves the page, and `leaveWindow` has passed": leave,
    "`close()`": lambda life: life.page.close(),
    "the send buffer is full": fill,
    "the browser violates the protocol": violate,
}


def rows() -> list[tuple[str, str, str, str]]:
    """Return the rows of the documented table: state, event, next state and its close codes."""
    text = PAGE.read_text(encoding="utf-8").partition("## On the server")[2].partition("\n## ")[0]
    found = []
    for line in re.findall(r"^\| ([a-z].*) \|$", text, re.MULTILINE):
        states, event, after, _ = line.split(" | ")
        if states == "state":
            continue
        state, _, codes = after.partition(" ")
        found += [(before, event, state, codes) for before in states.split(", ")]
    return found


def codeOf(page: Page) -> str:
    """Return the close code of a page's end, as a text; empty while it has not ended."""
    return "" if page.ended is None else str(page.ended.code)


def test_theTableNamesEveryStateAndEvent() -> None:
    """Each state and each event of the tests is in the documented table, and no other."""
    assert {before for before, *_ in rows()} == {state.value for state in SessionState}
    assert {event for _, event, *_ in rows()} == HAPPEN.keys()
    assert len(rows()) > 15


@pytest.mark.parametrize(("before", "event", "after", "codes"), rows())
def test_eachDocumentedEventLeadsToTheDocumentedState(
    before: str, event: str, after: str, codes: str, log: Log
) -> None:
    """From each state of the table, each event leads to the state and close code beside it."""
    life = Life()
    REACH[before](life)
    assert life.page.state.value == before
    HAPPEN[event](life)
    assert life.page.state.value == after
    if codes:
        assert codeOf(life.page) in codes
    if event == "the browser violates the protocol":
        assert codeOf(life.page) == str(MALFORMED)


@pytest.mark.parametrize("state", ["rendered", "lost"])
def test_aConnectionInUseIsWhatConnectedMeans(state: str) -> None:
    """A page without a transport is never connected, whatever was before."""
    life = Life()
    REACH[state](life)
    assert life.page.transport is None
    life.connect()
    assert (life.page.state, life.page.transport) == (
        SessionState.CONNECTED,
        life.connections[-1],
    )
