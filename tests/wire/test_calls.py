"""Tests of L{livewidget.wire.calls}: Deferreds, and what the log hears of them."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from msgspec import UNSET
from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from livewidget.errors import ConnectionLost, LiveError, RemoteError
from livewidget.wire.calls import Calls, errorInfo, lostAnswer, remoteError
from livewidget.wire.messages import Call, ErrorInfo
from tests.support.log import Log

LOST = ConnectionLost(4404, "gone")


def errorsOf(log: Log) -> list[str]:
    """The errors that were logged, once all that can be collected is."""
    gc.collect()
    return log.errors()


def make(calls: Calls) -> Deferred[Any]:
    return calls.make(1, "m", [])[1]


def test_cancel() -> None:
    """Cancelling an answer forgets its call, and no other."""
    calls = Calls()
    answer, other = make(calls), make(calls)
    answer.cancel()
    assert len(calls.inFlight) == 1
    assert answer.addErrback(lambda failure: failure.type).result is CancelledError
    calls.result(1, "late")
    calls.error(1, ErrorInfo("A", "late"))
    calls.result(2, "x")
    assert other.result == "x"


def test_cancelAnswered() -> None:
    """Cancelling an answer that has come changes nothing."""
    calls = Calls()
    answer = make(calls)
    calls.result(1, "x")
    answer.cancel()
    assert answer.result == "x"


def test_givenAnswer() -> None:
    """A Deferred that the caller has already is fired instead of a new one."""
    calls = Calls()
    mine: Deferred[Any] = Deferred()
    message, answer = calls.make(3, "m", ["a"], mine)
    assert message == Call(1, 3, "m", ["a"])
    assert answer is mine
    calls.result(1, "x")
    assert mine.result == "x"


def test_cancelledGivenAnswer() -> None:
    """A given Deferred that was cancelled is not fired a second time, whatever comes."""
    calls = Calls()
    seen: list[Any] = []
    for _ in range(2):
        mine: Deferred[Any] = Deferred()
        calls.make(3, "m", [], mine)
        mine.addErrback(lambda failure: failure.type).addCallback(seen.append)
        mine.cancel()
    calls.result(1, "late")
    calls.lose(LOST)
    assert seen == [CancelledError, CancelledError]


def test_lossIsSilent(log: Log) -> None:
    """An answer nobody watches is lost without a word in the log."""
    calls = Calls()
    make(calls)
    calls.lose(LOST)
    lostAnswer(LOST)
    assert errorsOf(log) == []


def test_lossUnderCallbackIsSilent(log: Log) -> None:
    """So is one that somebody waits for without an errback, before the end or after it."""
    calls = Calls()
    seen: list[Any] = []
    make(calls).addCallback(seen.append)
    later = make(calls)
    calls.lose(LOST)
    later.addCallback(seen.append)
    del later
    lostAnswer(LOST).addCallback(seen.append)
    assert errorsOf(log) == []
    assert seen == []


def test_lossReachesWatchers() -> None:
    """A loss reaches those who watch, also those who come later."""
    calls = Calls()
    seen: list[Any] = []
    early, late = make(calls), make(calls)
    early.addErrback(lambda failure: seen.append(failure.value))
    calls.lose(LOST)
    late.addErrback(lambda failure: seen.append(failure.value))
    lostAnswer(LOST).addErrback(lambda failure: seen.append(failure.value))
    assert seen == [LOST, LOST, LOST]


def test_lossIsAwaited() -> None:
    """A coroutine that awaits an answer gets the loss as an exception."""
    calls = Calls()

    async def caller() -> str:
        try:
            await make(calls)
        except ConnectionLost as error:
            return error.reason
        return "no loss"

    waiting = Deferred.fromCoroutine(caller())
    calls.lose(LOST)
    assert waiting.result == "gone"


def test_otherFailuresAreLogged(log: Log) -> None:
    """An error of ours that nobody watches is logged."""
    calls = Calls()
    make(calls)
    calls.fail(1, ValueError("ours"))
    assert "ValueError: ours" in log.take("Traceback")


def test_errorsOfTheBrowserAreTold(log: Log) -> None:
    """One of the browser's is told to whoever made the calls, and is no traceback."""
    told: list[RemoteError] = []
    calls = Calls(told.append)
    make(calls)
    calls.error(1, ErrorInfo("Busy", "later"))
    gc.collect()
    assert [str(error) for error in told] == ["Busy: later"]
    assert log.texts() == []


def test_watchedErrorsAreNotTold() -> None:
    """Who watches an answer is told by it alone."""
    told: list[RemoteError] = []
    calls = Calls(told.append)
    caught: list[Failure] = []
    make(calls).addErrback(caught.append)
    calls.error(1, ErrorInfo("Busy", "later"))
    gc.collect()
    assert [failure.type for failure in caught] == [RemoteError]
    assert told == []


def test_failureOfErrbackIsLogged(log: Log) -> None:
    """What a watcher of a loss makes of it is an error of its own."""
    calls = Calls()
    make(calls).addErrback(lambda failure: 1 / 0)
    calls.lose(LOST)
    assert "1 / 0" in log.take("ZeroDivisionError")


def test_failureAfterLossIsLogged(log: Log) -> None:
    """So it is when the watcher comes after the loss."""
    lostAnswer(LOST).addErrback(lambda failure: 1 / 0)
    assert "1 / 0" in log.take("ZeroDivisionError")


def test_failingCallback(log: Log) -> None:
    """A callback that fails keeps no other answer from coming."""
    calls = Calls()
    first, second = make(calls), make(calls)
    first.addBoth(lambda result: 1 / 0)
    calls.lose(LOST)
    assert second.addErrback(lambda failure: failure.value).result is LOST
    del first
    assert "1 / 0" in log.take("ZeroDivisionError")


def test_cancelInLoss() -> None:
    """An answer that is lost may cancel another, as who waits for several does."""
    calls = Calls()
    seen: list[Any] = []
    first, second, third = make(calls), make(calls), make(calls)
    first.addErrback(lambda failure: second.cancel())
    second.addErrback(lambda failure: seen.append(failure.type))
    third.addErrback(lambda failure: seen.append(failure.type))
    calls.lose(LOST)
    assert seen == [CancelledError, ConnectionLost]
    assert len(calls.inFlight) == 0


def test_callInLoss() -> None:
    """A call that is made while others are lost is not lost with them."""
    calls = Calls()
    make(calls).addErrback(lambda failure: calls.make(1, "again", []))
    calls.lose(LOST)
    assert len(calls.inFlight) == 1


def test_remoteError() -> None:
    """An error from the other end has all that was said of it."""
    error = remoteError(ErrorInfo("Busy", "later", {"after": 5}, stack="at x"))
    assert (error.type, error.message, error.data) == ("Busy", "later", {"after": 5})
    assert error.stack == "at x"
    assert str(error) == "Busy: later"
    assert remoteError(ErrorInfo("Busy", "later")).stack is None


class Busy(LiveError):
    """An application's own error."""


class Forgetful(LiveError):
    """One that does not call the constructor of its base."""

    def __init__(self, what: str) -> None:
        self.what = what


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    ("error", "info"),
    [
        (Busy("later", {"after": 5}), ErrorInfo("Busy", "later", {"after": 5})),
        (Busy(), ErrorInfo("Busy", "")),
        (Busy(5), ErrorInfo("Busy", "5")),  # type: ignore[arg-type]
        (Forgetful("x"), ErrorInfo("Forgetful", "")),
    ],
)
def test_liveError(error: LiveError, info: ErrorInfo, debug: bool) -> None:
    """A LiveError crosses with its type, message and data, debugging or not."""
    assert errorInfo(Failure(error), "1f", debug) == info


def test_opaqueError() -> None:
    """Of any other error the browser learns only where the log has it."""
    info = errorInfo(Failure(ValueError("a secret")), "1f")
    assert info == ErrorInfo("ServerError", "the server failed (error 1f)", id="1f")
    assert info.stack is UNSET


def test_debugError() -> None:
    """When debugging, it learns everything."""
    info = errorInfo(Failure(ValueError("a secret")), "1f", debug=True)
    assert (info.type, info.message) == ("ServerError", "ValueError: a secret (error 1f)")
    assert info.id == "1f"
    assert "ValueError" in str(info.stack)
