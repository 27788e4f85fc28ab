"""Tests of L{livewidget.errors}: the texts of errors."""

from __future__ import annotations

import pytest
from twisted.internet import error

from livewidget import ConnectionLost, RemoteError
from livewidget.errors import printable


class TestPrintable:
    """Text from the wire, prepared for a log."""

    @pytest.mark.parametrize(
        ("text", "printed"),
        [
            ("plain", "plain"),
            ("two\r\nlines", r"two\r\nlines"),
            ("\x1b[31mred", r"\x1b[31mred"),
            ("\u202egnp.exe", r"\u202egnp.exe"),
            ("caf\u00e9 \U0001f600", "caf\u00e9 \U0001f600"),
        ],
        ids=["plain", "lineBreak", "terminalSequence", "rightToLeft", "printable"],
    )
    def test_charactersThatForgeALogAreEscaped(self, text: str, printed: str) -> None:
        """Characters that end the line, move the cursor or reverse the text are escaped."""
        assert printable(text) == printed

    def test_longTextIsCut(self) -> None:
        """A long text is cut to 500 characters."""
        assert len(printable("x" * 60_000)) == 500


class TestRemoteError:
    """Errors of the browser."""

    def test_textIsEscapedAndTheMessageIsNot(self) -> None:
        """The text of the error is escaped for a log. Its message is the browser's own."""
        caught = RemoteError("Bad\x1b", "why\nnot")
        assert str(caught) == r"Bad\x1b: why\nnot"
        assert caught.message == "why\nnot"


class TestConnectionLost:
    """The error of a page that has ended."""

    def test_trapsTwistedsErrorOfThisName(self) -> None:
        """Code that traps Twisted's error of this name traps ours."""
        assert isinstance(ConnectionLost(4404, "gone"), error.ConnectionLost)
        assert str(ConnectionLost(4404, "gone")) == "the page ended: gone (4404)"
