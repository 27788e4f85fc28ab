"""Tests of C{livewidget.transports.http.eventstream}: answers that do not end, by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from twisted.internet.testing import StringTransport

from livewidget import LiveElement
from livewidget.page.page import Page
from livewidget.wire.messages import Call
from tests.support.http import Wire
from tests.support.log import Log
from tests.support.poster import WELCOME, Exchange, Poster
from tests.support.server import Server, calls, show, shown

pytestmark = pytest.mark.usefixtures("readBy")


@pytest.fixture
def browser(server: Server, page: Page) -> Poster:
    """The browser of the page, which has not connected."""
    return Poster(server.resource, page.pageId)


@pytest.fixture
def stream(browser: Poster) -> Exchange:
    """Its stream; the hello's answer is taken."""
    stream = browser.stream()
    assert len(stream.events()) == 1
    return stream


class TestHello:
    """The beginning of a stream."""

    def test_answer(self, browser: Poster) -> None:
        """The first event is the hello's answer, with the count of the first message."""
        stream = browser.stream()
        assert stream.events() == [WELCOME]
        assert not stream.ended

    def test_headers(self, stream: Exchange) -> None:
        """Nothing between is to keep, guess or hold up what comes."""
        headers = stream.headers
        assert headers["content-type"] == "text/event-stream"
        assert headers["cache-control"] == "no-store"
        assert headers["x-accel-buffering"] == "no"
        assert headers["x-content-type-options"] == "nosniff"
        assert "content-length" not in headers

    def test_withMessages(self, page: Page, browser: Poster) -> None:
        """What waited follows; the count is that of the first one that does."""
        for number in (1, 2, 3):
            show(page, number)
        assert browser.stream().events() == [WELCOME, *calls(1, 2, 3)]
        browser.connection = 2
        browser.received = 2
        assert browser.stream().events()[0]["first"] == 3

    def test_heartbeat(self, browser: Poster) -> None:
        """A shorter heartbeat is given where one is wanted."""
        assert browser.stream(heartbeat=5).events()[0]["heartbeat"] == 5

    @pytest.mark.parametrize(
        ("fields", "code"),
        [({"connection": 1}, 4409), ({"connection": 3, "received": 1}, 4404)],
    )
    def test_refused(self, browser: Poster, log: Log, fields: dict[str, int], code: int) -> None:
        """A hello that is refused has an object in the place of the stream."""
        browser.stream(connection=2)
        assert browser.stream(**fields).answer()["close"][0] == code
        log.take(f"request refused ({code})")

    def test_repeated(self, page: Page, browser: Poster, stream: Exchange) -> None:
        """The same hello again begins the stream again; the first one just ends."""
        show(page, 1)
        assert stream.events() == calls(1)
        again = browser.stream()
        assert again.events() == [WELCOME, shown(1)]
        assert stream.events() == []
        assert stream.ended
        show(page, 2)
        assert again.events() == calls(2)

    def test_pageClosedByItsHook(self, server: Server) -> None:
        """A page that closes in C{connectionMade} gives its reason in the place of the stream."""

        class Closing(LiveElement):
            def connectionMade(self) -> None:
                assert self.page is not None
                self.page.close("full up")

        page = server.resource.pages.make()
        page.attach(Closing())
        stream = Poster(server.resource, page.pageId).stream()
        assert stream.answer() == {"close": [4000, "full up"]}
        assert server.clock.getDelayedCalls() == []

    def test_lostInItsHook(self, server: Server) -> None:
        """A stream that is lost while the hook runs is a lost connection."""

        class Losing(LiveElement):
            def connectionMade(self) -> None:
                self.callRemoteOnly("show", 1)
                exchange.wire.lose()

        page = server.resource.pages.make()
        page.attach(Losing())
        browser = Poster(server.resource, page.pageId)
        exchange = Exchange(server.resource)
        exchange.wire.begin("/_live/stream", browser.headers(), "POST", browser.body())
        assert exchange.waits
        assert not page.delivery.connected
        assert page.transport is None
        assert browser.stream(connection=2).events()[1:] == calls(1)


class TestEvents:
    """What comes down."""

    def test_messages(self, page: Page, stream: Exchange) -> None:
        """Each message is an event, whatever is in it."""
        text = "\n\r\u2028\x00\U0001f600 data: x"
        show(page, text)
        assert stream.events() == [shown(text)]

    def test_oneWrite(self, page: Page, browser: Poster, monkeypatch: Any) -> None:
        """All messages that there are go out in one write."""
        for number in range(100):
            show(page, number)
        written: list[int] = []
        write = StringTransport.write

        def counted(transport: StringTransport, data: bytes) -> None:
            written.append(len(data))
            write(transport, data)

        monkeypatch.setattr(StringTransport, "write", counted)
        monkeypatch.setattr(
            StringTransport, "writeSequence", lambda self, data: counted(self, b"".join(data))
        )
        assert len(browser.stream().events()) == 101
        assert len(written) == 3, "the head, the hello's answer, the messages"

    def test_acknowledgement(self, server: Server, browser: Poster, stream: Exchange) -> None:
        """What a send acknowledged is not acknowledged again."""
        assert browser.send(Call(None, 1, "say", ["a"])) == {"received": 1}
        server.clock.advance(24.9)
        assert stream.events() == []

    def test_acknowledgedWithMessages(self, server: Server, page: Page, stream: Exchange) -> None:
        """What is due goes out, also where there is something else to send all the time."""
        page.receive(1, [b'["call",null,1,"say",["a"]]'], 1)
        stream.events()
        server.clock.rightNow += 1
        show(page, 1)
        assert page.transport is not None
        page.transport.flush(server.clock.seconds())
        assert stream.wire.transport.value().count(b"data: ") == 2
        assert stream.events() == [*calls(1), {"received": 1}]

    def test_length(self, page: Page, stream: Exchange) -> None:
        """The access log has the bytes of all that went out."""
        transport: Any = page.transport
        request = transport._reply.request
        before = request.sentLength
        show(page, 1)
        page.registry.flushQueue.end()
        sent = len(stream.wire.take())
        page.close("bye")
        assert request.sentLength - before >= sent > 0

    def test_heartbeat(self, server: Server, page: Page, browser: Poster, stream: Exchange) -> None:
        """The heartbeat is an acknowledgement, when nothing was sent for so long."""
        server.clock.advance(20)
        show(page, 1)
        browser.send()
        server.clock.advance(24.9)
        assert stream.events() == calls(1)
        server.clock.advance(0.1)
        assert stream.events() == [{"received": 0}]

    def test_ownHeartbeat(self, server: Server, browser: Poster) -> None:
        """It comes after the heartbeat of the connection."""
        stream = browser.stream(heartbeat=5)
        stream.events()
        server.clock.advance(5)
        assert stream.events() == [{"received": 0}]

    def test_answered(self, server: Server, page: Page, browser: Poster) -> None:
        """A browser that answers heartbeats by a send stays connected."""
        stream = browser.stream()
        for _ in range(10):
            server.clock.advance(25)
            assert {"received": 0} in stream.events()
            assert browser.send() == {"received": 0}
        assert page.delivery.connected

    def test_silence(self, server: Server, page: Page, browser: Poster) -> None:
        """After 45 s without a request the stream is closed with 4408; the page waits."""
        stream = browser.stream()
        server.clock.pump([1] * 44)
        assert page.delivery.connected
        server.clock.advance(1)
        assert stream.events()[-1]["close"][0] == 4408
        assert stream.ended
        assert page.ended is None
        assert browser.send()["close"][0] == 4408
        server.clock.pump([1] * 60)
        assert page.ended is not None

    def test_lost(self, page: Page, browser: Poster, stream: Exchange) -> None:
        """A lost stream loses nothing: what was made meanwhile comes with the next."""
        show(page, 1)
        stream.wire.lose()
        assert not page.delivery.connected
        show(page, 2)
        browser.connection = 2
        browser.received = 1
        assert browser.stream().events()[1:] == calls(2)


class TestEnd:
    """The end of a stream."""

    def test_closed(self, server: Server, page: Page, stream: Exchange) -> None:
        """The end of a page is the last event."""
        show(page, 1)
        page.close("Good night.\n\ud800")
        assert stream.events() == [shown(1), {"close": [4000, "Good night.\n?"]}]
        assert stream.ended
        server.clock.advance(20)
        assert server.clock.getDelayedCalls() == []

    def test_sendAfterwards(self, page: Page, browser: Poster, stream: Exchange) -> None:
        """A send that comes after it, and may overtake it, is told the same."""
        page.close("Good night.")
        assert browser.send() == {"close": [4000, "Good night."]}

    @pytest.mark.parametrize("other", ["takeover", "silence", "gone"])
    def test_reasonsAreFew(
        self,
        server: Server,
        page: Page,
        stream: Exchange,
        log: Log,
        monkeypatch: pytest.MonkeyPatch,
        other: str,
    ) -> None:
        """What is not an end, or needs no reason, takes none of the places that they have."""
        monkeypatch.setattr("livewidget.session.tombstones.MOST", 1)
        browser = Poster(server.resource, server.page().pageId)
        browser.stream()
        if other == "takeover":
            browser.stream(connection=2)
        elif other == "silence":
            server.clock.pump([1] * 44)
            Poster(server.resource, page.pageId).send()
            server.clock.pump([1] * 2)
        else:
            browser.stream(connection=2, received=9)
            log.take("request refused (4404)")
        page.close("Good night.")
        sent = Poster(server.resource, page.pageId).send()
        assert sent == {"close": [4000, "Good night."]}

    def test_stop(self, server: Server, stream: Exchange) -> None:
        """So is 1001 when the server goes down."""
        server.resource.stop()
        assert stream.events()[-1]["close"][0] == 1001
        assert stream.ended

    def test_keptAlive(self, server: Server, page: Page, stream: Exchange) -> None:
        """The TCP connection of a stream that has ended can take the next request."""
        page.close("Good night.")
        stream.events()
        browser = Poster(server.resource, server.page().pageId)
        body = browser.body(hello=True)
        stream.wire.begin("/_live/poll", browser.headers(), "POST", body)
        assert b"HTTP/1.1 200 " in stream.wire.take()

    @pytest.mark.parametrize("end", ["close", "takeover", "stop", "silence"])
    @pytest.mark.parametrize("lostFirst", [False, True])
    def test_lostAndClosed(
        self,
        server: Server,
        page: Page,
        browser: Poster,
        stream: Exchange,
        end: str,
        lostFirst: bool,
    ) -> None:
        """In whatever order a stream is lost and closed, nothing is written after it."""
        transport: Any = page.transport
        if lostFirst:
            stream.wire.lose()
        if end == "close":
            page.close("bye")
        elif end == "takeover":
            browser.stream(connection=2)
        elif end == "stop":
            server.resource.stop()
        else:
            server.clock.pump([1] * 50)
        if not lostFirst:
            assert stream.events()[-1]["close"]
            stream.wire.lose()
        transport.flush(0)
        transport.close(4000, "again")
        transport.resumeProducing()
        transport.flush(0)
        assert stream.wire.take() == b""
        page.close("bye")
        server.clock.pump([0, 20])
        assert server.clock.getDelayedCalls() == []


class TestBackpressure:
    """The connection takes no more for a while."""

    def test_paused(self, page: Page, stream: Exchange) -> None:
        """While it is paused messages stay in the delivery; resumed, they go out in order."""
        producer: Any = stream.wire.transport.producer
        producer.pauseProducing()
        for number in range(3):
            show(page, number)
        assert stream.events() == []
        assert page.delivery.next == 1
        producer.resumeProducing()
        assert stream.events() == calls(0, 1, 2)

    def test_pausedHeartbeat(self, server: Server, browser: Poster, stream: Exchange) -> None:
        """Nor do heartbeats pile up, and the timer is not kept busy by them."""
        producer: Any = stream.wire.transport.producer
        producer.pauseProducing()
        for _ in range(10):
            server.clock.advance(25)
            browser.send()
            assert [call.getTime() > server.clock.seconds() for call in later(server)] == [True]
        producer.resumeProducing()
        assert stream.events() == []
        server.clock.advance(25)
        assert stream.events() == [{"received": 0}]

    def test_inChunks(self, page: Page, browser: Poster, monkeypatch: Any) -> None:
        """A long queue is given out by 64 KiB, and no more once it is paused."""
        for _ in range(12):
            show(page, "x" * 30_000)
        write = StringTransport.write

        def full(transport: Any, data: bytes) -> None:
            write(transport, data)
            if len(transport.value()) > 100_000:
                transport.producer.pauseProducing()

        monkeypatch.setattr(StringTransport, "write", full)
        stream = browser.stream()
        producer: Any = stream.wire.transport.producer
        assert len(stream.events()) == 1 + 4
        producer.resumeProducing()
        assert len(stream.events()) == 4
        producer.resumeProducing()
        assert len(stream.events()) == 4

    def test_bound(self, server: Server, page: Page, stream: Exchange, log: Log) -> None:
        """A reader that is too slow for the bound is closed with 4429."""
        producer: Any = stream.wire.transport.producer
        producer.pauseProducing()
        for _ in range(18):
            show(page, "x" * 60_000)
        server.clock.advance(0)
        assert page.ended is not None
        assert [event["close"][0] for event in stream.events()] == [4429]
        assert stream.ended
        producer.resumeProducing()
        assert stream.events() == []
        assert server.resource.pages.bufferedBytes == 0
        log.take("page closed (4429)")

    def test_stopped(self, page: Page, stream: Exchange) -> None:
        """A connection that says that it is gone gets nothing more."""
        producer: Any = stream.wire.transport.producer
        producer.stopProducing()
        show(page)
        assert stream.events() == []


class TestProbe:
    """Does a stream get through?"""

    def test_probe(self, server: Server, page: Page, browser: Poster) -> None:
        """A probe has one event, and ends after 3 seconds; the connection in use goes on."""
        browser.hello()
        poll = browser.poll()
        probe = browser.stream(probe=True)
        assert probe.events() == [{}]
        assert probe.headers["content-type"] == "text/event-stream"
        assert probe.headers["x-accel-buffering"] == "no"
        server.clock.advance(2.9)
        assert probe.events() == []
        assert not probe.ended
        server.clock.advance(0.1)
        assert probe.events() == []
        assert probe.ended
        assert poll.waits
        show(page, 1)
        assert poll.answer()["messages"] == calls(1)

    def test_lost(self, server: Server, page: Page, browser: Poster) -> None:
        """A probe that the browser gives up leaves no timer."""
        browser.stream(probe=True).wire.lose()
        page.close("bye")
        assert server.clock.getDelayedCalls() == []

    def test_acknowledgesNothing(self, page: Page, browser: Poster) -> None:
        """It has the counts of a hello, which are those of no connection."""
        browser.hello()
        browser.stream(probe=True, connection=99, received=99)
        assert page.ended is None
        assert page.delivery.connection == 1

    def test_refused(self, server: Server, log: Log) -> None:
        """A probe is checked as any request is."""
        other = Poster(server.resource, "the-id-of-no-page")
        assert other.stream(probe=True).answer()["close"][0] == 4404
        log.take("request refused (4404)")


def test_oldHttp(server: Server, page: Page, browser: Poster) -> None:
    """Over HTTP/1.0 a stream is not in chunks, and the connection ends with it."""
    wire = Wire(server.resource)
    body = browser.body()
    headers = {**browser.headers(), "Host": "localhost:8080", "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    wire.send(f"POST /_live/stream HTTP/1.0\r\n{lines}\r\n".encode() + body)
    show(page, 1)
    events = wire.take().partition(b"\r\n\r\n")[2].split(b"\n\n")
    assert [json.loads(event[6:]) for event in events[:-1]] == [WELCOME, shown(1)]
    page.close("bye")
    assert wire.transport.disconnecting


def later(server: Server) -> Any:
    """The timers of the server."""
    return server.clock.getDelayedCalls()
