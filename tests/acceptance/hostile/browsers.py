"""Browsers on raw sockets, one per transport, which also misbehave on demand."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from tests.acceptance.hostile.client import Gone, Peer, body, hello, post
from tests.support.http import dechunkPart
from tests.support.pages import CLAIM
from tests.support.websocket import CLOSE, TEXT, frame

EMPTY: Mapping[str, str] = MappingProxyType({})

#: The transports, the best one first.
KINDS = ("websocket", "eventstream", "longpoll")


class Closed(Exception):
    """Raised when the server closes the connection, with its reason.

    @ivar code: a close code.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class Browser:
    """A page with one connection.

    @param connect: opens a TCP connection to the server.
    @param headers: of each request.
    @ivar pageId: the id of the page, which is loaded unless an id is given.
    @ivar received: the number of messages received from the server.
    @ivar sent: the number of messages sent.
    @ivar welcome: the answer to the hello.
    """

    def __init__(
        self,
        connect: Callable[[], Peer],
        path: str = "/probe",
        pageId: str | None = None,
        claim: str = CLAIM,
        headers: Mapping[str, str] = EMPTY,
    ) -> None:
        self._connect = connect
        self.path = path
        self.claim = claim
        self.headers = headers
        self.pageId = connect().page(path, headers) if pageId is None else pageId
        self.connection = 0
        self.received = 0
        self.sent = 0
        self.welcome: dict[str, Any] = {}
        self._calls = 0
        self._came: deque[Any] = deque()
        self._end: Closed | None = None

    def hello(self) -> Browser:
        """Open the next connection and say hello.

        @raise Closed: it is refused.
        """
        self.connection += 1
        self._came.clear()
        self._end = None
        self.welcome = self._hello()
        return self

    def call(self, method: str, /, *args: Any, elementId: int = 1, **kwargs: Any) -> Any:
        """Call a method and wait for its result.

        @raise Closed: the connection is closed instead.
        @return: the result, or the C{info} of the error.
        """
        callId = self.begin(method, *args, elementId=elementId, **kwargs)
        return self.answer(callId)

    def begin(self, method: str, /, *args: Any, elementId: int = 1, **kwargs: Any) -> int:
        """Call a method, and return the id of the call."""
        self._calls += 1
        call = ["call", self._calls, elementId, method, list(args), *([kwargs] if kwargs else [])]
        self.send(json.dumps(call).encode())
        return self._calls

    def answer(self, callId: int) -> Any:
        """Return the answer to a call, and drop the messages before it."""
        while True:
            kind, number, *rest = self.next()
            if kind in ("result", "error") and number == callId:
                return rest[0]

    def next(self) -> Any:
        """Return the next message from the server.

        @raise Closed: there is none.
        """
        while not self._came:
            if self._end is not None:
                raise self._end
            try:
                self._wait()
            except Closed as error:
                # Bytes before it, in the same segment, are not lost.
                self._end = error
        self.received += 1
        return self._came.popleft()

    def closed(self) -> tuple[int, str]:
        """Wait until the server closes the connection, and return its code and reason."""
        try:
            while True:
                self.next()
        except Closed as error:
            return error.code, error.reason

    def attempt(self, method: str, /, *args: Any) -> int | None:
        """Call a method. Return the code if the page was closed already."""
        try:
            self.begin(method, *args)
        except Closed as error:
            return error.code
        return None

    def refused(self, *messages: bytes) -> int:
        """Send messages, wait until the server closes the connection, and return the code."""
        try:
            self.send(*messages)
        except Closed as error:
            return error.code
        return self.closed()[0]

    def send(self, *messages: bytes) -> None:
        """Send messages as they are."""
        raise NotImplementedError

    def acknowledge(self) -> None:
        """Acknowledge what was received."""
        raise NotImplementedError

    def lose(self) -> None:
        """Lose the connection."""
        raise NotImplementedError

    def _hello(self) -> Any:
        raise NotImplementedError

    def _wait(self) -> None:
        """Wait for more bytes from the server."""
        raise NotImplementedError


class WebSocketBrowser(Browser):
    """A browser that uses a WebSocket."""

    peer: Peer

    def send(self, *messages: bytes) -> None:
        self.sent += len(messages)
        self.peer.send(b"".join(map(frame, messages)))

    def acknowledge(self) -> None:
        self.peer.text(b'{"received":%d}' % self.received)

    def lose(self) -> None:
        self.peer.close()

    def _hello(self) -> Any:
        self.peer = self._connect()
        assert self.peer.upgrade(f"{self.path}/_live/ws", **self.headers).status == 101
        self.peer.text(hello(self.pageId, self.connection, self.received, self.claim))
        while not self._came:
            self._wait()
        return self._came.popleft()

    def _wait(self) -> None:
        for opcode, payload in self.peer.frames():
            if opcode == CLOSE:
                raise Closed(int.from_bytes(payload[:2], "big"), payload[2:].decode())
            if opcode == TEXT and not payload.startswith(b'{"received"'):
                self._came.append(json.loads(payload))


class HttpBrowser(Browser):
    """A browser over HTTP: the requests that send messages."""

    _up: Peer | None = None
    down: Peer

    def send(self, *messages: bytes) -> None:
        first, self.sent = self.sent + 1, self.sent + len(messages)
        head = self.body(first=first)[:-1]
        self.post("send", b'%b,"messages":[%b]}' % (head, b",".join(messages)))

    def acknowledge(self) -> None:
        self.post("send", self.body())

    def lose(self) -> None:
        self.down.close()

    def body(self, **fields: Any) -> bytes:
        """Return the body of a request."""
        return body(self.connection, self.received, self.claim, **fields)

    def post(self, name: str, data: bytes) -> Any:
        """Make a request, and return its answer.

        @raise Closed: the answer is that the connection is closed.
        """
        if self._up is None:
            self._up = self._connect()
        return self.ask(self._up, name, data)

    def ask(self, peer: Peer, name: str, data: bytes) -> Any:
        """Make a request on a connection."""
        self.begins(peer, name, data)
        try:
            return opened(json.loads(peer.response().body))
        except (Closed, Gone):
            # A refused client may be cut off.
            self._up = None
            raise

    def begins(self, peer: Peer, name: str, data: bytes) -> None:
        """Make a request whose answer comes later."""
        headers = post(peer.host, self.pageId, **self.headers)
        peer.begin(f"{self.path}/_live/{name}", headers, "POST", data)


class StreamBrowser(HttpBrowser):
    """A browser that uses an event stream."""

    _text = b""

    def _hello(self) -> Any:
        self.down = self._connect()
        self.begins(self.down, "stream", self.body())
        response = self.down.head()
        if response.headers["content-type"] == "application/json":
            length = int(response.headers["content-length"])
            while len(self.down.data) < length:
                self.down.read()
            opened(json.loads(self.down.data))
        while not self._came:
            self._wait()
        return self._came.popleft()

    def _wait(self) -> None:
        part, self.down.data, ended = dechunkPart(self.down.data)
        *events, self._text = (self._text + part).split(b"\n\n")
        for event in events:
            said = json.loads(event.removeprefix(b"data: "))
            if isinstance(said, dict):
                opened(said)
            if isinstance(said, list) or "heartbeat" in said:
                self._came.append(said)
        if not events:
            assert not ended, "a stream that ends without a word"
            self.down.read()


class PollBrowser(HttpBrowser):
    """A browser that uses long-poll."""

    def _hello(self) -> Any:
        self.down = self._connect()
        welcome = self.ask(self.down, "poll", self.body(hello=True))
        self._came.extend(welcome.get("messages", []))
        return welcome

    def _wait(self) -> None:
        try:
            answer = self.ask(self.down, "poll", self.body())
        except Gone:
            # The connection was idle for longer than it is kept.
            self.down = self._connect()
            answer = self.ask(self.down, "poll", self.body())
        self._came.extend(answer.get("messages", []))


BROWSERS: dict[str, type[Browser]] = {
    "websocket": WebSocketBrowser,
    "eventstream": StreamBrowser,
    "longpoll": PollBrowser,
}


def opened(answer: Any) -> Any:
    """Return an answer.

    @raise Closed: the answer is a close.
    """
    if "close" in answer:
        raise Closed(*answer["close"])
    return answer
