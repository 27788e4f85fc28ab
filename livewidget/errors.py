"""The errors of livewidget.

::

    LivewidgetError
    ├── LiveError                 an application's own: crosses to the browser as it is
    │   ├── NoSuchMethod          the browser named a method that is not exposed
    │   ├── BadArguments          the arguments of a call do not fit the method
    │   ├── TooManyCalls          too many calls of the browser run already
    │   └── TooManyElements       the page has as many elements as it may have
    ├── RemoteError               the browser's half of a call failed
    │   └── JSError               by what is no LiveError: with a JavaScript traceback
    ├── ConnectionLost            the page ended before the answer came
    │   └── Detached              the element was taken out of its page before
    ├── EncodeError               a value cannot be sent to the other side
    ├── MessageTooLarge           a message is over the limit for one message
    ├── BufferFull                too much is waiting for an acknowledgement
    ├── ProtocolError             what the other side sent is refused, with a close code
    ├── TemplateError             a template does not describe one live element
    ├── ModuleError               a JavaScript module or a style sheet is not where it should be
    └── NotAnElement              a factory returned something else than a new element
"""

from __future__ import annotations

from typing import Any, NamedTuple

from twisted.internet import error

#: Characters of a text from the wire that are worth a place in a log.
LONGEST_PRINTED = 500


def printable(text: str) -> str:
    """A text from the wire for a log: on one line, not long, what cannot be printed escaped."""
    return escaped(text[:LONGEST_PRINTED])


def escaped(text: str) -> str:
    """A text on one line, in which what cannot be printed is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class LivewidgetError(Exception):
    """The root of all errors of livewidget."""


class LiveError(LivewidgetError):
    """An error that an application raises for the browser to see.

    Raise it, or a subclass, from an exposed method: the browser's promise is
    rejected with a ``RemoteError`` whose ``type`` is the name of the class.

    @param message: a sentence for the person at the browser.
    @param data: anything that can cross; for the widget's code.
    """

    # A subclass's __init__ owes us no call.
    message: str = ""
    data: Any = None

    def __init__(self, message: str = "", data: Any = None) -> None:
        super().__init__(message, data)
        self.message = message
        self.data = data

    def __str__(self) -> str:
        return str(self.message)


class NoSuchMethod(LiveError):
    """The browser called a method that is not exposed, or does not exist."""

    def __init__(self, method: str) -> None:
        super().__init__(f"no method {method!r} is exposed")
        self.method = method


class BadArguments(LiveError):
    """The arguments of a call from the browser do not fit the exposed method."""


class TooManyCalls(LiveError):
    """Too many calls of the browser run already; this one was not made.

    @ivar calls: how many run.
    """

    def __init__(self, calls: int) -> None:
        super().__init__(
            f"{calls} calls of this page run already; this one was not made: "
            "wait for answers, or allow more by Settings(callsRunning=…)"
        )
        self.calls = calls


class TooManyElements(LiveError):
    """The page has as many elements as it may have; the one more was not sent.

    @ivar elements: how many it may have.
    """

    def __init__(self, elements: int) -> None:
        super().__init__(
            f"the page would have more than {elements} elements: "
            "detach some, or allow more by Settings(elements=…)"
        )
        self.elements = elements


class RemoteError(LivewidgetError):
    """A method of a widget failed in the browser.

    @ivar type: the name of the JavaScript error's class.
    @ivar data: what the error's C{data} held, or L{None}.
    @ivar stack: the JavaScript stack, or L{None}.
    """

    def __init__(self, type: str, message: str, data: Any = None, stack: str | None = None) -> None:
        super().__init__(type, message, data, stack)
        self.type = type
        self.message = message
        self.data = data
        self.stack = stack

    def __str__(self) -> str:
        return printable(f"{self.type}: {self.message}")


class JSFrame(NamedTuple):
    """One line of a JavaScript stack.

    @ivar function: C{"ChatterWidget.hear"}, or C{"<anonymous>"}.
    @ivar file: the path of the module on disk, where it is one of this resource's;
        else its URL.
    @ivar line: from 1 on.
    @ivar column: from 1 on.
    """

    function: str
    file: str
    line: int
    column: int


class JSError(RemoteError):
    """A method of a widget failed in the browser, by an error that is no C{LiveError}.

    The traceback is a note of the exception too, so that Python, pytest and the
    server's log show it. All of it comes from a browser: believe none of it.

    @ivar frames: outermost first, as in Python; few of a long stack, the innermost.
    @ivar traceback: a text of several lines, fit for a log; empty without frames.
    """

    def __init__(
        self,
        type: str,
        message: str,
        data: Any = None,
        stack: str | None = None,
        frames: tuple[JSFrame, ...] = (),
        traceback: str = "",
    ) -> None:
        super().__init__(type, message, data, stack)
        self.frames = frames
        self.traceback = traceback
        if traceback:
            self.add_note(traceback)


class ConnectionLost(LivewidgetError, error.ConnectionLost):
    """The page ended before an answer came.

    It is a L{twisted.internet.error.ConnectionLost} too, so that code which
    traps that one works unchanged.

    @ivar code: the close code, see C{docs/protocol.md}.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"the page ended: {self.reason} ({self.code})"


class Detached(ConnectionLost):
    """The element was taken out of its page before an answer came."""

    def __init__(self) -> None:
        super().__init__(0, "the element was detached")

    def __str__(self) -> str:
        return self.reason


class EncodeError(LivewidgetError, TypeError):
    """A value cannot be sent to the other side.

    @ivar path: where the value is, outermost part first.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path: list[str] = []

    def __str__(self) -> str:
        return f"{''.join(self.path)}: {self.problem}" if self.path else self.problem


class MessageTooLarge(LivewidgetError):
    """A message is larger than one message may be; it was not sent."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(size, limit)
        self.size = size
        self.limit = limit

    def __str__(self) -> str:
        return f"the message has {self.size} bytes, and {self.limit} are allowed; it was not sent"


class BufferFull(LivewidgetError):
    """Too many messages wait for the other side; this one was not sent.

    @ivar messages: how many wait.
    """

    def __init__(self, messages: int) -> None:
        super().__init__(messages)
        self.messages = messages

    def __str__(self) -> str:
        return f"{self.messages} messages already wait for the other side; this one was not sent"


class ProtocolError(LivewidgetError):
    """What the other side sent is refused: close its connection.

    @ivar code: the code to close with, see C{docs/protocol.md}.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.reason} ({self.code})"


class TemplateError(LivewidgetError):
    """The template of an element does not describe one live element."""


class ModuleError(LivewidgetError):
    """A JavaScript module or a style sheet is missing, or its name is taken."""
