"""Calls in flight: their ids, results and errors.

The JavaScript twin is C{js/wire/calls.js}; both run C{tests/wire/vectors/calls.json}.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import UNSET
from twisted.internet.defer import DebugInfo, Deferred
from twisted.python.failure import Failure

from livewidget.errors import ConnectionLost, Detached, JSError, LiveError, RemoteError
from livewidget.wire.messages import Call, ErrorInfo
from livewidget.wire.stacks import Locate, framesOf, nowhere, tracebackOf


class Answer(Deferred[Any]):
    """The Deferred of a call. Cancelling it forgets the call.

    @ivar forget: forgets the call; set when the call is made.
    """

    forget: Callable[[], Any] | None = None

    def __init__(self) -> None:
        super().__init__(_forget)


class Calls:
    """The calls of one end of a page that wait for their answers.

    @param unwatched: called with an error from the browser that no errback has handled.
    @param locate: finds the lines of modules that a JavaScript stack names.
    @ivar inFlight: the answers, by call id.
    """

    def __init__(
        self,
        unwatched: Callable[[RemoteError], None] = lambda error: None,
        locate: Locate = nowhere,
    ) -> None:
        self._unwatched = unwatched
        self._locate = locate
        self._lastId = 0
        self.inFlight: dict[int, Answer] = {}

    def make(
        self, elementId: int, method: str, args: list[Any], answer: Answer | None = None
    ) -> tuple[Call, Answer]:
        """Begin a call.

        @param answer: fire this one, if the caller already has one.
        @return: the message to send, and the answer for the caller.
        """
        self._lastId += 1
        callId = self._lastId
        answer = answer or Answer()
        answer.forget = lambda: self.inFlight.pop(callId, None)
        self.inFlight[callId] = answer
        return Call(callId, elementId, method, args), answer

    def result(self, callId: int, value: Any) -> None:
        """Fire the answer to a call; forgotten calls are ignored."""
        answer = self.inFlight.pop(callId, None)
        if answer is not None:
            answer.callback(value)

    def error(self, callId: int | None, info: ErrorInfo) -> None:
        """Fail the answer to a call with an error from the other end."""
        if callId is not None and callId in self.inFlight:
            self.fail(callId, remoteError(info, self._locate))

    def fail(self, callId: int, error: Exception) -> None:
        """Fail the answer to a call that could not be made."""
        answer = self.inFlight.pop(callId, None)
        if answer is not None:
            _fail(answer, Failure(error), self._unwatched)

    def forget(self, call: Call) -> None:
        """Forget a call that could not be sent."""
        self.inFlight.pop(call.callId or 0, None)

    def lose(self, reason: ConnectionLost) -> None:
        """Fail all answers, since the page has ended."""
        failure = Failure(reason)
        # One by one, since an errback may cancel another answer or begin a call.
        for callId in list(self.inFlight):
            answer = self.inFlight.pop(callId, None)
            if answer is not None:
                _fail(answer, failure, self._unwatched)


def lostAnswer(reason: ConnectionLost) -> Deferred[Any]:
    """Return the failed answer to a call that is made after the page has ended."""
    answer: Deferred[Any] = Deferred()
    loseAnswer(answer, reason)
    return answer


def loseAnswer(answer: Deferred[Any], reason: ConnectionLost) -> None:
    """Fail an answer with L{ConnectionLost}; not logged if nobody handles it."""
    _fail(answer, Failure(reason), lambda error: None)


def unsentAnswer(
    answer: Deferred[Any], failure: Failure, unwatched: Callable[[Failure], None]
) -> None:
    """Fail the answer to a call that could not be sent.

    @param unwatched: called with the failure if no errback handles it.
    """
    # The failure's frames refer to the answer, which would delay the call of unwatched.
    failure.cleanFailure()
    answer._debugInfo = _UnsentInfo(unwatched)
    answer.errback(failure)


def _forget(answer: Deferred[Any]) -> None:
    forget = getattr(answer, "forget", None)
    if forget is not None:
        forget()


class _UnwatchedInfo(DebugInfo):
    """What is logged about a failed answer that no errback has handled.

    Every page ends, so L{ConnectionLost} is not logged. The browser's failures are, without a
    Python traceback. Twisted has no public API for this.
    """

    def __init__(self, unwatched: Callable[[RemoteError], None]) -> None:
        self._unwatched = unwatched

    def __del__(self) -> None:
        failure = self.failResult
        if failure is None or failure.check(ConnectionLost):
            return
        if isinstance(failure.value, RemoteError):
            self._unwatched(failure.value)
        else:
            super().__del__()


class _UnsentInfo(DebugInfo):
    """Calls C{unwatched} for a call that could not be sent, if no errback handles it."""

    def __init__(self, unwatched: Callable[[Failure], None]) -> None:
        self._unwatched = unwatched

    def __del__(self) -> None:
        if self.failResult is not None:
            self._unwatched(self.failResult)


def _fail(
    answer: Deferred[Any], failure: Failure, unwatched: Callable[[RemoteError], None]
) -> None:
    answer._debugInfo = _UnwatchedInfo(unwatched)
    answer.errback(failure)


def remoteError(info: ErrorInfo, locate: Locate = nowhere) -> RemoteError | Detached:
    """Return the exception for an error from the other end.

    Browsers send a stack for every error except C{LiveError}.

    @param locate: finds the lines of modules that the stack names.
    """
    if info.type == Detached.__name__:
        return Detached()
    if info.stack is UNSET:
        return RemoteError(info.type, info.message, info.data)
    frames = framesOf(info.stack, info.message, locate)
    traceback = tracebackOf(frames)
    plain = tuple(frame for frame, _ in frames)
    return JSError(info.type, info.message, info.data, info.stack, plain, traceback)


def errorInfo(failure: Failure, errorId: str, debug: bool = False) -> ErrorInfo:
    """Return what the browser is told of a failed call.

    A L{LiveError} is sent unchanged. Of any other error the browser learns only the id of the
    entry in the server's log, unless debugging.
    """
    error = failure.value
    if isinstance(error, (LiveError, Detached)):
        return ErrorInfo(type(error).__name__, str(error), getattr(error, "data", None))
    if not debug:
        return ErrorInfo("ServerError", f"the server failed (error {errorId})", id=errorId)
    message = f"{type(error).__name__}: {error} (error {errorId})"
    return ErrorInfo("ServerError", message, id=errorId, stack=failure.getTraceback())
