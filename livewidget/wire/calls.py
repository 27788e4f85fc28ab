"""Calls in flight: their ids, their results, their errors.

Nothing here does I/O. The JavaScript twin is C{js/wire/calls.js}; both run
C{tests/wire/vectors/calls.json}.
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

    @ivar forget: what that takes, from when the call is made.
    """

    forget: Callable[[], Any] | None = None

    def __init__(self) -> None:
        super().__init__(_forget)


class Calls:
    """The calls of one end of a page that wait for their answers.

    @param unwatched: called with an error of the browser's that nobody
        watches, once that is known.
    @param locate: finds the lines of modules that a JavaScript stack names.
    @ivar inFlight: the answers, by the ids of the calls.
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
        """Begin a call: send the message, give the answer to the caller.

        @param answer: fire this one, which the caller has already.
        """
        self._lastId += 1
        callId = self._lastId
        answer = answer or Answer()
        answer.forget = lambda: self.inFlight.pop(callId, None)
        self.inFlight[callId] = answer
        return Call(callId, elementId, method, args), answer

    def result(self, callId: int, value: Any) -> None:
        """The answer of a call has come; one that was forgotten is ignored."""
        answer = self.inFlight.pop(callId, None)
        if answer is not None:
            answer.callback(value)

    def error(self, callId: int | None, info: ErrorInfo) -> None:
        """A call has failed at the other end."""
        if callId is not None and callId in self.inFlight:
            self.fail(callId, remoteError(info, self._locate))

    def fail(self, callId: int, error: Exception) -> None:
        """A call could not be made."""
        answer = self.inFlight.pop(callId, None)
        if answer is not None:
            _fail(answer, Failure(error), self._unwatched)

    def forget(self, call: Call) -> None:
        """A call could not be sent: no answer will come."""
        self.inFlight.pop(call.callId or 0, None)

    def lose(self, reason: ConnectionLost) -> None:
        """The page has ended: no answer will come."""
        failure = Failure(reason)
        # One by one: losing an answer may cancel another, or begin a call.
        for callId in list(self.inFlight):
            answer = self.inFlight.pop(callId, None)
            if answer is not None:
                _fail(answer, failure, self._unwatched)


def lostAnswer(reason: ConnectionLost) -> Deferred[Any]:
    """The answer of a call that is made after the page has ended."""
    answer: Deferred[Any] = Deferred()
    loseAnswer(answer, reason)
    return answer


def loseAnswer(answer: Deferred[Any], reason: ConnectionLost) -> None:
    """An answer will not come; nobody need watch it."""
    _fail(answer, Failure(reason), lambda error: None)


def unsentAnswer(
    answer: Deferred[Any], failure: Failure, unwatched: Callable[[Failure], None]
) -> None:
    """A call could not be sent.

    @param unwatched: called with the failure, if nobody watches the answer.
    """
    # Its frames would keep the answer, and nobody learn of it before garbage is collected.
    failure.cleanFailure()
    answer._debugInfo = _UnsentInfo(unwatched)
    answer.errback(failure)


def _forget(answer: Deferred[Any]) -> None:
    forget = getattr(answer, "forget", None)
    if forget is not None:
        forget()


class _UnwatchedInfo(DebugInfo):
    """What a failed answer says to the log when nobody watches it.

    Every page ends; an answer nobody waits for is no news. What a browser
    says of its own failures is, but no traceback of ours. Twisted has no
    public way to say so.
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
    """What is done of a call that could not be sent when nobody watches the answer."""

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
    """The exception for an error that came from the other end.

    A browser sends the stack of all but a C{LiveError}.

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
    """What the browser learns of a failed call.

    A L{LiveError} crosses as it is; of any other error the browser learns only
    the id under which the server's log has it, unless debugging.
    """
    error = failure.value
    if isinstance(error, (LiveError, Detached)):
        return ErrorInfo(type(error).__name__, str(error), getattr(error, "data", None))
    if not debug:
        return ErrorInfo("ServerError", f"the server failed (error {errorId})", id=errorId)
    message = f"{type(error).__name__}: {error} (error {errorId})"
    return ErrorInfo("ServerError", message, id=errorId, stack=failure.getTraceback())
