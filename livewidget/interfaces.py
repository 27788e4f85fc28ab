"""What livewidget can be extended with."""

from __future__ import annotations

from pathlib import Path

from zope.interface import Interface


class ITransport(Interface):
    """One live connection of a page, whatever carries it.

    It says hello to the page (L{Page.hello}), gives it what comes in, and
    sends what the page's delivery has to send.
    """

    def flush(now: float) -> None:
        """Send what C{page.delivery} gives, as far as the connection takes it.

        The page calls it whenever there may be something new to send.

        @param now: seconds of its clock.
        """

    def close(code: int, reason: str) -> None:
        """Close the connection; nothing of the page may be used after this.

        @param code: a close code, see C{docs/protocol.md}.
        @param reason: a sentence for the browser, without secrets.
        """


class IJSPackage(Interface):
    """A folder of JavaScript modules that every page may import by name.

    A distribution offers one by a Twisted plugin, which provides
    L{twisted.plugin.IPlugin} too; L{livewidget.JSPackage} is one. Modules are
    named by their paths in the folder: C{Acme/Forms.js} is C{Acme.Forms}.
    """

    def folder() -> Path:
        """The absolute path of the folder. It is asked for once a process.

        @raise ModuleError: there is no such folder; what it says, and the plugin's
            C{repr}, go to the log, and pages do without the package.
        """


class ICSSPackage(Interface):
    """A folder of style sheets that every element may name, as L{IJSPackage} is one of modules."""

    def folder() -> Path:
        """See L{IJSPackage.folder}."""
