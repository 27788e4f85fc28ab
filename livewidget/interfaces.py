"""What livewidget can be extended with."""

from __future__ import annotations

from zope.interface import Interface


class ITransport(Interface):
    """One live connection of a page, whatever carries it.

    It says hello to the page (L{Page.hello}), gives it what comes in, and
    sends what the page's delivery has to send.
    """

    def flush() -> None:
        """Send what C{page.delivery} gives, as far as the connection takes it.

        The page calls it whenever there may be something new to send.
        """

    def close(code: int, reason: str) -> None:
        """Close the connection; nothing of the page may be used after this.

        @param code: a close code, see C{docs/protocol.md}.
        @param reason: a sentence for the browser, without secrets.
        """
