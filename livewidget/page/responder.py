"""How a browser's calls are answered."""

from __future__ import annotations

import inspect
import secrets
from types import CoroutineType
from typing import Any, Protocol

from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget.elements.element import LiveElement
from livewidget.elements.expose import exposedMethods
from livewidget.elements.tree import Tree
from livewidget.errors import (
    BadArguments,
    ConnectionLost,
    Detached,
    EncodeError,
    LiveError,
    MessageTooLarge,
    NoSuchMethod,
    TooManyCalls,
    TooManyElements,
)
from livewidget.logs import logFailure, sendable
from livewidget.page.reports import Reports, ShownFailure
from livewidget.settings import Settings
from livewidget.wire.calls import errorInfo
from livewidget.wire.messages import Call, Error, ErrorInfo, Message, Result

#: Characters of an error's type and message, if the whole of it cannot be sent.
SHORT = 1_000

#: Refused calls of one page that are logged.
LOGGED = 10

#: The types of most results. Testing for them first avoids a slow isinstance check.
_AT_ONCE = frozenset({type(None), bool, int, float, str, list, dict})

#: The types of results that L{maybeDeferred} makes a Deferred that may fire later, or fail.
_LATER = (Deferred, Failure, CoroutineType)

_log = Logger()


class Sends(Protocol):
    """What a responder needs of its page."""

    ended: ConnectionLost | None

    def send(self, message: Message, sender: LiveElement | None = None) -> None:
        """Send a message; see L{livewidget.page.page.Page.send}."""


class Responder:
    """Runs the exposed methods that one page's browser calls, and sends the answers.

    @ivar running: the number of calls that have begun and are not answered yet.
    """

    __slots__ = ("_page", "_refused", "_reports", "_settings", "_tree", "running")

    def __init__(self, page: Sends, tree: Tree, settings: Settings, reports: Reports) -> None:
        self._page = page
        self._tree = tree
        self._settings = settings
        self._reports = reports
        self._refused = 0
        self.running = 0

    def answer(self, call: Call) -> None:
        """Run the exposed method that a call names, and send its answer or its error.

        Nothing is raised: what a method raises is for the browser and the log.
        """
        self.running += 1
        try:
            value = self._invoke(call)
            if type(value) in _AT_ONCE or not isinstance(value, _LATER):
                # Fast path: no Deferred for a method that returns its result; see
                # docs/explanation/performance.md#no-deferred-for-an-answer-at-once,
                # tests/page/test_responder_paths.py
                self._sendResult(value, call)
                self.running -= 1
                return
            answer = maybeDeferred(lambda: value)
            answer.addCallback(self._sendResult, call)
        except BaseException:
            answer = fail()
        answer.addErrback(self._failed, call)
        answer.addBoth(self._done)

    def _done(self, result: Any) -> Any:
        self.running -= 1
        return result

    def _invoke(self, call: Call) -> Any:
        if self.running > self._settings.callsRunning:
            raise TooManyCalls(self.running - 1)
        element = self._tree.elements.get(call.elementId)
        if element is None:
            if call.elementId <= self._tree.lastId:
                raise Detached
            raise NoSuchMethod(call.method)
        exposed = exposedMethods(type(element)).get(call.method)
        if exposed is None:
            raise NoSuchMethod(call.method)
        return exposed.call(element, call.args, call.kwargs)

    def _sendResult(self, value: Any, call: Call) -> None:
        page = self._page
        if page.ended is not None or call.callId is None:
            return
        try:
            page.send(Result(call.callId, value), self._tree.elements.get(call.elementId))
        except EncodeError as error:
            error.add_note(f"in the answer of {self._className(call)}.{call.method}()")
            raise
        except MessageTooLarge as error:
            _log.error("the answer of {method!r}: {error}", method=call.method, error=error)
            raise LiveError(f"the answer cannot be sent: {error}") from None

    def _failed(self, failure: Failure, call: Call) -> None:
        page = self._page
        if page.ended is not None and failure.check(ConnectionLost):
            return
        info = self._describe(failure, call)
        if call.callId is None and not failure.check(LiveError, Detached):
            self._reports.send(failure, f"{self._className(call)}.{call.method}")
        if call.callId is None or page.ended is not None:
            return
        try:
            page.send(Error(call.callId, info))
        except (EncodeError, MessageTooLarge) as error:
            _log.error("{type} cannot be sent: {error}", type=info.type, error=error)
            page.send(Error(call.callId, self._shortened(info)))

    def _shortened(self, info: ErrorInfo) -> ErrorInfo:
        # One character may become six bytes of JSON.
        size = min(SHORT, self._settings.limits.message // 16)
        return ErrorInfo(info.type[:size], sendable(info.message[:size]))

    def _describe(self, failure: Failure, call: Call) -> ErrorInfo:
        errorId = secrets.token_hex(4)
        if failure.check(NoSuchMethod, BadArguments, TooManyCalls, TooManyElements):
            self._logRefused(failure, call)
        elif not failure.check(LiveError, Detached):
            logFailure(
                _log, "error {errorId} in {method!r}", failure, errorId=errorId, method=call.method
            )
        try:
            return errorInfo(ShownFailure(failure), errorId, self._settings.debug)
        except Exception:
            # The __str__ of an application's error may fail.
            logFailure(
                _log, "error {errorId}: an error that has no text", Failure(), errorId=errorId
            )
            return ErrorInfo("ServerError", f"the server failed (error {errorId})", id=errorId)

    def _logRefused(self, failure: Failure, call: Call) -> None:
        # A browser must not be able to fill the log.
        self._refused += 1
        if self._refused <= LOGGED:
            _log.warn(
                "call refused: {element}: {reason!r}{hint}{last}",
                element=self._className(call),
                reason=str(failure.value)[:500],
                hint=self._hint(call) if failure.check(NoSuchMethod) else "",
                last="; others of this page are not logged" if self._refused == LOGGED else "",
            )

    def _hint(self, call: Call) -> str:
        """Return a hint for the log. A browser must not learn which methods exist."""
        cls = type(self._tree.elements.get(call.elementId))
        # getattr would run code that is not exposed, such as a property's.
        value = inspect.getattr_static(cls, call.method, None)
        if not inspect.isfunction(value) or value.__module__.startswith("livewidget."):
            return ""
        return f"; {cls.__qualname__} has it: if browsers may call it, mark it with @expose"

    def _className(self, call: Call) -> str:
        return type(self._tree.elements.get(call.elementId)).__qualname__
