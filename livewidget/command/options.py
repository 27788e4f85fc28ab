"""Parse and check the command line of C{twistd live-widget}."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar

from twisted.python import usage

from livewidget.command.error import CommandError
from livewidget.settings import TRANSPORTS, checkTransport
from livewidget.web.forwarded import checkProxy
from livewidget.web.origins import checkHost, checkOrigin

DEFAULT_PORT = "8080"
DEFAULT_INTERFACE = "127.0.0.1"
LISTEN_EXAMPLES = "tcp:8080, ssl:8443:privateKey=key.pem:certKey=cert.pem or unix:/path/to/socket"


class Options(usage.Options):
    """The options of C{twistd live-widget}.

    After L{parseOptions} the keys are C{element}; C{title}, a text or L{None}; either
    C{listen} or both C{port}, an integer, and C{interface}; C{hosts}, C{origins},
    C{proxies} and C{transports}, lists of texts; and C{debug}, 0 or 1.
    """

    longdesc = (
        "Serves live pages. The element is a LiveElement or LivePage class, or a function "
        "that returns a new one for each page."
    )
    optFlags: ClassVar = [
        ["debug", None, "Log each request, show errors in full, and reload changed files."],
    ]
    optParameters: ClassVar = [
        [
            "element",
            None,
            None,
            "The class or function to serve, as package.module.ClassName.",
        ],
        ["port", None, None, f"The TCP port, or 0 for any free one. [default: {DEFAULT_PORT}]"],
        [
            "interface",
            None,
            None,
            f"The address to listen on, or empty for all. [default: {DEFAULT_INTERFACE}]",
        ],
        [
            "listen",
            None,
            None,
            f"A Twisted endpoint instead of a port: {LISTEN_EXAMPLES}.",
        ],
        ["title", None, None, "The title of the page. [default: the element's name]"],
    ]

    def __init__(self) -> None:
        super().__init__()
        self["hosts"] = []
        self["origins"] = []
        self["proxies"] = []
        self["transports"] = list(TRANSPORTS)

    def parseOptions(self, options: list[str] | None = None) -> None:
        """Parse the command line.

        @raise CommandError: it is wrong. (A C{UsageError} would print pages of usage.)
        """
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            raise CommandError(f"{error}; see: twistd live-widget --help") from None

    def opt_host(self, text: str) -> None:
        """An additional host name to serve, such as example.com. May be repeated."""
        self["hosts"].append(_checked("--host", checkHost, text))

    def opt_origin(self, text: str) -> None:
        """An additional origin that may connect, such as https://example.com. May be repeated."""
        self["origins"].append(_checked("--origin", checkOrigin, text))

    def opt_proxy(self, text: str) -> None:
        """A proxy to trust, such as 127.0.0.1, 10.0.0.0/8 or unix. May be repeated."""
        self["proxies"].append(_checked("--proxy", checkProxy, text))

    def opt_transports(self, text: str) -> None:
        """Transports to offer, separated by commas. [default: websocket,eventstream,longpoll]"""
        names = text.split(",")
        self["transports"] = [_checked("--transports", checkTransport, name) for name in names]

    def parseArgs(self, *args: str) -> None:
        """Refuse arguments that belong to no option.

        @raise CommandError: there is one.
        """
        if args:
            raise CommandError(
                f"{args[0]!r} belongs to no option; to serve it, use --element={args[0]}"
            )

    def postOptions(self) -> None:
        """Check everything that can be checked before the element is imported.

        @raise CommandError: C{--element} is missing, C{--port} is not a port, or
            C{--listen} is combined with C{--port} or C{--interface}.
        """
        if not self["element"]:
            raise CommandError("--element is missing; use --element=package.module.ClassName")
        if self["listen"] is None:
            self._setDefaults()
        elif self["port"] is not None or self["interface"] is not None:
            raise CommandError(
                "--listen replaces --port and --interface; use either --listen or those two"
            )

    def _setDefaults(self) -> None:
        if self["port"] is None:
            self["port"] = DEFAULT_PORT
        if self["interface"] is None:
            self["interface"] = DEFAULT_INTERFACE
        self["port"] = checkPort(self["port"])
        self["interface"] = self["interface"].strip("[]")


def checkPort(text: str) -> int:
    """Return the port number in the text of C{--port}.

    @raise CommandError: it is not an integer from 0 to 65535.
    """
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 65535:
        raise CommandError(f"--port: {text!r} is not a port; use a number from 0 to 65535")
    return int(text)


def _checked(option: str, check: Callable[[str], str], text: str) -> str:
    """Return the value of an option in its canonical form.

    @param check: returns the canonical form, or raises C{ValueError}.
    @raise CommandError: the check refused the text.
    """
    try:
        return check(text)
    except ValueError as error:
        raise CommandError(f"{option}: {error}") from None
