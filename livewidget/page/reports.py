"""Failures that belong to no call: the browser's in the log, the server's in the browser."""

from __future__ import annotations

from typing import Any, Protocol

from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget.errors import (
    EncodeError,
    JSError,
    MessageTooLarge,
    ProtocolError,
    RemoteError,
    printable,
)
from livewidget.logs import PrintableFailure, sendable
from livewidget.settings import Settings
from livewidget.wire.calls import remoteError
from livewidget.wire.codes import MALFORMED
from livewidget.wire.delivery import Delivery
from livewidget.wire.messages import Error, ErrorInfo, Message
from livewidget.wire.stacks import Locate

#: JavaScript tracebacks of one page, of the server's calls, that are logged.
TRACED = 10

#: Reports of one page that are logged when debugging.
LOGGED = 100

#: Characters of a message and of a traceback that are sent to a browser.
MAX_MESSAGE, MAX_TRACEBACK = 1_000, 8_000

_log = Logger()


class ReportsTo(Protocol):
    """What reports need of their page."""

    delivery: Delivery

    def send(self, message: Message) -> None:
        """Send a message; see L{livewidget.page.page.Page.send}."""


class Reports:
    """The failures of one page. A browser cannot fill the log with them.

    @param locate: finds the lines of modules that a JavaScript stack names.
    """

    __slots__ = ("_locate", "_logged", "_page", "_settings", "_traced")

    def __init__(self, page: ReportsTo, settings: Settings, locate: Locate) -> None:
        self._page = page
        self._settings = settings
        self._locate = locate
        self._traced = 0
        self._logged = 0

    def unwatched(self, error: RemoteError) -> None:
        """Log that a call failed in the browser and nobody handled it.

        The first failures are logged with their tracebacks.
        """
        traceback = ""
        if isinstance(error, JSError) and error.traceback and self._traced < TRACED:
            self._traced += 1
            traceback = f"\n{error.traceback}"
        _log.warn(
            "a call failed in the browser: {error}{traceback}", error=error, traceback=traceback
        )

    def handle(self, info: ErrorInfo) -> None:
        """Log a failure that the browser reports by itself.

        @raise ProtocolError: browsers report failures only when debugging; end the page.
        """
        if not self._settings.debug:
            raise ProtocolError(MALFORMED, "a browser reports errors only when debugging")
        self._logged += 1
        if self._logged > LOGGED:
            return
        error = remoteError(info, self._locate)
        traceback = getattr(error, "traceback", "")
        _log.warn(
            "an error in the browser{where}: {error}{traceback}{last}",
            where=f", in {printable(info.data)}" if isinstance(info.data, str) else "",
            error=error,
            traceback=f"\n{traceback}" if traceback else "",
            last="\nOther errors of this page are not logged." if self._logged == LOGGED else "",
        )

    def send(self, failure: Failure, where: str) -> None:
        """Show a failure in the browser, when debugging.

        @param where: the class and the method that failed.
        """
        settings = self._settings
        # Reports of something that fails all the time must not fill the send buffer.
        if not settings.debug or self._page.delivery.heldBytes > settings.limits.bytes // 4:
            return
        text = sendable(failure.getErrorMessage()[:MAX_MESSAGE])
        stack = ShownFailure(failure).getTraceback()
        info = ErrorInfo(type(failure.value).__name__, text, where, stack=stack)
        try:
            self._page.send(Error(None, info))
        except (EncodeError, MessageTooLarge) as error:
            _log.error("the browser is not told: {error}", error=error)


class ShownFailure(PrintableFailure):
    """A failure whose traceback can be sent to a browser; a long one is cut at its start."""

    def getTraceback(self, *args: Any, **kwargs: Any) -> str:
        """Return the traceback, or the end of it."""
        text = super().getTraceback(*args, **kwargs)
        return sendable(text if len(text) <= MAX_TRACEBACK else f"…{text[-MAX_TRACEBACK:]}")
