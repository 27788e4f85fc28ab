"""Tests of takeovers between transports: no message is lost or repeated."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest

from livewidget.page.page import Page
from livewidget.wire.messages import Call
from tests.support.log import Log
from tests.support.poster import Exchange, Poster
from tests.support.server import Server, calls, echo, show
from tests.support.websocket import Socket

KINDS = ["websocket", "stream", "poll"]


class Connection:
    """The browser's end of a connection of any transport.

    @ivar shown: the messages that it has received.
    @ivar closed: the code with which the server closed it.
    """

    def __init__(self, server: Server, page: Page, kind: str, number: int, count: int) -> None:
        self.shown: list[Any] = []
        self.closed: int | None = None
        self._begin = count
        self._poster = Poster(server.resource, page.pageId)
        self._poster.connection = number
        self._poster.received = count
        self._kind = kind
        if kind == "websocket":
            self._socket = Socket(server.resource)
            welcome = self._socket.hello(page, number, count)
            self._take([json.loads(data) for data in self._socket.after])
        elif kind == "stream":
            self._stream = self._poster.stream()
            welcome, *messages = self._stream.events()
            self._take(messages)
        else:
            welcome = self._poster.hello()
            self._take(welcome.get("messages", []))
            self._poll()
        self.welcome: Any = welcome

    @property
    def received(self) -> int:
        """Return how many messages the browser has received in all."""
        return self._begin + len(self.shown)

    def look(self) -> None:
        """Read what has arrived."""
        if self._kind == "websocket":
            self._take([json.loads(data) for data in self._socket.take()])
            self.closed = self._socket.code
        elif self._kind == "stream":
            self._take(self._stream.events())
        else:
            while self.closed is None and not self._waiting.waits:
                answer = self._waiting.answer()
                self._take([answer] if "close" in answer else answer.get("messages", []))
                self._poll()

    def say(self, text: str, count: int) -> None:
        """Call the server."""
        call = Call(None, 1, "say", [text])
        if self._kind == "websocket":
            self._socket.send(call)
        else:
            self._poster.send(call, first=count)

    def _poll(self) -> None:
        self._poster.received = self.received
        self._waiting: Exchange = self._poster.poll()

    def _take(self, messages: list[Any]) -> None:
        for message in messages:
            if isinstance(message, list):
                self.shown.append(message)
            elif "close" in message:
                self.closed = message["close"][0]


@pytest.mark.parametrize(("older", "newer"), list(product(KINDS, KINDS)))
def test_newerConnectionTakesOverWithoutLossOrRepetition(
    server: Server, page: Page, older: str, newer: str
) -> None:
    """The older connection gets 4409. Each message arrives once, and each call runs once."""
    show(page, 1)
    one = Connection(server, page, older, 1, 0)
    show(page, 2)
    one.look()
    assert one.shown == calls(1, 2)
    one.say("a", 1)

    two = Connection(server, page, newer, 2, one.received)
    assert two.welcome["received"] == 1
    one.look()
    assert one.closed == 4409
    one.say("b", 2)
    two.say("b", 2)
    two.say("c", 3)
    show(page, 3)
    two.look()
    one.look()
    assert (one.shown, two.shown) == (calls(1, 2), calls(3))
    assert echo(page).heard == ["a", "b", "c"]
    assert two.closed is None


@pytest.mark.parametrize(("older", "newer"), list(product(KINDS, KINDS)))
def test_uncountedMessagesComeAgainOnTheNewerConnection(
    server: Server, page: Page, older: str, newer: str
) -> None:
    """Messages that the browser has not counted are sent again on the newer connection."""
    Connection(server, page, older, 1, 0)
    for number in (1, 2):
        show(page, number)
    two = Connection(server, page, newer, 2, 1)
    two.look()
    assert two.shown == calls(2)


@pytest.mark.parametrize(("older", "newer"), list(product(KINDS, KINDS)))
def test_lateHelloOfAnOlderConnectionIsRefused(
    server: Server, page: Page, log: Log, older: str, newer: str
) -> None:
    """A hello of an older connection that arrives late gets 4409 and changes nothing."""
    two = Connection(server, page, newer, 2, 0)
    if older == "websocket":
        socket = Socket(server.resource)
        socket.hello(page, 1)
        assert socket.code == 4409
    else:
        poster = Poster(server.resource, page.pageId)
        answer = poster.begin(older, hello=True).answer()
        assert answer["close"][0] == 4409
    show(page, 1)
    two.look()
    assert two.shown == calls(1)
    assert len(log.texts()) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_manyTakeoversKeepAllMessagesInOrder(server: Server, page: Page, kind: str) -> None:
    """Messages arrive once and in order over many connections of changing transports."""
    seen: list[Any] = []
    for number in range(1, 13):
        now = KINDS[(number + KINDS.index(kind)) % 3] if number % 4 else kind
        connection = Connection(server, page, now, number, len(seen))
        show(page, 2 * number - 1)
        connection.say(str(number), number)
        show(page, 2 * number)
        # On every third connection the messages are lost on their way.
        if number % 3:
            connection.look()
        seen += connection.shown
    last = Connection(server, page, kind, 13, len(seen))
    last.look()
    assert seen + last.shown == calls(*range(1, 25))
    assert echo(page).heard == [str(number) for number in range(1, 13)]
