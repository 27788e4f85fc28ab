"""Tests of C{livewidget.logs}: what a traceback in the log looks like."""

from __future__ import annotations

import pytest
from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget.logs import logFailure
from tests.support.help import Log


def failing(text: str) -> Failure:
    """The failure of something that raises."""
    try:
        raise ValueError(text)
    except ValueError:
        return Failure()


def test_escaped(log: Log) -> None:
    """What would do something to a terminal, or look like something else, is escaped in it."""
    failure = failing("\x1b[31mred\u202e\x07\r\x9b\x85\u2028done")
    logFailure(Logger(), "it failed in {where!r}", failure, where="a\nb")
    text = log.take("it failed in 'a\\nb'")
    assert "ValueError: \\x1b[31mred\\u202e\\x07\\r\\x9b\\x85\\u2028done" in text
    assert all(line.isprintable() for line in text.split("\n"))


def test_whole(log: Log) -> None:
    """It is the failure, with its frames, to whoever asks for that."""
    failure = failing("ünwell")
    logFailure(Logger(), "it failed", failure)
    (event,) = log.events
    logged = event["log_failure"]
    assert logged.check(ValueError) is ValueError
    assert logged.value is failure.value
    text = log.take("it failed")
    assert "ValueError: ünwell" in text
    assert "in failing" in text


def test_notes(log: Log) -> None:
    """What was noted of an exception is below it, each line escaped."""
    failure = failing("unwell")
    failure.value.add_note("first\n  second \x1b[2J")
    logFailure(Logger(), "it failed", failure)
    assert log.take("it failed").endswith("ValueError: unwell\nfirst\n  second \\x1b[2J\n")


class Mute:
    """Has no text."""

    def __str__(self) -> str:
        raise ValueError("no text")


@pytest.mark.parametrize("notes", [5, [5, Mute()], "oh", None])
def test_noNotes(log: Log, notes: object) -> None:
    """Notes that are no texts are no second failure."""
    failure = failing("unwell")
    failure.value.__notes__ = notes
    logFailure(Logger(), "it failed", failure)
    log.take("ValueError: unwell")
