"""Tests of how each transport writes the messages of a turn."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest
from twisted.internet.testing import StringTransport
from twisted.web.resource import EncodingResourceWrapper
from twisted.web.server import GzipEncoderFactory, Request, Site

from livewidget.page.page import Page
from tests.support.http import Wire, dechunk
from tests.support.poster import Poster
from tests.support.server import Server
from tests.support.websocket import frame
from tests.support.widgetcalls import showEach, shownValues


class TestWrites:
    """The number of writes of each transport per turn."""

    @pytest.fixture
    def written(self, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
        """Return a list to which each write to any connection is appended."""
        written: list[bytes] = []
        write = StringTransport.write

        def noting(transport: StringTransport, data: bytes) -> None:
            written.append(data)
            write(transport, data)

        monkeypatch.setattr(StringTransport, "write", noting)
        return written

    def test_webSocketWritesOncePerTurn(
        self, server: Server, page: Page, written: list[bytes]
    ) -> None:
        """A WebSocket writes the messages of a turn in one write."""
        socket = server.connect(page)
        written.clear()
        showEach(page, 1, 2, 3)
        assert shownValues(socket.take()) == [1, 2, 3]
        assert len(written) == 1

    def test_streamWritesOncePerTurn(
        self, server: Server, page: Page, written: list[bytes]
    ) -> None:
        """An event stream writes the messages of a turn in one write."""
        stream = Poster(server.resource, page.pageId).stream()
        stream.events()
        written.clear()
        showEach(page, 1, 2, 3)
        assert [event[4] for event in stream.events()] == [[1], [2], [3]]
        assert len(written) == 1

    def test_pollAnswersWithAllMessagesOfTheTurn(self, server: Server, page: Page) -> None:
        """The answer to a poll has all messages of the turn."""
        browser = Poster(server.resource, page.pageId)
        browser.hello()
        poll = browser.poll()
        showEach(page, 1, 2, 3)
        assert [message[4] for message in poll.answer()["messages"]] == [[1], [2], [3]]

    def test_answersAndCallsAreWrittenTogetherInOrder(
        self, server: Server, page: Page, written: list[bytes]
    ) -> None:
        """Answers and calls of a turn are written together and in order."""
        socket = server.connect(page)
        written.clear()
        showEach(page, 1)
        socket.wire.transport.protocol.dataReceived(
            frame(b'["call",1,1,"say",["a"]]') + frame(b'["call",2,1,"say",["b"]]')
        )
        showEach(page, 2)
        assert [json.loads(data)[0] for data in socket.take()] == ["call", *["result"] * 2, "call"]
        assert len(written) == 1


class Capitals(Request):
    """A request class of an application, which writes in capitals."""

    def write(self, data: bytes) -> None:
        """Write in capitals."""
        super().write(data.replace(b"show", b"SHOW"))


class WrappedChannel(Request):
    """A request class of an application, which wraps its channel."""

    def __init__(self, channel: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(CapitalsChannel(channel), *args, **kwargs)


class CapitalsChannel:
    """A channel that writes in capitals."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel

    def writeSequence(self, data: list[bytes]) -> None:
        """Write in capitals."""
        self._channel.writeSequence([part.replace(b"show", b"SHOW") for part in data])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)


class CompressingSite(Site):
    """A site of an application, which compresses all responses."""

    def getResourceFor(self, request: Any) -> Any:
        """Return the resource behind an encoder."""
        return EncodingResourceWrapper(super().getResourceFor(request), [GzipEncoderFactory()])


class TestStreamsOfApplications:
    """Event streams that an application's own classes write."""

    def test_encoderGetsAllEventsInOrder(self, server: Server, page: Page) -> None:
        """All events pass through an encoder in order."""
        browser = Poster(server.resource, page.pageId)
        site = CompressingSite(server.resource, reactor=server.clock, timeout=None)
        wire = Wire(server.resource, site=site)
        headers = browser.headers(Accept_Encoding="gzip")
        wire.begin("/_live/stream", headers, "POST", browser.body())
        showEach(page, 1)
        server.clock.advance(0)
        showEach(page, 2)
        server.clock.advance(0)
        page.close("bye")
        head, _, body = wire.take().partition(b"\r\n\r\n")
        text = zlib.decompress(dechunk(body), 31).decode()
        assert b"gzip" in head
        events = [json.loads(event[6:]) for event in text.split("\n\n")[:-1]]
        assert [event[4] for event in events[1:-1]] == [[1], [2]]

    @pytest.mark.parametrize("requests", [Capitals, WrappedChannel])
    def test_ownRequestOrChannelGetsEachEvent(
        self, server: Server, page: Page, requests: type[Request]
    ) -> None:
        """A request that overrides C{write}, or has a wrapped channel, gets each event."""
        site = Site(server.resource, reactor=server.clock, timeout=None, requestFactory=requests)
        browser = Poster(server.resource, page.pageId)
        wire = Wire(server.resource, site=site)
        wire.begin("/_live/stream", browser.headers(), "POST", browser.body())
        showEach(page, 1)
        assert b"SHOW" in wire.take()

    def test_http10StreamIsNotChunked(self, server: Server, page: Page) -> None:
        """An event stream over HTTP/1.0 is written without chunks."""
        browser = Poster(server.resource, page.pageId)
        wire = Wire(server.resource)
        body = browser.body()
        pairs = {**browser.headers(), "Host": "localhost:8080", "Content-Length": str(len(body))}
        lines = ["POST /_live/stream HTTP/1.0", *(f"{k}: {v}" for k, v in pairs.items())]
        wire.send("".join(f"{line}\r\n" for line in [*lines, ""]).encode() + body)
        wire.take()
        showEach(page, 1, 2)
        data = wire.take()
        assert data.startswith(b"data: ")
        assert shownValues([event[6:] for event in data.split(b"\n\n")[:-1]]) == [1, 2]

    @pytest.mark.parametrize("kind", ["stream", "poll"])
    def test_requestLostBeforeItsTransportHearsIsNotWrittenTo(
        self, server: Server, page: Page, kind: str
    ) -> None:
        """A lost request is not written to, even if the application hears of the loss first."""
        browser = Poster(server.resource, page.pageId)
        if kind == "stream":
            exchange = browser.stream()
            exchange.events()
        else:
            browser.hello()
            exchange = browser.poll()
        transport: Any = page.transport
        request = (transport._reply if kind == "stream" else transport._waiting).request

        def gone(_: Any) -> None:
            showEach(page, 1)
            page.close("bye")

        # Runs first, like a notifyFinish() that the application requested earlier.
        request.notifyFinish().addErrback(gone)
        request.notifications.insert(0, request.notifications.pop())
        exchange.wire.lose()
        assert page.ended is not None
