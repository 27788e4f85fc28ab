"""What a browser's messages do, and how its calls are answered."""

from __future__ import annotations

import inspect
import secrets
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget.elements.expose import exposedMethods
from livewidget.errors import (
    BadArguments,
    ConnectionLost,
    Detached,
    EncodeError,
    LiveError,
    MessageTooLarge,
    NoSuchMethod,
    ProtocolError,
    TooManyCalls,
    TooManyElements,
)
from livewidget.logs import logFailure
from livewidget.page.reports import ShownFailure, reportFailure
from livewidget.wire.calls import errorInfo
from livewidget.wire.codes import MALFORMED
from livewidget.wire.messages import Call, Detach, Error, ErrorInfo, Made, Message, Result

if TYPE_CHECKING:
    from livewidget.page.page import Page

#: Characters of an error's message, when the whole of it does not cross.
SHORT = 1_000

#: Refused calls of one page that are worth a line of the log.
WORTH_LOGGING = 10

#: What most answers are; Python takes long to find that something is no Deferred.
_AT_ONCE = frozenset({type(None), bool, int, float, str, list, dict})

#: What an answer that comes later is, to L{maybeDeferred}.
_LATER = (Deferred, Failure, CoroutineType)

_log = Logger()


def dispatch(page: Page, message: Message) -> None:
    """Do what a message of the browser's says that is no call; for those see L{answerCall}.

    @raise ProtocolError: it is none that a browser sends; end the page.
    """
    if isinstance(message, Result):
        _answered(page, message)
    elif isinstance(message, Error) and message.callId is None:
        _reported(page, message.info)
    elif isinstance(message, Error):
        _answered(page, message)
    elif isinstance(message, Made):
        page.hooks.tellMade(page.tree.made(message.elementId))
    elif isinstance(message, Detach):
        element = page.elements.get(message.elementId)
        if element is not None:
            page.detach(element, told=True)
    else:
        kind = type(message).__name__.lower()
        raise ProtocolError(MALFORMED, f"a browser does not send {kind!r} here")


def answerCall(page: Page, call: Call) -> None:
    """Run the exposed method that a call names, and send its answer or its error.

    Nothing is raised: what a method raises is for the browser, and the log.
    """
    page.callsRunning += 1
    try:
        value = _invoke(page, call)
        if type(value) in _AT_ONCE or not isinstance(value, _LATER):
            # Most methods answer at once; a Deferred for each would cost more than all else here.
            _sendResult(value, page, call)
            page.callsRunning -= 1
            return
        answer = maybeDeferred(lambda: value)
        answer.addCallback(_sendResult, page, call)
    except BaseException:
        answer = fail()
    answer.addErrback(_failed, page, call)
    answer.addBoth(_done, page)


def _reported(page: Page, info: ErrorInfo) -> None:
    if not page.pages.settings.debug:
        raise ProtocolError(MALFORMED, "a browser reports errors when debugging only")
    page.complaints.reported(info)


def _answered(page: Page, message: Result | Error) -> None:
    try:
        if isinstance(message, Result):
            page.calls.result(message.callId, message.value)
        else:
            page.calls.error(message.callId, message.info)
    except Exception:
        logFailure(_log, "dispatching an answer failed", Failure())


def _done(result: Any, page: Page) -> Any:
    page.callsRunning -= 1
    return result


def _invoke(page: Page, call: Call) -> Any:
    if page.callsRunning > page.pages.settings.callsRunning:
        raise TooManyCalls(page.callsRunning - 1)
    element = page.tree.elements.get(call.elementId)
    if element is None:
        if call.elementId <= page.tree.lastId:
            raise Detached
        raise NoSuchMethod(call.method)
    exposed = exposedMethods(type(element)).get(call.method)
    if exposed is None:
        raise NoSuchMethod(call.method)
    return exposed.call(element, call.args, call.kwargs)


def _sendResult(value: Any, page: Page, call: Call) -> None:
    if page.ended is not None or call.callId is None:
        return
    try:
        page.send(Result(call.callId, value), page.tree.elements.get(call.elementId))
    except EncodeError as error:
        name = type(page.elements.get(call.elementId)).__qualname__
        error.add_note(f"in the answer of {name}.{call.method}()")
        raise
    except MessageTooLarge as error:
        _log.error("the answer of {method!r}: {error}", method=call.method, error=error)
        raise LiveError(f"the answer cannot be sent: {error}") from None


def _failed(failure: Failure, page: Page, call: Call) -> None:
    if page.ended is not None and failure.check(ConnectionLost):
        return
    info = _describe(failure, page, call)
    if call.callId is None:
        _reportUnanswered(failure, page, call)
    if call.callId is None or page.ended is not None:
        return
    try:
        page.send(Error(call.callId, info))
    except (EncodeError, MessageTooLarge) as error:
        _log.error("{type} cannot cross: {error}", type=info.type, error=error)
        _sendShort(page, call.callId, info)


def _reportUnanswered(failure: Failure, page: Page, call: Call) -> None:
    element = page.elements.get(call.elementId)
    if not failure.check(LiveError, Detached):
        reportFailure(page, failure, f"{type(element).__qualname__}.{call.method}")


def _sendShort(page: Page, callId: int, info: ErrorInfo) -> None:
    # In JSON a character may have six bytes.
    size = min(SHORT, page.delivery.limits.message // 16)
    # Half of a surrogate pair is what a text can have that does not cross.
    message = info.message[:size].encode(errors="replace").decode()
    page.send(Error(callId, ErrorInfo(info.type[:size], message)))


def _describe(failure: Failure, page: Page, call: Call) -> ErrorInfo:
    errorId = secrets.token_hex(4)
    if failure.check(NoSuchMethod, BadArguments, TooManyCalls, TooManyElements):
        _logRefused(failure, page, call)
    elif not failure.check(LiveError, Detached):
        logFailure(
            _log, "error {errorId} in {method!r}", failure, errorId=errorId, method=call.method
        )
    try:
        return errorInfo(ShownFailure(failure), errorId, page.pages.settings.debug)
    except Exception:
        # An application's error may fail to say what it is.
        logFailure(_log, "error {errorId}: an error that has no text", Failure(), errorId=errorId)
        return ErrorInfo("ServerError", f"the server failed (error {errorId})", id=errorId)


def _hint(page: Page, call: Call) -> str:
    """For the log alone: a browser must not learn what there is that it may not call."""
    cls = type(page.elements.get(call.elementId))
    # Not by getattr: what is not exposed is not to be looked at.
    value = inspect.getattr_static(cls, call.method, None)
    if not inspect.isfunction(value) or value.__module__.startswith("livewidget."):
        return ""
    return f"; {cls.__qualname__} has it: if browsers may call it, mark it with @expose"


def _logRefused(failure: Failure, page: Page, call: Call) -> None:
    # A browser must not be able to fill the log.
    page.callsRefused += 1
    if page.callsRefused <= WORTH_LOGGING:
        _log.warn(
            "call refused: {element}: {reason!r}{hint}{last}",
            element=type(page.elements.get(call.elementId)).__qualname__,
            reason=str(failure.value)[:500],
            hint=_hint(page, call) if failure.check(NoSuchMethod) else "",
            last="; others of this page are not logged"
            if page.callsRefused == WORTH_LOGGING
            else "",
        )
