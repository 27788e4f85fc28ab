"""A server process under attack, and the connections of its attackers."""

from __future__ import annotations

import http.client
import json
import os
import re
from collections.abc import Callable
from typing import Any

from tests.acceptance.hostile.browsers import BROWSERS, KINDS, Browser
from tests.acceptance.hostile.client import PATIENCE, Peer
from tests.support.processes import Server

#: Whether counts are as large as in the threat model, and not reduced for speed.
FULL = "LIVEWIDGET_EXAMPLES" in os.environ


#: The growth allowed since the start, after any number of tests: Python objects of any kind, and
#: bytes, of which the allocators keep some that are free.
BLOCKS = 10_000


MEMORY = (80 if FULL else 24) * 1024 * 1024


#: Seconds after which no timer is left. Time is moved by this much three times.
WINDOW = 61


#: How often the vitals are checked until they have returned to their start.
LOOKS = 300


#: The vitals that must return to their start. "objects" stands for one figure per class.
STEADY = ("pages", "buffered", "timers", "files", "objects")


class Besieged:
    """A server process under attack, with the connections of its attackers.

    @ivar memory: the bytes that it had when the test began.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._peers: list[Peer] = []
        self._begun = 0
        self.memory = 0
        found = re.search("at port ([0-9]+)", server.waitForLine("Watching at"))
        assert found is not None
        self._watch = int(found[1])
        self.port = server.port
        self._before = self._warm()

    @property
    def host(self) -> str:
        """Return the name and port, as in a C{Host} header."""
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """Return the log of this test."""
        return self._server.output[self._begun :]

    def begin(self) -> None:
        """Begin a test."""
        self._begun = len(self._server.output)
        self.memory = self.vitals()["memory"]

    def end(self) -> None:
        """End a test: check that the server works, and that nothing is left."""
        self.closeAll()
        try:
            self.isWell()
        finally:
            self.closeAll()
        self.forget()
        self.isAsBefore()
        self._server.check()

    # Called by attackers.

    def peer(self, receiveBuffer: int | None = None) -> Peer:
        """Open a connection, which is closed with the test."""
        peer = Peer(self.port, receiveBuffer)
        self._peers.append(peer)
        return peer

    def browser(self, kind: str, path: str = "/probe", **options: Any) -> Browser:
        """Return a browser with a page, which has not said hello."""
        return BROWSERS[kind](self.peer, path, **options)

    def closeAll(self) -> None:
        """Lose all connections."""
        while self._peers:
            self._peers.pop().close()

    def expectTracebacks(self, number: int) -> None:
        """Expect a number of tracebacks in the log."""
        self._server.expectTracebacks(number)

    # Called to observe the server.

    def untilLogged(self, text: str) -> str:
        """Wait until a text is in the log of this test, and return all of that log."""
        for _ in range(LOOKS):
            if text in self.log:
                return self.log
            # The log arrives by another way than answers do.
            self.vitals()
        raise AssertionError(f"{text!r} is not in the log:\n{self.log}")

    def vitals(self) -> dict[str, Any]:
        """Return the figures of the server; see C{watch.py}."""
        figures: dict[str, Any] = json.loads(self._control("GET", "/vitals"))
        return figures

    def advance(self, seconds: float) -> None:
        """Move the server's time ahead."""
        self._control("POST", f"/advance?seconds={seconds}")

    def logOut(self, identity: str) -> None:
        """Have the application close all pages of an identity."""
        self._control("POST", f"/logout?identity={identity}")

    def forget(self) -> None:
        """Move the server's time ahead until nothing waits."""
        for _ in range(3):
            self.advance(WINDOW)

    def until(self, holds: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Wait until a condition holds for the vitals, and return them."""
        for _ in range(LOOKS):
            figures = self.vitals()
            if holds(figures):
                return figures
        raise AssertionError(f"it does not come to hold: {figures}")

    # Invariants.

    def isWell(self) -> None:
        """Check that two people can chat, one by WebSocket and one by long-poll."""
        alice = self.browser("websocket", "/chat").hello()
        bob = self.browser("longpoll", "/chat").hello()
        assert alice.call("setUsername", "Alice") == "Alice"
        assert bob.call("setUsername", "Bob") == "Bob"
        lines = [("Alice", "one"), ("Bob", "two"), ("Alice", "three"), ("Bob", "four")]
        for name, line in lines:
            speaker = {"Alice": alice, "Bob": bob}[name]
            speaker.begin("say", line)
            # A chatter who has seen a line may answer it.
            assert heard(alice) == [name, line]
            assert heard(bob) == [name, line]

    def isAsBefore(self) -> None:
        """Check that nothing is left."""

        def steady(figures: dict[str, Any]) -> dict[str, Any]:
            return {name: figures[name] for name in STEADY}

        before = steady(self._before)
        for _ in range(LOOKS):
            now = self.vitals()
            if steady(now) == before:
                break
        assert steady(now) == before
        assert now["blocks"] - self._before["blocks"] <= BLOCKS
        assert now["memory"] - self._before["memory"] <= MEMORY

    def _warm(self) -> dict[str, Any]:
        """Use everything that is loaded or made once, and return the vitals of a server at rest."""
        try:
            for kind in KINDS:
                self.browser(kind).hello().call("echo", "hello")
            self.isWell()
        finally:
            self.closeAll()
        self.forget()
        return self.until(lambda now: not now["pages"] and not now["objects"]["LiveChannel"])

    def _control(self, method: str, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self._watch, timeout=PATIENCE)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            assert response.status == 200
            return response.read()
        finally:
            connection.close()


def heard(browser: Browser) -> Any:
    """Return the next line that a chatter hears: the name and the text."""
    while True:
        message = browser.next()
        # A message of the chat's topic.
        if message[0] == "event" and message[2] == "displayUserMessage":
            return message[3]
