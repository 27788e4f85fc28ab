"""The errors of livewidget.

::

    LivewidgetError
    ├── LiveError                 an application's own, sent to the browser unchanged
    │   ├── NoSuchMethod          the browser named a method that is not exposed
    │   ├── BadArguments          the arguments of a call do not fit the method
    │   ├── TooManyCalls          too many of the browser's calls are running
    │   └── TooManyElements       the page has reached its limit of elements
    ├── RemoteError               the browser's half of a call failed
    │   └── JSError               with an error other than a LiveError, and its traceback
    ├── ConnectionLost            the page ended before the answer came
    │   └── Detached              the element was removed from its page before
    ├── EncodeError               a value cannot be sent to the other side
    ├── MessageTooLarge           a message exceeds the size limit
    ├── BufferFull                too many messages wait to be acknowledged
    ├── ProtocolError             the other side violated the protocol, with a close code
    ├── TemplateError             a template does not describe one live element
    ├── ModuleError               a JavaScript module or style sheet is missing
    └── NotAnElement              a factory did not return a new element
"""

from __future__ import annotations

from typing import Any, NamedTuple

from twisted.internet import error

#: The most characters of a text from the wire that are logged.
LONGEST_PRINTED = 500


def printable(text: str) -> str:
    """Return a text from the wire, fit for a log: short, on one line, escaped."""
    return escaped(text[:LONGEST_PRINTED])


def escaped(text: str) -> str:
    """Escape the characters of a text that cannot be printed, line breaks among them."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class LivewidgetError(Exception):
    """The root of all errors of livewidget."""


class LiveError(LivewidgetError):
    """An error that an application raises for the browser to see.

    Raise it, or a subclass, from an exposed method: the browser's promise is
    rejected with a ``RemoteError`` whose ``type`` is the name of the class.

    @param message: a sentence for the person at the browser.
    @param data: anything that can be sent; for the widget's code.
    """

    # A subclass's __init__ need not call this one.
    message: str = ""
    data: Any = None

    def __init__(self, message: str = "", data: Any = None) -> None:
        super().__init__(message, data)
        self.message = message
        self.data = data

    def __str__(self) -> str:
        return str(self.message)


class NoSuchMethod(LiveError):
    """The browser called a method that is not exposed or does not exist."""

    def __init__(self, method: str) -> None:
        super().__init__(f"no method {method!r} is exposed")
        self.method = method


class BadArguments(LiveError):
    """The arguments of a call from the browser do not fit the exposed method."""


class TooManyCalls(LiveError):
    """Too many of the browser's calls are running; this one was not made.

    @ivar calls: the number of calls that are running.
    """

    def __init__(self, calls: int) -> None:
        super().__init__(
            f"{calls} calls of this page are already running, so this one was not made. "
            "Wait for answers, or allow more with Settings(callsRunning=…)"
        )
        self.calls = calls


class TooManyElements(LiveError):
    """The page has reached its limit of elements; this one was not sent.

    @ivar elements: the limit.
    """

    def __init__(self, elements: int) -> None:
        super().__init__(
            f"the page would have more than {elements} elements. "
            "Detach some, or allow more with Settings(elements=…)"
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
    @ivar file: the path of the module on disk if this resource serves it, otherwise its URL.
    @ivar line: counted from 1.
    @ivar column: counted from 1.
    """

    function: str
    file: str
    line: int
    column: int


class JSError(RemoteError):
    """A method of a widget failed in the browser with an error other than a C{LiveError}.

    The traceback is also a note of the exception, so that Python, pytest and the server's log
    show it. All of it comes from a browser, so do not trust it.

    @ivar frames: outermost first, as in Python; only the innermost frames of a long stack.
    @ivar traceback: several lines of text, fit for a log; empty without frames.
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
    """The page ended before an answer arrived.

    It is also a L{twisted.internet.error.ConnectionLost}, so that code that traps that one
    works unchanged.

    @ivar code: the close code; see C{docs/reference/close-codes.md}.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"the page ended: {self.reason} ({self.code})"


class Detached(ConnectionLost):
    """The element was removed from its page before an answer arrived."""

    def __init__(self) -> None:
        super().__init__(0, "the element was detached")

    def __str__(self) -> str:
        return self.reason


class EncodeError(LivewidgetError, TypeError):
    """A value cannot be sent to the other side.

    @ivar path: the path to the value, outermost part first.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path: list[str] = []

    def __str__(self) -> str:
        return f"{''.join(self.path)}: {self.problem}" if self.path else self.problem


class MessageTooLarge(LivewidgetError):
    """A message exceeds the size limit; it was not sent.

    @ivar size: its bytes.
    @ivar limit: the most bytes in one message.
    """

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(size, limit)
        self.size = size
        self.limit = limit

    def __str__(self) -> str:
        return (
            f"the message was not sent: it has {self.size} bytes, "
            f"and at most {self.limit} are allowed"
        )


class BufferFull(LivewidgetError):
    """Too many messages wait to be acknowledged; this one was not sent.

    @ivar messages: the number of messages that wait.
    """

    def __init__(self, messages: int) -> None:
        super().__init__(messages)
        self.messages = messages

    def __str__(self) -> str:
        return f"the message was not sent: {self.messages} messages already wait for the other side"


class ProtocolError(LivewidgetError):
    """The other side violated the protocol or may not connect: close its connection.

    @ivar code: the code to close with; see C{docs/reference/close-codes.md}.
    @ivar reason: a sentence for the other side, without secrets.
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
    """A JavaScript module or style sheet is missing, or its name is already used."""
