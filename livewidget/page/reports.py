"""Failures that belong to no call: a browser's for the log, and the server's for the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget.errors import (
    ConnectionLost,
    EncodeError,
    JSError,
    MessageTooLarge,
    RemoteError,
    printable,
)
from livewidget.logs import PrintableFailure, logFailure
from livewidget.wire.calls import remoteError
from livewidget.wire.messages import Error, ErrorInfo
from livewidget.wire.stacks import Locate

if TYPE_CHECKING:
    from livewidget.page.page import Page

#: JavaScript tracebacks of one page, of calls of the server, that are worth their lines.
WORTH_TRACING = 10

#: Reports of one page that are worth a place in the log of a server that is debugged.
WORTH_LOGGING = 100

#: Characters of a message and of a traceback that a browser is told.
MAX_MESSAGE, MAX_TRACEBACK = 1_000, 8_000

_log = Logger()


class Complaints:
    """What one browser page says has failed in it, for the log; it cannot fill that."""

    def __init__(self, locate: Locate) -> None:
        self._locate = locate
        self._traced = 0
        self._logged = 0

    def unwatched(self, error: RemoteError) -> None:
        """A call failed there, and nobody watches the answer: a line, and the first tracebacks."""
        traceback = ""
        if isinstance(error, JSError) and error.traceback and self._traced < WORTH_TRACING:
            self._traced += 1
            traceback = f"\n{error.traceback}"
        _log.warn(
            "a call failed in the browser: {error}{traceback}", error=error, traceback=traceback
        )

    def reported(self, info: ErrorInfo) -> None:
        """The browser reports a failure by itself."""
        self._logged += 1
        if self._logged > WORTH_LOGGING:
            return
        error = remoteError(info, self._locate)
        traceback = getattr(error, "traceback", "")
        _log.warn(
            "an error in the browser{where}: {error}{traceback}{last}",
            where=f", in {printable(info.data)}" if isinstance(info.data, str) else "",
            error=error,
            traceback=f"\n{traceback}" if traceback else "",
            last="\nOther errors of this page are not logged."
            if self._logged == WORTH_LOGGING
            else "",
        )


class ShownFailure(PrintableFailure):
    """A failure whose traceback a browser can be sent: of a long one it has the end."""

    def getTraceback(self, *args: Any, **kwargs: Any) -> str:
        """Some lines."""
        text = super().getTraceback(*args, **kwargs)
        return _whole(text if len(text) <= MAX_TRACEBACK else f"…{text[-MAX_TRACEBACK:]}")


def reportFailure(page: Page, failure: Failure, where: str) -> None:
    """Tell the browser of a failure of which nobody else is told, if that is to be debugged.

    @param where: the class and the method that failed.
    """
    settings = page.pages.settings
    # Those that fail all the time are not to end the page by what waits for it.
    if not settings.debug or page.delivery.heldBytes > settings.limits.bytes // 4:
        return
    text = _whole(failure.getErrorMessage()[:MAX_MESSAGE])
    stack = ShownFailure(failure).getTraceback()
    info = ErrorInfo(type(failure.value).__name__, text, where, stack=stack)
    try:
        page.send(Error(None, info))
    except (EncodeError, MessageTooLarge) as error:
        _log.error("the browser is not told: {error}", error=error)


def reportUnsent(page: Page | None, failure: Failure, where: str) -> None:
    """A call could not be sent, and nobody watches its answer: log it, and tell the browser.

    @param page: L{None}: there is none yet.
    @param where: the class and the method that was to be called.
    """
    if failure.check(ConnectionLost):
        return
    logFailure(_log, "{where} was not called", failure, where=where)
    if page is not None and page.ended is None:
        reportFailure(page, failure, where)


def _whole(text: str) -> str:
    # Half of a surrogate pair is what a text can have that does not cross.
    return text.encode(errors="replace").decode()
