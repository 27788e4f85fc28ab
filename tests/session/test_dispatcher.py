"""Tests of L{livewidget.session.dispatcher}."""

from __future__ import annotations

import pytest

from livewidget import Limits, LiveElement, expose
from livewidget.session.dispatcher import PER_TURN
from livewidget.wire.messages import Call, Result
from tests.support.log import Log
from tests.support.pages import Bench, FakeTransport


class Notes(LiveElement):
    """An element that notes the numbers that it is called with."""

    def __init__(self) -> None:
        self.notes: list[int] = []

    @expose
    def note(self, number: int, more: str = "") -> int:
        self.notes.append(number)
        return number

    @expose
    def close(self) -> None:
        assert self.page is not None
        self.page.close("enough")


def calls(first: int, number: int) -> list[Call]:
    """Return numbered calls."""
    return [Call(None, 1, "note", [n]) for n in range(first, first + number)]


def live(bench: Bench) -> tuple[Notes, FakeTransport]:
    """Return an element that notes calls, and the connection of its page."""
    element = Notes()
    return element, bench.live(element)


class TestTurns:
    """The number of messages dispatched per turn of the reactor."""

    def test_batchIsDispatchedOverSeveralTurns(self) -> None:
        """Each turn dispatches a limited number of messages, and other work runs in between."""
        bench = Bench()
        element, transport = live(bench)
        noted: list[int] = []

        def otherWork() -> None:
            noted.append(len(element.notes))
            if len(noted) < 4:
                bench.clock.callLater(0, otherWork)

        transport.receive(*calls(0, 3 * PER_TURN))
        bench.clock.callLater(0, otherWork)
        assert element.notes == list(range(PER_TURN))
        bench.clock.advance(0)
        assert noted == [2 * PER_TURN, 3 * PER_TURN, 3 * PER_TURN, 3 * PER_TURN]
        assert transport.page.delivery.received == 3 * PER_TURN

    def test_messagesOneByOneAreDispatchedOverSeveralTurns(self) -> None:
        """Messages that arrive one by one within a turn, as from a WebSocket, are limited too."""
        bench = Bench()
        element, transport = live(bench)
        for call in calls(0, 2 * PER_TURN):
            transport.receive(call)
        assert len(element.notes) == PER_TURN
        bench.clock.advance(0)
        assert element.notes == list(range(2 * PER_TURN))

    def test_messagesSpreadOverTimeAreDispatchedAtOnce(self) -> None:
        """Messages that arrive in different turns are dispatched immediately, however many."""
        bench = Bench()
        element, transport = live(bench)
        for number in range(3 * PER_TURN):
            transport.receive(*calls(number, 1))
            assert element.notes[-1] == number
            bench.clock.rightNow += 0.01

    def test_messageThatArrivesBetweenTurnsKeepsItsPlace(self) -> None:
        """Messages that arrive between two turns are dispatched after the ones that wait."""
        bench = Bench()
        element, transport = live(bench)
        transport.receive(*calls(0, PER_TURN + 10))
        transport.receive(*calls(PER_TURN + 10, 10))
        assert len(element.notes) == PER_TURN
        bench.clock.advance(0)
        assert element.notes == list(range(PER_TURN + 20))

    def test_floodOfOnePageDoesNotDelayAnother(self) -> None:
        """A page is served while another page has messages waiting."""
        bench = Bench()
        _, flood = live(bench)
        other, transport = live(bench)
        flood.receive(*calls(0, 500))
        transport.receive(*calls(0, 1))
        assert other.notes == [0]

    def test_answersOfALaterTurnAreSentAtItsEnd(self) -> None:
        """Answers that a later turn produces are sent at the end of that turn."""
        bench = Bench()
        _, transport = live(bench)
        transport.receive(*(Call(n, 1, "note", [n]) for n in range(1, PER_TURN + 2)))
        assert len(transport.sent) == PER_TURN
        bench.clock.advance(0)
        assert transport.sent[-1] == Result(PER_TURN + 1, PER_TURN + 1)

    def test_malformedMessageEndsThePageWhenItIsReached(self, log: Log) -> None:
        """A malformed message ends the page after all messages before it were dispatched."""
        bench = Bench()
        element, transport = live(bench)
        transport.receive(*calls(0, PER_TURN + 1), b"nonsense", *calls(0, 5))
        assert transport.closed == []
        bench.clock.advance(0)
        log.take("page refused (4400)")
        assert [code for code, _ in transport.closed] == [4400]
        assert element.notes == list(range(PER_TURN + 1))

    def test_undispatchedMessagesComeAgainAfterATakeover(self) -> None:
        """Undispatched messages arrive again on a newer connection, and each runs once."""
        bench = Bench()
        element, transport = live(bench)
        transport.receive(*calls(0, PER_TURN + 10))
        newer = bench.connect(transport.page, 2)
        assert newer.welcome is not None
        assert newer.welcome.received == PER_TURN
        newer.receive(*calls(PER_TURN, 10))
        bench.clock.advance(0)
        assert element.notes == list(range(PER_TURN + 10))

    def test_endedPageDispatchesNothingAndLeavesNoTimer(self) -> None:
        """A page that has ended dispatches nothing and leaves no timer."""
        bench = Bench()
        element, transport = live(bench)
        transport.receive(*calls(0, PER_TURN - 1), Call(None, 1, "close", []), *calls(0, 5))
        _, another = live(bench)
        another.receive(*calls(0, PER_TURN + 1))
        another.receive(*calls(PER_TURN + 1, 1))
        another.page.close()
        assert bench.clock.getDelayedCalls() == []
        assert len(element.notes) == PER_TURN - 1


class TestRate:
    """The limit of calls per second."""

    def test_callsAboveTheRateWait(self) -> None:
        """Calls above the rate wait and are not lost. The connection stays open."""
        bench = Bench(callsPerSecond=20)
        element, transport = live(bench)
        transport.receive(*calls(0, 60))
        assert element.notes == list(range(20))
        bench.clock.pump([0.05] * 20)
        assert 39 <= len(element.notes) <= 41
        bench.clock.pump([0.05] * 21)
        assert element.notes == list(range(60))
        assert transport.closed == []

    def test_defaultRateIsAThousandPerSecond(self) -> None:
        """The default allows a burst of 1,000 calls, and 10,000 within ten seconds."""
        bench = Bench()
        element, transport = live(bench)
        transport.receive(*calls(0, 1000))
        bench.clock.pump([0] * 20)
        assert len(element.notes) == 1000
        transport.receive(*calls(1000, 9000))
        bench.clock.pump([0] * 200)
        assert len(element.notes) <= 1050
        bench.clock.pump([0.05] * 190)
        assert element.notes == list(range(10_000))

    def test_answersDoNotCountAsCalls(self) -> None:
        """Answers to the server's calls do not count towards the rate."""
        bench = Bench(callsPerSecond=1)
        element, transport = live(bench)
        answers: list[int] = []
        for number in range(10):
            element.callRemote("ask", number).addCallback(answers.append)
        transport.receive(*(Result(n, n) for n in range(1, 11)))
        assert answers == list(range(1, 11))

    def test_pageWithWaitingCallsIsNotSilent(self) -> None:
        """A page with waiting calls does not time out, and its acknowledgements are handled."""
        bench = Bench(callsPerSecond=1)
        element, transport = live(bench)
        transport.receive(*calls(0, 100))
        element.callRemoteOnly("show")
        transport.acknowledge(1)
        assert transport.page.delivery.bufferedBytes == 0
        for _ in range(9):
            bench.clock.advance(10)
            transport.acknowledge(1)
        assert transport.closed == []

    def test_waitingCallsCountTowardsTheMemoryOfAllPages(self, log: Log) -> None:
        """Waiting calls count towards C{processBytes}. The page with the most ends with 4429."""
        bench = Bench(callsPerSecond=1, processBytes=1000)
        _, most = live(bench)
        _, least = live(bench)
        most.receive(*(Call(None, 1, "note", [0, "x" * 200]) for _ in range(4)))
        assert 600 < bench.pages.bufferedBytes < 1000
        least.receive(*(Call(None, 1, "note", [0, "x" * 100]) for _ in range(4)))
        log.take("all pages together hold too many bytes")
        bench.clock.advance(0)
        assert [code for code, _ in most.closed] == [4429]
        assert least.closed == []
        bench.clock.pump([1] * 5)
        assert bench.pages.bufferedBytes == 0

    @pytest.mark.parametrize(
        ("limits", "args"),
        [
            (Limits(message=100, messages=10, bytes=10_000), [0]),
            (Limits(message=100, messages=1000, bytes=320), [0, "x" * 20]),
        ],
        ids=["messages", "bytes"],
    )
    def test_browserThatSendsMoreThanItMayKeepIsClosed(
        self, log: Log, limits: Limits, args: list[object]
    ) -> None:
        """A browser that sends more than it may keep unacknowledged is closed with 4429."""
        bench = Bench(callsPerSecond=1, limits=limits)
        _, transport = live(bench)
        for _ in range(20):
            transport.receive(Call(None, 1, "note", list(args)))
        log.take("page refused (4429)")
        assert [code for code, _ in transport.closed] == [4429]
