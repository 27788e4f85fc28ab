"""Tests of L{livewidget.page.responder}, and of the limits on calls in both directions."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.python.failure import Failure

from livewidget import ConnectionLost, Limits, LiveElement, LiveError, expose
from livewidget.page.responder import LOGGED
from livewidget.wire.messages import Call, Error, Result
from tests.support.log import Log
from tests.support.pages import Bench


class Slow(LiveElement):
    """An element that answers on demand."""

    def __init__(self) -> None:
        self.running: list[Deferred[Any]] = []

    @expose
    def wait(self) -> Deferred[Any]:
        self.running.append(Deferred())
        return self.running[-1]

    @expose
    def now(self) -> str:
        return "now"

    @expose
    async def written(self) -> str:
        return "now"

    @expose
    def fired(self) -> Deferred[str]:
        return succeed("now")

    @expose
    def failed(self) -> Failure:
        return Failure(LiveError("now"))

    @expose
    def raised(self) -> None:
        raise LiveError("now")

    @expose
    def strange(self) -> object:
        return object()

    @expose
    def close(self) -> None:
        assert self.page is not None
        self.page.close()


class TestRunning:
    """The limit of the browser's calls that run at the same time."""

    def test_callBeyondTheLimitIsRefused(self, log: Log) -> None:
        """A call beyond the limit is refused with an error that says so, and is not made."""
        bench, element = Bench(callsRunning=3), Slow()
        browser = bench.live(element)
        browser.receive(*(Call(n, 1, "wait", []) for n in range(1, 5)))
        assert len(element.running) == 3
        (error,) = browser.sent
        assert isinstance(error, Error)
        assert (error.callId, error.info.type) == (4, "TooManyCalls")
        assert error.info.message == (
            "3 calls of this page are already running, so this one was not made. "
            "Wait for answers, or allow more with Settings(callsRunning=…)"
        )
        log.take("call refused")

    def test_finishedCallMakesRoom(self, log: Log) -> None:
        """A call that ends, by a result or an error, makes room for another."""
        bench, element = Bench(callsRunning=2), Slow()
        browser = bench.live(element)
        browser.receive(*(Call(n, 1, "wait", []) for n in (1, 2)))
        element.running[0].callback(1)
        browser.receive(Call(3, 1, "wait", []))
        element.running[1].errback(ValueError("wrong"))
        log.take("wrong")
        browser.receive(Call(4, 1, "wait", []))
        assert len(element.running) == 4
        assert browser.page._responder.running == 2

    def test_callsAnsweredAtOnceNeverRunTogether(self) -> None:
        """Calls that are answered immediately never run at the same time."""
        bench = Bench(callsRunning=1)
        browser = bench.live(Slow())
        browser.receive(*(Call(n, 1, "now", []) for n in range(1, 41)))
        assert browser.sent == [Result(n, "now") for n in range(1, 41)]

    @pytest.mark.parametrize(
        ("method", "kind"),
        [
            *(("now", Result), ("written", Result), ("fired", Result)),
            *(("failed", Error), ("raised", Error), ("strange", Error)),
        ],
    )
    def test_everyKindOfAnswerEndsItsCallOnce(self, log: Log, method: str, kind: type) -> None:
        """Every way to answer sends one answer, in order, and ends the call."""
        bench = Bench(callsRunning=1)
        browser = bench.live(Slow())
        browser.receive(Call(1, 1, method, []), Call(None, 1, method, []), Call(2, 1, "now", []))
        first, second = browser.sent
        assert isinstance(first, kind)
        assert second == Result(2, "now")
        if isinstance(first, Result):
            assert first.value == "now"
        elif method != "strange":
            assert isinstance(first, Error)
            assert first.info.message == "now"
        else:
            log.take("cannot be sent")
        assert browser.page._responder.running == 0

    def test_callsWithoutAnAnswerCount(self, log: Log) -> None:
        """Calls without an answer are counted and refused like others."""
        bench, element = Bench(callsRunning=2), Slow()
        browser = bench.live(element)
        browser.receive(*(Call(None, 1, "wait", []) for _ in range(3)))
        assert len(element.running) == 2
        assert browser.sent == []
        log.take("2 calls of this page are already running")

    def test_endedPageCountsRunningCallsDownToZero(self) -> None:
        """A page that has ended still counts its running calls, down to zero."""
        bench, element = Bench(), Slow()
        browser = bench.live(element)
        browser.receive(Call(1, 1, "wait", []), Call(2, 1, "close", []))
        assert browser.page._responder.running == 1
        element.running[0].callback(None)
        assert browser.page._responder.running == 0

    def test_eachPageHasItsOwnLimit(self, log: Log) -> None:
        """Each page has its own limit."""
        bench = Bench(callsRunning=1)
        one, two = Slow(), Slow()
        for element in (one, two):
            bench.live(element).receive(Call(1, 1, "wait", []), Call(2, 1, "wait", []))
        assert (len(one.running), len(two.running)) == (1, 1)
        assert len(log.texts()) == 2


class TestWaiting:
    """The limit of the server's calls that a browser has not answered."""

    def test_browserThatNeverAnswersEndsThePage(self, log: Log) -> None:
        """A browser that acknowledges and never answers ends its page, in a later turn."""
        bench, element = Bench(callsWaiting=3), Slow()
        browser = bench.live(element)
        lost: list[Any] = []
        for number in range(1, 8):
            element.callRemote("ask").addErrback(lambda failure: lost.append(failure.value))
            browser.acknowledge(min(number, 4))
        assert lost == []
        bench.clock.advance(0)
        assert [type(error) for error in lost] == [ConnectionLost] * 7
        code, reason = browser.closed[0]
        assert code == 4429
        assert reason == "the browser does not keep up: 4 calls wait for its answers"
        log.take("page closed (4429)")

    def test_answeredAndCancelledCallsDoNotCount(self) -> None:
        """Calls that are answered or cancelled do not count."""
        bench, element = Bench(callsWaiting=2), Slow()
        browser = bench.live(element)
        for number in range(1, 21):
            answer = element.callRemote("ask")
            if number % 2:
                browser.receive(Result(number, None))
            else:
                answer.addErrback(lambda failure: failure.trap(CancelledError))
                answer.cancel()
        bench.clock.advance(0)
        assert browser.closed == []

    def test_callsWithoutAnAnswerDoNotCount(self) -> None:
        """Calls without an answer do not count."""
        bench, element = Bench(callsWaiting=2), Slow()
        browser = bench.live(element)
        for number in range(1, 21):
            element.callRemoteOnly("show")
            browser.acknowledge(number)
        bench.clock.advance(0)
        assert browser.closed == []


class TestTooLargeError:
    """Errors that are too large to be sent."""

    @pytest.mark.parametrize(
        "text",
        ["x" * 500, "\x00" * 500, "\ud800" * 500],
        ids=["letters", "controls", "surrogates"],
    )
    def test_errorIsCutToTheMessageLimit(self, log: Log, text: str) -> None:
        """An error is cut to the size of a message, however small that is."""

        class Loud(LiveElement):
            @expose
            def shout(self) -> None:
                raise type("E" * 200, (LiveError,), {})(text)

        browser = Bench(limits=Limits(message=200)).live(Loud())
        info = browser.error("shout")
        assert info.type == "E" * 12
        assert info.message == text[:12].replace("\ud800", "?")
        log.take("cannot be sent")


class TestLog:
    """The log entries of refused calls."""

    @pytest.mark.parametrize("method", ["nothing", "now"])
    def test_loggedRefusalsAreLimited(self, log: Log, method: str) -> None:
        """The log has the first refused calls of a page, and the last entry says so."""
        browser = Bench().live(Slow())
        browser.receive(*(Call(None, 1, method, [1]) for _ in range(LOGGED + 20)))
        texts = log.texts()
        assert len(texts) == LOGGED
        assert all(text.startswith("call refused: Slow: ") for text in texts)
        said = "; others of this page are not logged"
        assert [text.endswith(said) for text in texts] == [False] * (LOGGED - 1) + [True]

    def test_eachPageHasItsOwnLogLimit(self, log: Log) -> None:
        """Each page has its own limit of logged refusals."""
        bench = Bench()
        bench.live(Slow()).receive(*(Call(None, 1, "no", []) for _ in range(30)))
        before = len(log.texts())
        bench.live(Slow()).receive(Call(None, 1, "no", []))
        assert len(log.texts()) == before + 1


def test_logNamesTheMethodOfAnUnsendableAnswer(log: Log) -> None:
    """The log names the method whose answer cannot be sent."""

    class Lists(LiveElement):
        @expose
        def users(self) -> Any:
            return {"users": [object()]}

    assert Bench().live(Lists()).error("users").type == "ServerError"
    entry = log.take("value.users[0]: a builtins.object cannot be sent")
    assert (
        "in the answer of test_logNamesTheMethodOfAnUnsendableAnswer.<locals>.Lists.users()"
        in entry
    )
