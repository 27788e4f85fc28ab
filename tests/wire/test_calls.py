"""Tests of L{livewidget.wire.calls}: the Deferreds of calls, and which failures are logged."""

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
    """Collect garbage, then return the logged errors."""
    gc.collect()
    return log.errors()


def make(calls: Calls) -> Deferred[Any]:
    return calls.make(1, "m", [])[1]


def test_cancelledAnswerForgetsItsCall() -> None:
    """Cancelling an answer forgets its call and no other call."""
    calls = Calls()
    answer, other = make(calls), make(calls)
    answer.cancel()
    assert len(calls.inFlight) == 1
    assert answer.addErrback(lambda failure: failure.type).result is CancelledError
    calls.result(1, "late")
    calls.error(1, ErrorInfo("A", "late"))
    calls.result(2, "x")
    assert other.result == "x"


def test_cancelAfterTheAnswerChangesNothing() -> None:
    """Cancelling an answer that has already arrived changes nothing."""
    calls = Calls()
    answer = make(calls)
    calls.result(1, "x")
    answer.cancel()
    assert answer.result == "x"


def test_givenDeferredIsTheAnswer() -> None:
    """A Deferred that the caller passes in is fired instead of a new one."""
    calls = Calls()
    mine: Deferred[Any] = Deferred()
    message, answer = calls.make(3, "m", ["a"], mine)
    assert message == Call(1, 3, "m", ["a"])
    assert answer is mine
    calls.result(1, "x")
    assert mine.result == "x"


def test_cancelledGivenDeferredIsNotFiredAgain() -> None:
    """A cancelled Deferred that the caller passed in is not fired by a late answer or by a loss."""
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


def test_unhandledLossIsNotLogged(log: Log) -> None:
    """A lost answer that is not handled is not logged."""
    calls = Calls()
    make(calls)
    calls.lose(LOST)
    lostAnswer(LOST)
    assert errorsOf(log) == []


def test_lossWithoutErrbackIsNotLogged(log: Log) -> None:
    """A lost answer that has callbacks but no errback is not logged."""
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


def test_lossReachesErrbacksAddedBeforeAndAfter() -> None:
    """Errbacks receive a loss, whether they were added before it or after it."""
    calls = Calls()
    seen: list[Any] = []
    early, late = make(calls), make(calls)
    early.addErrback(lambda failure: seen.append(failure.value))
    calls.lose(LOST)
    late.addErrback(lambda failure: seen.append(failure.value))
    lostAnswer(LOST).addErrback(lambda failure: seen.append(failure.value))
    assert seen == [LOST, LOST, LOST]


def test_awaitedAnswerRaisesTheLoss() -> None:
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


def test_unhandledLocalFailureIsLogged(log: Log) -> None:
    """An unhandled failure of the server is logged."""
    calls = Calls()
    make(calls)
    calls.fail(1, ValueError("ours"))
    assert "ValueError: ours" in log.take("Traceback")


def test_unhandledBrowserErrorIsReported(log: Log) -> None:
    """An unhandled error from the browser is reported to the owner of the calls, not logged."""
    told: list[RemoteError] = []
    calls = Calls(told.append)
    make(calls)
    calls.error(1, ErrorInfo("Busy", "later"))
    gc.collect()
    assert [str(error) for error in told] == ["Busy: later"]
    assert log.texts() == []


def test_handledBrowserErrorIsNotReported() -> None:
    """An error from the browser that an errback handles is not reported to the owner."""
    told: list[RemoteError] = []
    calls = Calls(told.append)
    caught: list[Failure] = []
    make(calls).addErrback(caught.append)
    calls.error(1, ErrorInfo("Busy", "later"))
    gc.collect()
    assert [failure.type for failure in caught] == [RemoteError]
    assert told == []


def test_failingErrbackIsLogged(log: Log) -> None:
    """An exception raised by an errback that handles a loss is logged."""
    calls = Calls()
    make(calls).addErrback(lambda failure: 1 / 0)
    calls.lose(LOST)
    assert "1 / 0" in log.take("ZeroDivisionError")


def test_failingErrbackAddedAfterTheLossIsLogged(log: Log) -> None:
    """An exception raised by an errback that was added after the loss is logged."""
    lostAnswer(LOST).addErrback(lambda failure: 1 / 0)
    assert "1 / 0" in log.take("ZeroDivisionError")


def test_failingCallbackDoesNotStopOtherAnswers(log: Log) -> None:
    """A callback that raises does not keep other answers from failing with the loss."""
    calls = Calls()
    first, second = make(calls), make(calls)
    first.addBoth(lambda result: 1 / 0)
    calls.lose(LOST)
    assert second.addErrback(lambda failure: failure.value).result is LOST
    del first
    assert "1 / 0" in log.take("ZeroDivisionError")


def test_errbackOfALossMayCancelAnotherCall() -> None:
    """The errback of a lost answer may cancel another call, as a DeferredList does."""
    calls = Calls()
    seen: list[Any] = []
    first, second, third = make(calls), make(calls), make(calls)
    first.addErrback(lambda failure: second.cancel())
    second.addErrback(lambda failure: seen.append(failure.type))
    third.addErrback(lambda failure: seen.append(failure.type))
    calls.lose(LOST)
    assert seen == [CancelledError, ConnectionLost]
    assert len(calls.inFlight) == 0


def test_callMadeDuringALossIsNotLost() -> None:
    """A call made while others are being lost stays in flight."""
    calls = Calls()
    make(calls).addErrback(lambda failure: calls.make(1, "again", []))
    calls.lose(LOST)
    assert len(calls.inFlight) == 1


def test_remoteErrorHasTypeMessageDataAndStack() -> None:
    """A RemoteError has the type, message, data and stack that the browser sent."""
    error = remoteError(ErrorInfo("Busy", "later", {"after": 5}, stack="at x"))
    assert (error.type, error.message, error.data) == ("Busy", "later", {"after": 5})
    assert error.stack == "at x"
    assert str(error) == "Busy: later"
    assert remoteError(ErrorInfo("Busy", "later")).stack is None


class Busy(LiveError):
    """A LiveError that an application defines."""


class Forgetful(LiveError):
    """A LiveError whose constructor does not call that of its base."""

    def __init__(self, what: str) -> None:
        self.what = what


@pytest.mark.parametrize("debug", [False, True], ids=["without debug", "debug"])
@pytest.mark.parametrize(
    ("error", "info"),
    [
        (Busy("later", {"after": 5}), ErrorInfo("Busy", "later", {"after": 5})),
        (Busy(), ErrorInfo("Busy", "")),
        (Busy(5), ErrorInfo("Busy", "5")),  # type: ignore[arg-type]
        (Forgetful("x"), ErrorInfo("Forgetful", "")),
    ],
    ids=["with data", "without a message", "a number as message", "base not initialized"],
)
def test_liveErrorIsSentWithTypeMessageAndData(
    error: LiveError, info: ErrorInfo, debug: bool
) -> None:
    """A LiveError is sent with its type, message and data, with debugging and without."""
    assert errorInfo(Failure(error), "1f", debug) == info


def test_otherErrorIsSentAsItsLogIdAlone() -> None:
    """The browser learns only the log id of an error that is not a LiveError."""
    info = errorInfo(Failure(ValueError("a secret")), "1f")
    assert info == ErrorInfo("ServerError", "the server failed (error 1f)", id="1f")
    assert info.stack is UNSET


def test_otherErrorIsSentWholeWhenDebugging() -> None:
    """With debugging, the browser gets the type, message and stack of any error."""
    info = errorInfo(Failure(ValueError("a secret")), "1f", debug=True)
    assert (info.type, info.message) == ("ServerError", "ValueError: a secret (error 1f)")
    assert info.id == "1f"
    assert "ValueError" in str(info.stack)
