"""A browser that connects by HTTP requests, over transports in memory."""

from __future__ import annotations

import json
from typing import Any

from twisted.web.resource import IResource

from livewidget.wire.messages import Message, encode
from tests.support.http import Response, Wire, dechunkPart, parseResponse
from tests.support.pages import CLAIM

WELCOME = {
    "first": 1,
    "connection": 1,
    "received": 0,
    "heartbeat": 25.0,
    "timeout": 20.0,
    "limits": {"message": 65536, "messages": 10000, "bytes": 1048576},
}


class Poster:
    """A browser of a page that connects over HTTP, with a connection for each request.

    @ivar connection: the connection number in its requests.
    @ivar received: the received count in its requests.
    """

    def __init__(self, resource: IResource, pageId: str, claim: str = CLAIM) -> None:
        self._resource = resource
        self._pageId = pageId
        self._claim = claim
        self.connection = 1
        self.received = 0

    def headers(self, **headers: str | None) -> dict[str, str | None]:
        """Return the headers of a request, with these changed, or left out if L{None}."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {
            "Live-Page": self._pageId,
            "Content-Type": "application/json",
            "Origin": "http://localhost:8080",
            **named,
        }

    def body(self, *messages: Message | bytes, **fields: Any) -> bytes:
        """Return the body of a request, with these fields changed, or left out if L{None}."""
        given = {
            "claim": self._claim,
            "connection": self.connection,
            "received": self.received,
            **fields,
        }
        head = json.dumps({name: value for name, value in given.items() if value is not None})
        if not messages:
            return head.encode()
        parts = [m if isinstance(m, bytes) else encode(m) for m in messages]
        return b'%b,"messages":[%b]}' % (head[:-1].encode(), b",".join(parts))

    def begin(self, name: str, *messages: Message | bytes, **fields: Any) -> Exchange:
        """Make a request whose answer may wait."""
        return self.post(name, self.body(*messages, **fields))

    def post(self, name: str, body: bytes, **headers: str | None) -> Exchange:
        """Make a request with this body."""
        exchange = Exchange(self._resource)
        exchange.wire.begin(f"/_live/{name}", self.headers(**headers), "POST", body)
        return exchange

    def send(self, *messages: Message | bytes, first: int = 1, **fields: Any) -> Any:
        """Send messages, and return the answer."""
        if messages:
            fields["first"] = first
        return self.begin("send", *messages, **fields).answer()

    def hello(self, **fields: Any) -> Any:
        """Make the first poll of a connection, and return the answer."""
        return self.begin("poll", hello=True, **fields).answer()

    def poll(self, **fields: Any) -> Exchange:
        """Make a poll that waits."""
        return self.begin("poll", **fields)

    def stream(self, **fields: Any) -> Exchange:
        """Open a stream, or probe for one."""
        return self.begin("stream", **fields)


class Exchange:
    """A request over a L{Wire} of its own, with its answer."""

    def __init__(self, resource: IResource) -> None:
        self.wire = Wire(resource)
        self.ended = False
        self._data = b""
        self._response: Response | None = None

    @property
    def waits(self) -> bool:
        """Return whether nothing was answered yet."""
        self._data += self.wire.take()
        return self._data == b""

    @property
    def response(self) -> Response:
        """Return the answer, which must be complete."""
        assert not self.waits
        if self._response is None:
            self._response = parseResponse(self._data)
        return self._response

    def answer(self) -> Any:
        """Return the JSON of the answer, after checking status and headers."""
        response = self.response
        assert response.status == 200
        assert response.headers["content-type"] == "application/json"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert int(response.headers["content-length"]) == len(response.body)
        return json.loads(response.body)

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of a stream."""
        self.events()
        assert self._response is not None
        return self._response.headers

    def events(self) -> list[Any]:
        """Return the events of a stream since the last time, after checking their form."""
        self._data += self.wire.take()
        if self._response is None:
            head, _, self._data = self._data.partition(b"\r\n\r\n")
            self._response = parseResponse(head.replace(b"chunked", b"in chunks") + b"\r\n\r\n")
        text, self._data, ended = dechunkPart(self._data)
        self.ended = self.ended or ended
        *events, rest = text.decode().split("\n\n")
        assert rest == ""
        assert all(event.startswith("data: ") and "\n" not in event for event in events)
        return [json.loads(event.removeprefix("data: ")) for event in events]
