"""Where the command listens: making it, naming it, and why it cannot."""

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

from livewidget.command.error import Mistake
from livewidget.command.options import LISTEN_EXAMPLES, Options


def makeEndpoint(reactor: Any, options: Options) -> IStreamServerEndpoint:
    """The endpoint that the options name; it does not listen yet.

    @raise Mistake: C{--listen} is malformed, or lacks something on this machine.
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
    except Exception as error:  # each kind of endpoint raises what it likes
        raise Mistake(
            f"--listen: {options['listen']!r} cannot be used "
            f"({type(error).__name__}: {error}); {_adviceOn(error)}"
        ) from None


def _adviceOn(error: Exception) -> str:
    if isinstance(error, ImportError):
        return "for TLS: pip install 'livewidget[tls]'"
    if isinstance(error, OSError):
        return "check that file"
    return f"write it like {LISTEN_EXAMPLES}"


def describeAddress(address: IAddress, *, secure: bool) -> str:
    """Where a browser finds what listens on an address: a URL, or a socket's path."""
    if isinstance(address, UNIXAddress):
        return f"unix:{os.fsdecode(address.name or '')}"
    if not isinstance(address, IPv4Address | IPv6Address):
        return str(address)
    # A browser cannot open "every address of this machine".
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)
    if ":" in host:
        host = f"[{host}]"
    return f"{'https' if secure else 'http'}://{host}:{address.port}/"


def isSecure(options: Options) -> bool:
    """Whether C{--listen} names an endpoint with TLS."""
    return (options["listen"] or "").partition(":")[0] in ("ssl", "tls")


def explainFailure(error: BaseException, options: Options) -> Mistake:
    """What the user has to change after an endpoint has failed to listen.

    @param error: what it failed with.
    """
    reason = error.socketError if isinstance(error, CannotListenError) else error
    where, option = options["listen"], "--listen"
    if where is None:
        option = "--port"
        where = f"port {options['port']} of {options['interface'] or 'all interfaces'}"
    code = getattr(reason, "errno", None)
    if code == errno.EADDRINUSE:
        return Mistake(f"{where} is taken; stop what uses it, or choose another with {option}")
    if code in (errno.EACCES, errno.EPERM):
        return Mistake(f"{where} is not permitted to this user; choose another with {option}")
    why = getattr(reason, "strerror", None) or str(reason).rstrip(".")
    both = option if options["listen"] else "--port and --interface"
    return Mistake(f"cannot listen on {where}: {why}; check {both}")
