"""Tests of C{livewidget.transports.http.eventstream}, in memory."""

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
    """Return the page's browser, which has not connected."""
    return Poster(server.resource, page.pageId)


@pytest.fixture
def stream(browser: Poster) -> Exchange:
    """Return the browser's stream, after its welcome."""
    stream = browser.stream()
    assert len(stream.events()) == 1
    return stream


class TestHello:
    """The beginning of a stream."""

    def test_firstEventIsTheWelcome(self, browser: Poster) -> None:
        """The first event is the welcome, with the count of the first message."""
        stream = browser.stream()
        assert stream.events() == [WELCOME]
        assert not stream.ended

    def test_headersForbidBufferingAndCaching(self, stream: Exchange) -> None:
        """No intermediary may cache, sniff or buffer the stream."""
        headers = stream.headers
        assert headers["content-type"] == "text/event-stream"
        assert headers["cache-control"] == "no-store"
        assert headers["x-accel-buffering"] == "no"
        assert headers["x-content-type-options"] == "nosniff"
        assert "content-length" not in headers

    def test_waitingMessagesFollowTheWelcome(self, page: Page, browser: Poster) -> None:
        """Messages that waited follow; the count is that of the first."""
        for number in (1, 2, 3):
            show(page, number)
        assert browser.stream().events() == [WELCOME, *calls(1, 2, 3)]
        browser.connection = 2
        browser.received = 2
        assert browser.stream().events()[0]["first"] == 3

    def test_shorterHeartbeatIsGranted(self, browser: Poster) -> None:
        """A shorter heartbeat is granted on request."""
        assert browser.stream(heartbeat=5).events()[0]["heartbeat"] == 5

    @pytest.mark.parametrize(
        ("fields", "code"),
        [({"connection": 1}, 4409), ({"connection": 3, "received": 1}, 4404)],
    )
    def test_refusedHelloGetsAnObject(
        self, browser: Poster, log: Log, fields: dict[str, int], code: int
    ) -> None:
        """A refused hello gets a JSON object instead of a stream."""
        browser.stream(connection=2)
        assert browser.stream(**fields).answer()["close"][0] == code
        log.take(f"request refused ({code})")

    def test_repeatedHelloBeginsAnotherStream(
        self, page: Page, browser: Poster, stream: Exchange
    ) -> None:
        """A repeated hello begins another stream, and the first one just ends."""
        show(page, 1)
        assert stream.events() == calls(1)
        again = browser.stream()
        assert again.events() == [WELCOME, shown(1)]
        assert stream.events() == []
        assert stream.ended
        show(page, 2)
        assert again.events() == calls(2)

    def test_pageClosedByItsHookGivesTheReason(self, server: Server) -> None:
        """A page closed in C{connectionMade} responds with the reason."""

        class Closing(LiveElement):
            def connectionMade(self) -> None:
                assert self.page is not None
                self.page.close("full up")

        page = server.resource.pages.make()
        page.attach(Closing())
        stream = Poster(server.resource, page.pageId).stream()
        assert stream.answer() == {"close": [4000, "full up"]}
        assert server.clock.getDelayedCalls() == []

    def test_streamLostInItsHookIsALostConnection(self, server: Server) -> None:
        """A stream lost while the hook runs is a lost connection."""

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
    """Messages on a stream."""

    def test_eachMessageIsAnEvent(self, page: Page, stream: Exchange) -> None:
        """Each message is an event, whatever it contains."""
        text = "\n\r\u2028\x00\U0001f600 data: x"
        show(page, text)
        assert stream.events() == [shown(text)]

    def test_messagesOfATurnAreOneWrite(
        self, page: Page, browser: Poster, monkeypatch: Any
    ) -> None:
        """All unsent messages are sent in one write."""
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

    def test_acknowledgementOfASendIsNotRepeated(
        self, server: Server, browser: Poster, stream: Exchange
    ) -> None:
        """A count acknowledged by the answer to a send is not acknowledged again."""
        assert browser.send(Call(None, 1, "say", ["a"])) == {"received": 1}
        server.clock.advance(24.9)
        assert stream.events() == []

    def test_dueAcknowledgementFollowsMessages(
        self, server: Server, page: Page, stream: Exchange
    ) -> None:
        """A due acknowledgement is sent even if there are always messages."""
        page.receive(1, [b'["call",null,1,"say",["a"]]'], 1)
        stream.events()
        server.clock.rightNow += 1
        show(page, 1)
        assert page.transport is not None
        page.transport.flush(server.clock.seconds())
        assert stream.wire.transport.value().count(b"data: ") == 2
        assert stream.events() == [*calls(1), {"received": 1}]

    def test_accessLogHasTheLengthOfTheStream(self, page: Page, stream: Exchange) -> None:
        """The access log has the bytes of the whole stream."""
        transport: Any = page.transport
        request = transport._reply.request
        before = request.sentLength
        show(page, 1)
        page.registry.flushQueue.end()
        sent = len(stream.wire.take())
        page.close("bye")
        assert request.sentLength - before >= sent > 0

    def test_heartbeatIsAnAcknowledgement(
        self, server: Server, page: Page, browser: Poster, stream: Exchange
    ) -> None:
        """A heartbeat is an acknowledgement after a silence."""
        server.clock.advance(20)
        show(page, 1)
        browser.send()
        server.clock.advance(24.9)
        assert stream.events() == calls(1)
        server.clock.advance(0.1)
        assert stream.events() == [{"received": 0}]

    def test_heartbeatFollowsTheGrantedTime(self, server: Server, browser: Poster) -> None:
        """A heartbeat is sent after the time granted in answer to the hello."""
        stream = browser.stream(heartbeat=5)
        stream.events()
        server.clock.advance(5)
        assert stream.events() == [{"received": 0}]

    def test_browserThatAnswersStaysConnected(
        self, server: Server, page: Page, browser: Poster
    ) -> None:
        """A browser that answers heartbeats by sends stays connected."""
        stream = browser.stream()
        for _ in range(10):
            server.clock.advance(25)
            assert {"received": 0} in stream.events()
            assert browser.send() == {"received": 0}
        assert page.delivery.connected

    def test_silenceClosesTheStreamAndKeepsThePage(
        self, server: Server, page: Page, browser: Poster
    ) -> None:
        """After 45 s of silence the stream is closed by 4408; the page waits."""
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

    def test_lostStreamLosesNothing(self, page: Page, browser: Poster, stream: Exchange) -> None:
        """Messages sent while no stream is connected arrive with the next."""
        show(page, 1)
        stream.wire.lose()
        assert not page.delivery.connected
        show(page, 2)
        browser.connection = 2
        browser.received = 1
        assert browser.stream().events()[1:] == calls(2)


class TestEnd:
    """The end of a stream."""

    def test_endOfThePageIsTheLastEvent(self, server: Server, page: Page, stream: Exchange) -> None:
        """The end of a page is the last event."""
        show(page, 1)
        page.close("Good night.\n\ud800")
        assert stream.events() == [shown(1), {"close": [4000, "Good night.\n?"]}]
        assert stream.ended
        server.clock.advance(20)
        assert server.clock.getDelayedCalls() == []

    def test_sendAfterTheEndGetsTheReason(
        self, page: Page, browser: Poster, stream: Exchange
    ) -> None:
        """A send that arrives after the end gets the same code and reason."""
        page.close("Good night.")
        assert browser.send() == {"close": [4000, "Good night."]}

    @pytest.mark.parametrize("other", ["takeover", "silence", "gone"])
    def test_onlyEndsWithReasonsAreRemembered(
        self,
        server: Server,
        page: Page,
        stream: Exchange,
        log: Log,
        monkeypatch: pytest.MonkeyPatch,
        other: str,
    ) -> None:
        """Ends without a reason do not displace remembered ones."""
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

    def test_stoppedServerClosesStreams(self, server: Server, stream: Exchange) -> None:
        """A server that stops closes streams with 1001."""
        server.resource.stop()
        assert stream.events()[-1]["close"][0] == 1001
        assert stream.ended

    def test_connectionOfAnEndedStreamIsReused(
        self, server: Server, page: Page, stream: Exchange
    ) -> None:
        """The TCP connection of an ended stream accepts another request."""
        page.close("Good night.")
        stream.events()
        browser = Poster(server.resource, server.page().pageId)
        body = browser.body(hello=True)
        stream.wire.begin("/_live/poll", browser.headers(), "POST", body)
        assert b"HTTP/1.1 200 " in stream.wire.take()

    @pytest.mark.parametrize("end", ["close", "takeover", "stop", "silence"])
    @pytest.mark.parametrize("lostFirst", [False, True])
    def test_nothingIsWrittenAfterLossAndClose(
        self,
        server: Server,
        page: Page,
        browser: Poster,
        stream: Exchange,
        end: str,
        lostFirst: bool,
    ) -> None:
        """Nothing is written after a stream is lost and closed, in any order."""
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
    """A connection that is full for a while."""

    def test_pausedMessagesAreSentInOrderLater(self, page: Page, stream: Exchange) -> None:
        """Messages wait while the stream is paused, and follow in order."""
        producer: Any = stream.wire.transport.producer
        producer.pauseProducing()
        for number in range(3):
            show(page, number)
        assert stream.events() == []
        assert page.delivery.next == 1
        producer.resumeProducing()
        assert stream.events() == calls(0, 1, 2)

    def test_pausedStreamGetsNoHeartbeats(
        self, server: Server, browser: Poster, stream: Exchange
    ) -> None:
        """Heartbeats do not pile up on a paused stream, nor do timer calls."""
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

    def test_longQueueIsSentInChunks(self, page: Page, browser: Poster, monkeypatch: Any) -> None:
        """A long queue is sent in parts of 64 KiB until the stream pauses."""
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

    def test_slowReaderIsClosedAtTheLimit(
        self, server: Server, page: Page, stream: Exchange, log: Log
    ) -> None:
        """A reader too slow for the limit is closed with 4429."""
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

    def test_stoppedStreamGetsNothing(self, page: Page, stream: Exchange) -> None:
        """A stream whose connection is lost gets nothing more."""
        producer: Any = stream.wire.transport.producer
        producer.stopProducing()
        show(page)
        assert stream.events() == []


class TestProbe:
    """The probe whether a stream gets through."""

    def test_probeHasOneEventAndEnds(self, server: Server, page: Page, browser: Poster) -> None:
        """A probe has one event and ends after 3 seconds; the page is not affected."""
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

    def test_lostProbeLeavesNoTimer(self, server: Server, page: Page, browser: Poster) -> None:
        """A probe whose browser disconnects leaves no timer."""
        browser.stream(probe=True).wire.lose()
        page.close("bye")
        assert server.clock.getDelayedCalls() == []

    def test_countsOfAProbeAreIgnored(self, page: Page, browser: Poster) -> None:
        """The counts of a probe are ignored, since it is not a connection in use."""
        browser.hello()
        browser.stream(probe=True, connection=99, received=99)
        assert page.ended is None
        assert page.delivery.connection == 1

    def test_probeIsCheckedLikeAnyRequest(self, server: Server, log: Log) -> None:
        """A probe without the right claim is refused."""
        other = Poster(server.resource, "the-id-of-no-page")
        assert other.stream(probe=True).answer()["close"][0] == 4404
        log.take("request refused (4404)")


def test_http10StreamIsNotChunked(server: Server, page: Page, browser: Poster) -> None:
    """Over HTTP/1.0 a stream is not chunked, and ends with its connection."""
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
    """Return the server's timers."""
    return server.clock.getDelayedCalls()
