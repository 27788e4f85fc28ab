"""A well-behaved page over connections that do not last."""

from __future__ import annotations

import json
from collections import deque
from random import Random
from typing import Any

from tests.acceptance.hostile.besieged import Besieged
from tests.acceptance.hostile.browsers import KINDS, Browser, HttpBrowser
from tests.acceptance.hostile.client import body, post
from tests.acceptance.soak.tally import Tally

TAKEN_OVER = 4409

#: Characters in each call of the server.
SIZE = 200


class SteadyPage:
    """A page with numbered calls in both directions over one connection after another.

    @raise AssertionError: a message was lost, duplicated or out of order.
    @ivar browser: the connection in use.
    """

    browser: Browser

    def __init__(self, siege: Besieged, tally: Tally, chance: Random) -> None:
        self._siege = siege
        self._tally = tally
        self._chance = chance
        self._claim = chance.randbytes(16).hex()
        self._pageId = siege.peer().page()
        self._sent: list[bytes] = []
        self._calls = 0
        #: The next expected answers.
        self._answers: deque[Any] = deque()
        self._answered = 0
        #: How many server calls are expected, with and without an answer.
        self._wanted = [0, 0]
        self._came = [0, 0]
        self.browser = self._connect(0, 0)

    def call(self) -> None:
        """Call the server, and let the server call."""
        number = self._chance.randrange(1, 8)
        calls = [("echo", self._calls + 1 + count) for count in range(number)]
        messages = [self._message(method, value) for method, value in calls]
        self._answers += [value for _, value in calls]
        if self._chance.random() < 0.4:
            messages += [self._message("ask", number), self._message("pour", number, SIZE)]
            self._answers += [None, None]
            self._wanted = [wanted + number for wanted in self._wanted]
        self._send(messages)

    def settle(self) -> None:
        """Wait for all answers, and for all calls of the server."""
        while self._answers or self._came != self._wanted:
            self._take(self.browser.next())

    def lose(self) -> None:
        """Lose the connection with everything in transit, and open another one."""
        self.browser.lose()
        self._resume()
        self._tally.count("connections", "lost, and resumed")

    def takeOver(self) -> None:
        """Open another connection while this one exists."""
        old = self.browser
        self._resume()
        code, _ = old.closed()
        assert code == TAKEN_OVER, f"the older one was closed with {code}"
        old.lose()
        self._tally.count("connections", "taken over")

    def leave(self) -> None:
        """Leave the page, as a browser does when it goes to another."""
        peer = self._siege.peer()
        browser = self.browser
        data = body(browser.connection, browser.received, self._claim, leave=True)
        headers = post(peer.host, self._pageId)
        response = peer.request("/probe/_live/send", headers, "POST", data)
        assert response.status == 200, response.status
        browser.lose()
        peer.close()

    def _connect(self, connection: int, received: int) -> Browser:
        kind = self._chance.choice(KINDS)
        browser = self._siege.browser(kind, pageId=self._pageId, claim=self._claim)
        browser.connection = connection
        browser.received = received
        return browser.hello()

    def _resume(self) -> None:
        """Connect anew, and send the messages that the server lacks."""
        self.browser = self._connect(self.browser.connection, self.browser.received)
        known = self.browser.welcome["received"]
        if isinstance(self.browser, HttpBrowser):
            # Messages over HTTP may arrive twice.
            known = max(0, known - self._chance.randrange(4))
        self.browser.sent = known
        missing = self._sent[self.browser.sent :]
        if missing:
            self.browser.send(*missing)

    def _message(self, method: str, *args: Any) -> bytes:
        self._calls += 1
        return json.dumps(["call", self._calls, 1, method, args]).encode()

    def _send(self, messages: list[bytes]) -> None:
        self._sent += messages
        self.browser.send(*messages)

    def _take(self, message: list[Any]) -> None:
        kind, callId, *rest = message
        if kind == "result":
            self._answered += 1
            assert callId == self._answered, f"not the answer of {self._answered}: {message}"
            assert rest == [self._answers.popleft()], f"not that answer: {message}"
            self._tally.count("calls", "answered by the server")
            return
        assert kind == "call", message
        silent = callId is None
        self._came[silent] += 1
        assert silent or callId == self._came[0], f"not call {self._came[0]}: {message}"
        self._tally.count("calls", "of the server, unanswered" if silent else "of the server")
        if not silent:
            self._send([b'["result",%d,null]' % callId])
