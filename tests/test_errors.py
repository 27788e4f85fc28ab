"""Tests of C{livewidget.errors}: what errors say."""

from __future__ import annotations

import pytest
from twisted.internet import error

from livewidget import ConnectionLost, RemoteError
from livewidget.errors import printable


class TestPrintable:
    """Texts from the wire, for a log."""

    @pytest.mark.parametrize(
        ("text", "printed"),
        [
            ("plain", "plain"),
            ("two\r\nlines", r"two\r\nlines"),
            ("\x1b[31mred", r"\x1b[31mred"),
            ("\u202egnp.exe", r"\u202egnp.exe"),
            ("caf\u00e9 \U0001f600", "caf\u00e9 \U0001f600"),
        ],
    )
    def test_escapes(self, text: str, printed: str) -> None:
        """What would end the line, or move the cursor, or turn the text is escaped."""
        assert printable(text) == printed

    def test_short(self) -> None:
        """A long text does not fill the log."""
        assert len(printable("x" * 60_000)) == 500


class TestRemoteError:
    """An error of the browser's."""

    def test_printed(self) -> None:
        """Its text is fit for a log; what the application gets is what was said."""
        caught = RemoteError("Bad\x1b", "why\nnot")
        assert str(caught) == r"Bad\x1b: why\nnot"
        assert caught.message == "why\nnot"


class TestConnectionLost:
    """The end of a page."""

    def test_isTwisteds(self) -> None:
        """Code that traps Twisted's error of this name traps ours."""
        assert isinstance(ConnectionLost(4404, "gone"), error.ConnectionLost)
        assert str(ConnectionLost(4404, "gone")) == "the page ended: gone (4404)"
