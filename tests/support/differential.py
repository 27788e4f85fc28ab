"""Comparison of the fast path for requests with Twisted's own parser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from twisted.internet.task import Clock
from twisted.web.resource import Resource
from twisted.web.server import Request

from livewidget import LiveSite
from livewidget.web import channel as channelModule
from livewidget.web.site import LiveRequest
from tests.support.http import Wire, endTurn
from tests.support.requests import bodyOf

DATE = re.compile(rb"Date: [^\r]+")
HELLO = bodyOf(',"hello":true')


def asked(request: Request) -> dict[str, Any]:
    """Return everything that a resource can learn about a request."""
    content: Any = request.content
    isOpen = not content.closed
    return {
        "method": request.method,
        "uri": request.uri,
        "path": request.path,
        "version": request.clientproto,
        "args": request.args,
        "headers": dict(request.requestHeaders.getAllRawHeaders()),
        "all": request.getAllHeaders(),
        "cookies": request.received_cookies,
        "body": content.read() if isOpen else None,
        "prepath": request.prepath,
        "postpath": request.postpath,
        "sitepath": getattr(request, "sitepath", None),
        "host": request.getHost(),
        "peer": request.getClientAddress(),
        "name": request.getRequestHostname(),
        "user": (request.getUser(), request.getPassword()),
        "secure": request.isSecure(),
        "answer": [name for name, _ in request.responseHeaders.getAllRawHeaders()],
        "written": (request.startedWriting, request.finished, request.code),
        "queued": (request.queued, len(request.notifications)),
    }


class Asked(Resource):
    """A resource that records its requests and answers them.

    @ivar notes: an entry for each request, from L{asked}.
    """

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[dict[str, Any]] = []

    def render(self, request: Request) -> bytes:
        """Answer with the body of the request."""
        self.notes.append(asked(request))
        body: bytes = self.notes[-1]["body"]
        return body


class LogFile:
    """A replacement for the access log."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, text: str) -> None:
        """Add a line."""
        self.lines.append(text)


class Side:
    """A site and a connection to it, on a clock."""

    def __init__(self, resource: Any, **options: Any) -> None:
        self.clock = Clock()
        self.resource = resource
        self.site = LiveSite(resource, **{"reactor": self.clock, "timeout": 60, **options})
        self.file = LogFile()
        self.site._logFile = self.file
        self.wire = Wire(resource, site=self.site)

    def say(self, *parts: bytes) -> bytes:
        """Send pieces, each in a turn of its own. Return the answers without their dates."""
        for part in parts:
            if self.wire.transport.disconnecting:
                break
            self.wire.send(part)
            self._turn()
        endTurn(self.resource)
        self._turn()
        return DATE.sub(b"Date:", self.wire.take())

    def _turn(self) -> None:
        for _ in range(3):
            self.clock.advance(0)


@contextmanager
def byTwisted() -> Iterator[None]:
    """Leave all requests to Twisted."""
    with patch.object(channelModule, "parseFast", lambda _: None):
        yield


def bothWays(make: Callable[[], Side], use: Callable[[Side], Any]) -> Any:
    """Do something with and without the fast path, and return the outcome, which is the same."""
    whole = use(make())
    with byTwisted():
        assert use(make()) == whole
    return whole


def takes() -> Any:
    """Count the requests that take the fast path."""
    return patch.object(
        LiveRequest, "receiveFast", autospec=True, side_effect=LiveRequest.receiveFast
    )
