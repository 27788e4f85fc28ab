"""Log failures, whose texts may come from a browser, and find the caller's line."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget.errors import ProtocolError, escaped

#: The most characters of a reason in the log.
_MAX_REASON = 500


class PrintableFailure(Failure):
    """A failure whose traceback cannot control a terminal or imitate other log entries."""

    # Copied, since creating a Failure would take the traceback of this frame.
    def __init__(self, failure: Failure) -> None:
        self.__dict__.update(failure.__dict__)

    def getTraceback(self, *args: Any, **kwargs: Any) -> str:
        """Return the traceback and the notes of the exception, with unprintable text escaped."""
        text: str = super().getTraceback(*args, **kwargs)
        # Twisted leaves the notes out. An application may have set any value.
        notes = getattr(self.value, "__notes__", None)
        if isinstance(notes, list):
            text += "".join(f"{note}\n" for note in notes if isinstance(note, str))
        return "\n".join(map(escaped, text.split("\n")))


def logFailure(log: Logger, text: str, failure: Failure, **values: Any) -> None:
    """Log a failure with its traceback, like L{Logger.failure}.

    @param text: the format of the message.
    @param values: the values for it.
    """
    log.failure(text, PrintableFailure(failure), **values)


def logRefusal(log: Logger, what: str, error: ProtocolError) -> None:
    """Log that something from a browser was refused; the reason is escaped and cut.

    @param what: such as C{"request refused"}.
    """
    log.warn(
        "{what} ({code}): {reason!r}",
        what=what,
        code=error.code,
        reason=error.reason[:_MAX_REASON],
    )


def sendable(text: str) -> str:
    """Return a text that UTF-8 can encode: each half of a surrogate pair becomes C{"?"}."""
    return text.encode(errors="replace").decode()


def callingLine() -> str:
    """Return the innermost line of application code on the stack, as a traceback prints it.

    @return: C{File "…", line …, in …}, or an empty text if there is no such line.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("livewidget."):
        frame = frame.f_back
    if frame is None:
        return ""
    code = frame.f_code
    return f'File "{code.co_filename}", line {frame.f_lineno}, in {code.co_name}'
