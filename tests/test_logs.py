"""Tests of C{livewidget.logs}: tracebacks in the log, and the line of a caller."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget.errors import ProtocolError
from livewidget.logs import callingLine, logFailure, logRefusal, sendable
from tests.support.log import Log


def failing(text: str) -> Failure:
    """Return the failure of a function that raises."""
    try:
        raise ValueError(text)
    except ValueError:
        return Failure()


def test_controlCharactersAreEscaped(log: Log) -> None:
    """Characters that control a terminal or imitate others are escaped in the traceback."""
    failure = failing("\x1b[31mred\u202e\x07\r\x9b\x85\u2028done")
    logFailure(Logger(), "it failed in {where!r}", failure, where="a\nb")
    text = log.take("it failed in 'a\\nb'")
    assert "ValueError: \\x1b[31mred\\u202e\\x07\\r\\x9b\\x85\\u2028done" in text
    assert all(line.isprintable() for line in text.split("\n"))


def test_loggedFailureIsTheOriginal(log: Log) -> None:
    """The logged failure has the original exception and its frames."""
    failure = failing("ünwell")
    logFailure(Logger(), "it failed", failure)
    (event,) = log.events
    logged = event["log_failure"]
    assert logged.check(ValueError) is ValueError
    assert logged.value is failure.value
    text = log.take("it failed")
    assert "ValueError: ünwell" in text
    assert "in failing" in text


def test_notesOfTheExceptionAreLogged(log: Log) -> None:
    """Notes of an exception follow the traceback, each line escaped."""
    failure = failing("unwell")
    failure.value.add_note("first\n  second \x1b[2J")
    logFailure(Logger(), "it failed", failure)
    assert log.take("it failed").endswith("ValueError: unwell\nfirst\n  second \\x1b[2J\n")


class Mute:
    """An object whose conversion to text raises."""

    def __str__(self) -> str:
        raise ValueError("no text")


@pytest.mark.parametrize("notes", [5, [5, Mute()], "oh", None])
def test_notesThatAreNotTextsAreIgnored(log: Log, notes: object) -> None:
    """Notes that are not texts are ignored."""
    failure = failing("unwell")
    failure.value.__notes__ = notes
    logFailure(Logger(), "it failed", failure)
    log.take("ValueError: unwell")


def test_callingLineIsTheApplicationsInnermostLine() -> None:
    """The line is that of the caller outside the package, as a traceback prints it."""
    source = "def inside(function):\n    return function()\n"
    package: dict[str, Any] = {"__name__": "livewidget.somewhere"}
    exec(compile(source, "somewhere.py", "exec"), package)

    def outside() -> str:
        found: str = package["inside"](callingLine)
        return found

    assert outside() == f'File "{__file__}", line {outside.__code__.co_firstlineno + 1}, in outside'


def test_callingLineIsEmptyWithoutAnApplication() -> None:
    """The line is empty if every frame of the stack is the package's own."""
    program = (
        "from livewidget.logs import callingLine\n__name__ = 'livewidget.x'\nprint([callingLine()])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stderr, done.stdout) == ("", "['']\n")


def test_refusalIsOneShortPrintableLine(log: Log) -> None:
    """The reason of a refusal, which may be any text of a browser, is escaped and cut."""
    logRefusal(Logger(), "request refused", ProtocolError(4400, "no \x1b\n use" + "x" * 1000))
    text = log.take("request refused (4400): 'no \\x1b\\n usexxx")
    assert text.isprintable()
    assert text.count("x" * 490) == 1
    assert len(text) < 540


@pytest.mark.parametrize(
    ("text", "sent"),
    [("", ""), ("a\U0001f600\xe9\x00", "a\U0001f600\xe9\x00"), ("a\ud83db\ude00", "a?b?")],
)
def test_sendableReplacesHalvesOfPairs(text: str, sent: str) -> None:
    """Half of a surrogate pair becomes a question mark; everything else is kept."""
    assert sendable(text) == sent
    assert sendable(text).encode().decode() == sent
