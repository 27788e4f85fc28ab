"""Tests of C{livewidget.transports.websocket.states}, by real connections."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from livewidget import LiveElement
from livewidget.page.page import Page
from livewidget.transports.websocket.protocol import FRAMES_PER_TURN, WebSocketConnection
from livewidget.transports.websocket.resource import WebSocketEntry
from livewidget.transports.websocket.states import TRANSITIONS, Event, State
from livewidget.wire.controls import Hello, encodeControl
from tests.support.log import Log
from tests.support.pages import CLAIM
from tests.support.server import Server
from tests.support.websocket import CLOSE, HANDSHAKE, PING, Socket, frame

#: The states in which a connection sends and handles messages.
USABLE = {State.AWAITING_HELLO, State.ANSWERING_HELLO, State.OPEN}
BYE = frame((1000).to_bytes(2, "big"), CLOSE)


class Hook(LiveElement):
    """An element that acts while its page handles the hello."""

    def __init__(self, does: Callable[[], object]) -> None:
        self._does = does

    def connectionMade(self) -> None:
        self._does()


class Tried:
    """A connection in some state.

    @ivar protocol: the connection.
    @ivar states: the states that it has been in.
    @ivar socket: the browser's side, if the handshake is done.
    @ivar page: the page that the hello names.
    @ivar during: called while the page handles the hello.
    """

    def __init__(self) -> None:
        self.server = Server()
        self.page: Page = self.server.resource.pages.make()
        self.page.attach(Hook(lambda: self.during()))
        self.during: Callable[[], object] = lambda: None

    def begin(self) -> None:
        """Begin a connection that has sent nothing yet."""
        factory = WebSocketEntry(self.server.resource.pages)._factory
        self.protocol: WebSocketConnection = factory.buildProtocol(None)
        self.transport: Any = StringTransport()
        self.transport.protocol = self.protocol
        self.transport.registerProducer(self.protocol, True)
        self.protocol.makeConnection(self.transport)
        self._watch()

    def connect(self) -> None:
        """Make the handshake."""
        self.socket = Socket(self.server.resource)
        self.transport = self.socket.wire.transport
        self.protocol = self.transport.protocol
        self._watch()

    def hello(self) -> None:
        """Send a hello."""
        self.socket.send(encodeControl(Hello(self.page.pageId, CLAIM, 1, 0)))

    def closing(self) -> None:
        """Have the application close the page."""
        self.connect()
        self.hello()
        self.page.close("bye")

    def lose(self) -> None:
        """Lose the connection."""
        self.protocol.connectionLost(Failure(ConnectionError()))

    def _watch(self) -> None:
        move = self.protocol._move
        self.states = [self.protocol._state]

        def watched(event: Event) -> bool:
            moved = move(event)
            if moved:
                self.states.append(self.protocol._state)
            return moved

        self.protocol._move = watched

    def check(self) -> None:
        """Check what each state implies."""
        protocol = self.protocol
        timers = self.server.clock.getDelayedCalls()
        assert (protocol._helloTimer in timers) == (protocol._state is State.AWAITING_HELLO)
        out = protocol._out
        assert (out is not None and out.open) == (protocol._state in USABLE)
        if protocol._state is State.CLOSED:
            assert [call for call in timers if "WebSocketConnection" in str(call)] == []
        if protocol._state in USABLE:
            assert protocol.state == protocol.STATE_OPEN


def accepted(it: Tried) -> None:
    """Complete the handshake."""
    it.begin()
    lines = ["GET / HTTP/1.1", "Host: localhost:8080", *(f"{n}: {v}" for n, v in HANDSHAKE.items())]
    it.protocol.dataReceived("".join(f"{line}\r\n" for line in [*lines, ""]).encode())


def malformedHandshake(it: Tried) -> None:
    """Send bytes that are not a handshake."""
    it.begin()
    it.protocol.dataReceived(b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n")


def lostInHandshake(it: Tried) -> None:
    """Lose the connection before the handshake."""
    it.begin()
    it.lose()


def heardHello(it: Tried) -> None:
    """Send a hello; check the state while the page handles it."""
    it.connect()
    it.during = it.check
    it.hello()


def closedBeforeHello(it: Tried) -> None:
    """Send no hello in time."""
    it.connect()
    it.server.clock.advance(10)


def lostBeforeHello(it: Tried) -> None:
    """Lose the connection before the hello."""
    it.connect()
    it.lose()


def closedInHook(it: Tried) -> None:
    """Close the page while it handles the hello."""
    it.connect()
    it.during = lambda: it.page.close("full")
    it.hello()


def lostInHook(it: Tried) -> None:
    """Lose the connection while the page handles the hello, by a hook that runs the reactor."""
    it.connect()
    it.during = it.lose
    it.hello()
    assert it.page.transport is None


def closedByBrowser(it: Tried) -> None:
    """Have the browser close an open connection."""
    it.connect()
    it.hello()
    it.socket.wire.send(BYE)


def lostWhileOpen(it: Tried) -> None:
    """Lose an open connection."""
    it.connect()
    it.hello()
    it.lose()
    assert it.page.transport is None


def lostWhileClosing(it: Tried) -> None:
    """Lose a connection that is closing, before it would be cut."""
    closedByBrowser(it)
    assert not it.transport.disconnected
    it.lose()


#: For each row of the table, a function that leads a new connection through it.
ROWS: dict[tuple[State, Event], Callable[[Tried], None]] = {
    (State.HANDSHAKE, Event.ACCEPTED): accepted,
    (State.HANDSHAKE, Event.CLOSE): malformedHandshake,
    (State.HANDSHAKE, Event.LOST): lostInHandshake,
    (State.AWAITING_HELLO, Event.HELLO): heardHello,
    (State.AWAITING_HELLO, Event.CLOSE): closedBeforeHello,
    (State.AWAITING_HELLO, Event.LOST): lostBeforeHello,
    (State.ANSWERING_HELLO, Event.WELCOMED): heardHello,
    (State.ANSWERING_HELLO, Event.CLOSE): closedInHook,
    (State.ANSWERING_HELLO, Event.LOST): lostInHook,
    (State.OPEN, Event.CLOSE): closedByBrowser,
    (State.OPEN, Event.LOST): lostWhileOpen,
    (State.CLOSING, Event.LOST): lostWhileClosing,
}


def test_everyRowOfTheTableIsTried() -> None:
    """The rows below are those of the table."""
    assert ROWS.keys() == TRANSITIONS.keys()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0].name}-{row[1].name}")
def test_connectionFollowsTheTable(row: tuple[State, Event], log: Log) -> None:
    """A real connection goes from the state of the row to the one that the table names."""
    it = Tried()
    ROWS[row](it)
    it.check()
    assert (row[0], TRANSITIONS[row]) in pairwise(it.states)
    for text in log.texts():
        assert " refused (44" in text
    log.events.clear()


def test_lostConnectionForgetsItsFramesOfTheNextTurn() -> None:
    """Frames that wait for the next turn leave no timer when the connection is lost."""
    it = Tried()
    it.connect()
    it.socket.wire.send(frame(b"", PING) * (FRAMES_PER_TURN + 1))
    assert any("_continue" in str(call) for call in it.server.clock.getDelayedCalls())
    it.lose()
    it.check()


@pytest.mark.parametrize("state", State)
def test_closedIsFinalAndReachedFromEverywhere(state: State) -> None:
    """Losing the connection leads to CLOSED from any state, and nothing leads out of it."""
    if state is State.CLOSED:
        assert not any(before is state for before, _ in TRANSITIONS)
    else:
        assert TRANSITIONS[state, Event.LOST] is State.CLOSED


@pytest.mark.parametrize("event", Event)
def test_eventWithoutARowChangesNothing(event: Event) -> None:
    """A closing connection stays so, whatever happens but its loss."""
    it = Tried()
    it.closing()
    assert it.protocol._state is State.CLOSING
    moved = it.protocol._move(event)
    assert moved == (event is Event.LOST)
    assert (it.protocol._state is State.CLOSED) == moved


def test_refusedOriginNeverAwaitsAHello(log: Log) -> None:
    """A connection with a foreign Origin closes right after the handshake."""
    server = Server()
    socket = Socket(server.resource, Origin="http://evil.example")
    protocol: Any = socket.wire.transport.protocol
    assert protocol._state is State.CLOSING
    assert server.clock.getDelayedCalls() == []
    log.take("connection refused (4403)")


def test_messageDuringTheHelloIsRefused(log: Log) -> None:
    """A message while the page handles the hello closes the connection and is not handled."""
    it = Tried()
    it.connect()
    it.during = it.hello
    it.hello()
    assert it.socket.code == 4400
    assert not it.page.delivery.connected
    log.take("connection refused (4400): 'a message before the hello was answered'")
