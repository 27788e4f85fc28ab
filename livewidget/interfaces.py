"""The interfaces by which livewidget can be extended."""

from __future__ import annotations

from pathlib import Path

from zope.interface import Interface


class ITransport(Interface):
    """One connection between a browser and its page, over any protocol.

    A transport says hello to the page (C{Session.hello}), passes on to it the messages that
    arrive, and sends those that its delivery has.
    """

    def flush(now: float) -> None:
        """Send the messages of C{page.delivery}, as many as the connection accepts.

        The page calls this whenever there may be new messages.

        @param now: the time of its clock, in seconds.
        """

    def close(code: int, reason: str) -> None:
        """Close the connection, and use the page no longer.

        @param code: a close code; see C{docs/reference/close-codes.md}.
        @param reason: a sentence for the browser, without secrets.
        """


class IJSPackage(Interface):
    """A folder of JavaScript modules that every page may import by name.

    A distribution offers it by a Twisted plugin that also provides
    L{twisted.plugin.IPlugin}, such as L{livewidget.JSPackage}. The names of modules are
    their paths in the folder: C{Acme/Forms.js} is C{Acme.Forms}.
    """

    def folder() -> Path:
        """Return the absolute path of the folder; called once per process.

        @raise ModuleError: the folder does not exist. The text and the plugin's C{repr}
            are logged, and the package is not available to pages.
        """


class ICSSPackage(Interface):
    """A folder of style sheets that every element may name, by a plugin like L{IJSPackage}."""

    def folder() -> Path:
        """Return the absolute path of the folder; see L{IJSPackage.folder}."""
