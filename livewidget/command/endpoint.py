"""The endpoint of the command: making it, describing it, explaining its failures."""

from __future__ import annotations

import errno
import os
from typing import Any, cast

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.endpoints import (
    TCP4ServerEndpoint,
    TCP6ServerEndpoint,
    serverFromString,
)
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress, IStreamServerEndpoint

from livewidget.command.error import CommandError
from livewidget.command.options import LISTEN_EXAMPLES, Options


def makeEndpoint(reactor: Any, options: Options) -> IStreamServerEndpoint:
    """Return the endpoint that the options specify; it does not listen yet.

    @raise CommandError: C{--listen} is malformed, or needs something that is not installed.
    """
    if options["listen"] is None:
        interface = options["interface"]
        endpointClass = TCP6ServerEndpoint if ":" in interface else TCP4ServerEndpoint
        return cast(
            IStreamServerEndpoint,
            endpointClass(reactor, options["port"], interface=interface),
        )
    try:
        endpoint = serverFromString(reactor, options["listen"])
        return cast(IStreamServerEndpoint, endpoint)
    except Exception as error:  # each kind of endpoint raises its own errors
        raise CommandError(
            f"--listen: {options['listen']!r} cannot be used "
            f"({type(error).__name__}: {error}); {_adviceOn(error)}"
        ) from None


def _adviceOn(error: Exception) -> str:
    if isinstance(error, ImportError):
        return "to use TLS: pip install 'livewidget[tls]'"
    if isinstance(error, OSError):
        return "check that file"
    return f"use a form like {LISTEN_EXAMPLES}"


def describeAddress(address: IAddress, *, secure: bool) -> str:
    """Return the URL at which a browser reaches an address, or C{unix:} and a socket's path."""
    if isinstance(address, UNIXAddress):
        return f"unix:{os.fsdecode(address.name or '')}"
    if not isinstance(address, IPv4Address | IPv6Address):
        return str(address)
    # A browser cannot open the address that stands for all interfaces.
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)
    if ":" in host:
        host = f"[{host}]"
    return f"{'https' if secure else 'http'}://{host}:{address.port}/"


def isSecure(options: Options) -> bool:
    """Return whether C{--listen} specifies an endpoint with TLS."""
    return (options["listen"] or "").partition(":")[0] in ("ssl", "tls")


def explainFailure(error: BaseException, options: Options) -> CommandError:
    """Return what to tell the user after an endpoint failed to listen.

    @param error: the reason of the failure.
    """
    reason = error.socketError if isinstance(error, CannotListenError) else error
    where, option = options["listen"], "--listen"
    if where is None:
        option = "--port"
        where = f"port {options['port']} of {options['interface'] or 'all interfaces'}"
    code = getattr(reason, "errno", None)
    if code == errno.EADDRINUSE:
        return CommandError(
            f"{where} is in use; stop the program that uses it, or use another with {option}"
        )
    if code in (errno.EACCES, errno.EPERM):
        return CommandError(f"{where} may not be used by this user; use another with {option}")
    why = getattr(reason, "strerror", None) or str(reason).rstrip(".")
    both = option if options["listen"] else "--port and --interface"
    return CommandError(f"cannot listen on {where}: {why}; check {both}")
