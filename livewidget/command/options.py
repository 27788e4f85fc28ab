"""The command line of C{twistd live-widget}, read and checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar

from twisted.python import usage

from livewidget.command.error import Mistake
from livewidget.settings import TRANSPORTS, checkTransport
from livewidget.web.forwarded import checkProxy
from livewidget.web.origins import checkHost, checkOrigin

DEFAULT_PORT = "8080"
DEFAULT_INTERFACE = "127.0.0.1"
LISTEN_EXAMPLES = "tcp:8080, ssl:8443:privateKey=key.pem:certKey=cert.pem or unix:/path/to/socket"


class Options(usage.Options):
    """What stands after C{twistd live-widget}.

    After L{parseOptions}: C{element}, C{title} (maybe L{None}), C{port} (a number)
    and C{interface}, or C{listen}, C{hosts}, C{origins}, C{proxies},
    C{transports} and C{debug}.
    """

    longdesc = (
        "Serves a live element: a LiveElement class, or anything else that can be "
        "called and gives a live element for each page."
    )
    optFlags: ClassVar = [
        ["debug", None, "Log each request, show errors in full, reread changed files."],
    ]
    optParameters: ClassVar = [
        ["element", None, None, "What to serve, such as package.module.ClassName."],
        ["port", None, None, f"The TCP port; 0: any free one. [default: {DEFAULT_PORT}]"],
        [
            "interface",
            None,
            None,
            f"The address to listen on; empty: all. [default: {DEFAULT_INTERFACE}]",
        ],
        ["listen", None, None, f"Instead of port and interface: {LISTEN_EXAMPLES}."],
        ["title", None, None, "The title of the page. [default: the element's name]"],
    ]

    def __init__(self) -> None:
        super().__init__()
        self["hosts"] = []
        self["origins"] = []
        self["proxies"] = []
        self["transports"] = list(TRANSPORTS)

    def parseOptions(self, options: list[str] | None = None) -> None:
        """Read the command line.

        @raise Mistake: it is wrong. (A C{UsageError} would print pages of usage.)
        """
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            raise Mistake(f"{error}; see: twistd live-widget --help") from None

    def opt_host(self, text: str) -> None:
        """One more host name that may be served, such as example.com. May be repeated."""
        self["hosts"].append(_checked("--host", checkHost, text))

    def opt_origin(self, text: str) -> None:
        """One more origin that may connect, such as https://example.com. May be repeated."""
        self["origins"].append(_checked("--origin", checkOrigin, text))

    def opt_proxy(self, text: str) -> None:
        """One more proxy to believe, such as 127.0.0.1, 10.0.0.0/8 or unix. May be repeated."""
        self["proxies"].append(_checked("--proxy", checkProxy, text))

    def opt_transports(self, text: str) -> None:
        """What to offer, with commas between. [default: websocket,eventstream,longpoll]"""
        names = text.split(",")
        self["transports"] = [_checked("--transports", checkTransport, name) for name in names]

    def parseArgs(self, *args: str) -> None:
        """Refuse what belongs to no option.

        @raise Mistake: there is something.
        """
        if args:
            raise Mistake(f"{args[0]!r} belongs to no option; to serve it: --element={args[0]}")

    def postOptions(self) -> None:
        """Check what can be checked before anything is imported.

        @raise Mistake: C{--element} is missing, or where to listen is wrong.
        """
        if not self["element"]:
            raise Mistake(
                "--element is missing; name what to serve: --element=package.module.ClassName"
            )
        if self["listen"] is None:
            self._setDefaults()
        elif self["port"] is not None or self["interface"] is not None:
            raise Mistake(
                "--listen stands instead of --port and --interface; give one or the other"
            )

    def _setDefaults(self) -> None:
        if self["port"] is None:
            self["port"] = DEFAULT_PORT
        if self["interface"] is None:
            self["interface"] = DEFAULT_INTERFACE
        self["port"] = checkPort(self["port"])
        self["interface"] = self["interface"].strip("[]")


def checkPort(text: str) -> int:
    """The port that C{--port} names.

    @raise Mistake: it names none.
    """
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 65535:
        raise Mistake(f"--port: {text!r} is not a port; give a number from 0 to 65535")
    return int(text)


def _checked(option: str, check: Callable[[str], str], text: str) -> str:
    """What an option says, as a browser writes it.

    @raise Mistake: the check refuses it.
    """
    try:
        return check(text)
    except ValueError as error:
        raise Mistake(f"{option}: {error}") from None
