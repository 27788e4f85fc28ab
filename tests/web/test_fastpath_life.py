"""Tests of C{livewidget.web.fastpath}: the connection, its end and its time-out."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any
from weakref import ref

import pytest
from twisted.internet.testing import StringTransport
from twisted.web.server import Request

from tests.support.differential import HELLO, Asked, Side, bothWays, byTwisted
from tests.support.http import Wire, endTurn
from tests.support.log import Log
from tests.support.requests import PLAIN, bodyOf, changed, line, post
from tests.support.server import Server, echo


class Waiting:
    """A page with a waiting poll on a single connection."""

    def __init__(self, timeout: int | None = 60) -> None:
        self.server = Server()
        self.page = self.server.page()
        self.side = Side(self.server.resource, timeout=timeout)
        self.headers = list(changed("Live-Page", self.page.pageId))
        self.side.say(post(headers=self.headers, body=HELLO))

    def poll(self, received: int = 0) -> bytes:
        """Return the bytes of a poll."""
        body = bodyOf().replace(b'"received":0', b'"received":%d' % received)
        return post(headers=self.headers, body=body)

    def show(self, text: str) -> None:
        """Send a message from the page."""
        echo(self.page).callRemoteOnly("show", text)

    @property
    def lost(self) -> bool:
        """Return whether the server closes the connection."""
        transport: StringTransport = self.side.wire.transport
        return bool(transport.disconnecting)


def theLastOne(side: Side) -> None:
    """Send a request with C{Connection: close}."""
    side.say(line("Connection: close"))
    # Some transports do not set it.
    side.wire.transport.disconnecting = False


def malformed(side: Side) -> None:
    """Send a malformed request."""
    side.say(line("X"))


def closed(side: Side) -> None:
    """Have the server close after a response."""
    side.say(post())
    side.wire.transport.protocol._channel.loseConnection()


class TestConnection:
    """The connection behaves as with any other request."""

    def test_fastAndOtherRequestsFollowEachOther(self) -> None:
        """Fast and other requests may follow each other on one connection."""

        def use(side: Side) -> Any:
            odd = post(headers=[*PLAIN, ("Expect", "100-continue")])
            several = [post(body=b"1"), post(start="GET {} HTTP/1.1"), odd, post(body=b"2")]
            return side.say(*several, *several), side.resource.notes

        _, notes = bothWays(lambda: Side(Asked()), use)
        assert len(notes) == 8

    @pytest.mark.parametrize(
        "start",
        [b"P", b"POST", b"\r", b"\r\n", b"\r\n\r\n", b"GET /a HTTP/1.1\r\n", post()[:100]],
    )
    def test_requestInsideAnotherIsPartOfIt(self, start: bytes) -> None:
        """Bytes that arrive inside of another request are parsed as a part of it."""

        def use(side: Side) -> Any:
            return side.say(start, post()), side.resource.notes, side.say(post())

        bothWays(lambda: Side(Asked()), use)

    def test_pipelinedRequestsAreHandledOnePerTurn(self) -> None:
        """Of several requests that arrive together, one is handled per turn."""

        def use(side: Side) -> Any:
            side.wire.send(post(body=b"1") + post(body=b"2"))
            counts = []
            for _ in range(3):
                counts.append(len(side.resource.notes))
                side.clock.advance(0)
            return counts, side.say()

        counts, _ = bothWays(lambda: Side(Asked()), use)
        assert counts == [1, 2, 2]

    def test_requestBehindAWaitingPollIsHandledNext(self) -> None:
        """A request behind a waiting poll is kept until that is answered."""

        def use() -> Any:
            it = Waiting()
            assert it.side.say(it.poll()) == b""
            assert it.side.say(it.poll(1)) == b""
            it.show("a")
            first = it.side.say()
            it.show("b")
            return first, it.side.say(), it.page.delivery.acknowledged

        whole = use()
        with byTwisted():
            assert use() == whole
        assert whole[2] == 1

    @pytest.mark.parametrize(("ends", "answered"), [(theLastOne, 1), (malformed, 0), (closed, 1)])
    def test_requestAfterTheEndIsDropped(self, ends: Callable[[Side], None], answered: int) -> None:
        """Nothing is handled after what ended the connection."""

        def use(side: Side) -> Any:
            ends(side)
            side.wire.send(post())
            return side.say(), len(side.resource.notes)

        assert bothWays(lambda: Side(Asked()), use)[1] == answered

    def test_requestsWaitWhileResponsesAreNotRead(self) -> None:
        """Nothing is handled while the peer does not read responses."""

        def use(side: Side) -> Any:
            side.say(post())
            producer = side.wire.transport.producer
            producer.pauseProducing()
            side.wire.transport.producerState = "paused"
            counts = []
            for body in [b"1", b"2", b"3"]:
                side.wire.send(post(body=body))
                side.clock.advance(0)
                counts.append(len(side.resource.notes))
            producer.resumeProducing()
            return counts, side.say(), side.resource.notes

        assert bothWays(lambda: Side(Asked()), use)[0] == [2, 2, 2]

    def test_bodyOverTheSitesLimitIsRefused(self, log: Log) -> None:
        """A body over the site's limit is refused."""

        def use(side: Side) -> Any:
            return side.say(post(body=b"x" * 100)), side.say(post(body=b"x" * 101))

        first, second = bothWays(lambda: Side(Asked(), bodyLimit=100), use)
        assert b" 200 OK" in first
        assert b" 413 " in second
        assert len(log.events) == 2
        log.events.clear()


class TestTime:
    """A connection without requests is closed after the site's time-out."""

    def test_timeRestartsWithEachResponse(self) -> None:
        """The time-out restarts with each response."""
        it = Waiting()
        for received in range(3):
            it.side.clock.advance(59)
            assert not it.lost
            assert it.side.say(it.poll(received)) == b""
            it.show("a")
            assert b"200 OK" in it.side.say()
        it.side.clock.advance(59)
        assert not it.lost
        it.side.clock.advance(1)
        assert it.lost

    def test_waitingPollOutlivesTheTime(self) -> None:
        """A waiting poll is not timed out; the time-out restarts with its response."""
        it = Waiting()
        it.side.say(it.poll())
        it.side.clock.advance(61)
        it.side.clock.advance(1000)
        assert not it.lost
        it.show("a")
        assert b"200 OK" in it.side.say()
        it.side.clock.advance(59)
        assert not it.lost
        it.side.clock.advance(1)
        assert it.lost

    @pytest.mark.parametrize("passed", [0, 61])
    def test_lostPollLeavesNothing(self, passed: int) -> None:
        """A lost connection leaves no timer and no poll, waiting or not."""
        it = Waiting()
        it.side.say(it.poll())
        it.side.clock.advance(passed)
        transport: Any = it.page.transport
        assert transport._waiting is not None
        it.side.wire.lose()
        assert transport._waiting is None
        assert it.side.clock.getDelayedCalls() == []
        it.show("a")
        endTurn(it.server.resource)
        assert it.side.say() == b""
        # The browser polls again, and gets the message.
        assert b'"show"' in Side(it.server.resource).say(it.poll())

    def test_answeredPollIsFreedAtOnce(self) -> None:
        """A poll is freed when it is answered, without the garbage collector."""
        it = Waiting()
        it.side.say(it.poll())
        transport: Any = it.page.transport
        request = ref(transport._waiting.request)
        gc.disable()
        try:
            it.show("a")
            assert b"200 OK" in it.side.say()
            assert request() is None
        finally:
            gc.enable()

    def test_siteWithoutTimeOutHasNoTimer(self) -> None:
        """A site without a time-out starts no timer."""
        it = Waiting(timeout=None)
        it.side.say(it.poll())
        it.show("a")
        assert b"200 OK" in it.side.say()
        assert it.side.clock.getDelayedCalls() == []
        it.side.wire.transport.protocol._channel.setTimeout(5)
        it.side.wire.lose()
        assert it.side.clock.getDelayedCalls() == []


def test_pollLostWhileHandledDoesNotWait() -> None:
    """A poll whose connection is lost while it is handled does not wait."""

    def identify(request: Request) -> None:
        if losing:
            losing[0].lose()

    losing: list[Wire] = []
    it = Waiting()
    it.server.resource.pages._identify = identify
    losing.append(it.side.wire)
    it.side.wire.send(it.poll())
    transport: Any = it.page.transport
    assert transport._waiting is None
    losing.clear()
    it.show("a")
    assert b'"show"' in Side(it.server.resource).say(it.poll())
