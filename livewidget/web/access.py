"""Who may be served and who may connect: the Host and Origin of a request."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Protocol
from urllib.parse import urlsplit

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.web.http import Request

from livewidget.web.forwarded import isFromProxy, parseAddress, readForwarded
from livewidget.web.requestheaders import headOf, valuesOf

LOOPBACK_NAMES = frozenset(["localhost", "127.0.0.1", "[::1]"])
_DEFAULT_PORTS = {"http": 80, "https": 443}

# Characters of a header that a message repeats.
_SHOWN = 100

# Every request asks the same of the same few names, and asking is dear.
_remembered = lru_cache(maxsize=64)


class Allowed(Protocol):
    """Who may connect besides pages of the same origin; see L{livewidget.Settings}."""

    @property
    def hosts(self) -> Collection[str]:
        """The host names that may be served."""

    @property
    def origins(self) -> Collection[str]:
        """The other origins that may connect."""

    @property
    def proxies(self) -> Collection[str]:
        """The proxies whose forwarding headers are believed."""


def accessRefusal(request: Request, allowed: Allowed) -> str | None:
    """Why a request may not be served or not connect, or L{None}: both of what is below.

    A browser polls with the same headers again and again: that they were accepted is known then.
    """
    head = headOf(request)
    where = (
        allowed,
        _onLoopback(request),
        request.isSecure(),
        isFromProxy(request, allowed.proxies),
    )
    if head is not None and head.accepted == where:
        return None
    refusal = hostRefusal(request, allowed) or originRefusal(request, allowed)
    if head is not None and refusal is None:
        head.accepted = where
    return refusal


def hostRefusal(request: Request, allowed: Allowed) -> str | None:
    """Why the host of a request is not served, or L{None}.

    A page on a loopback interface is not served under another name: else a
    hostile site could have its own name point there (DNS rebinding). Where a
    trusted proxy forwards another name, both must be served: the script of such a
    site, in a browser on the proxy's machine, can send any header but C{Host}.
    """
    host = _header(request, b"host")
    if not host:
        return "a request without a Host, or with several, is not served"
    forwarded = readForwarded(request, allowed.proxies).host
    for name in (host, forwarded):
        if name is not None and not _isServed(name, request, allowed):
            return (
                f"the host {name[:_SHOWN]!r} is not served here; if it should be, allow it with "
                "--host or Settings(hosts=…)"
            )
    return None


def originRefusal(request: Request, allowed: Allowed) -> str | None:
    """Why the C{Origin} of a request may not connect, or L{None}."""
    origin = _header(request, b"origin")
    if not origin:
        return "a request without an Origin, or with several, may not connect"
    scheme, host = _site(request, allowed)
    if origin in allowed.origins or _isSame(origin, scheme, host):
        return None
    site = host if scheme is None else f"{scheme}://{host}"
    return (
        f"the origin {origin[:_SHOWN]!r} may not connect to {site[:_SHOWN]!r}; if it should, "
        "allow it with --origin or Settings(origins=…)"
    )


def _isServed(host: str, request: Request, allowed: Allowed) -> bool:
    name = _hostName(host)
    loopback = _onLoopback(request)
    if name in allowed.hosts or (loopback and name in LOOPBACK_NAMES):
        return True
    return not loopback and not allowed.hosts and name != ""


def _site(request: Request, allowed: Allowed) -> tuple[str | None, str]:
    """The scheme, if it is known, and the host by which the browser came."""
    forwarded = readForwarded(request, allowed.proxies)
    host = _header(request, b"host") if forwarded.host is None else forwarded.host
    if forwarded.scheme is not None:
        return forwarded.scheme, host
    # TLS may end at a proxy that we know nothing of: then we cannot tell.
    return ("https" if request.isSecure() else None), host


@_remembered
def _isSame(origin: str, scheme: str | None, host: str) -> bool:
    try:
        parts = urlsplit(origin)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return False
    if origin != f"{parts.scheme}://{parts.netloc}" or port is None or "@" in parts.netloc:
        return False
    if parts.scheme not in _DEFAULT_PORTS or scheme not in (None, parts.scheme):
        return False
    name = _hostName(host)
    # A browser leaves the default port of its scheme out.
    return name != "" and (_hostName(parts.netloc), port) == (
        name,
        _hostPort(host) or _DEFAULT_PORTS[parts.scheme],
    )


def _onLoopback(request: Request) -> bool:
    address = request.getHost()
    if not isinstance(address, (IPv4Address, IPv6Address)):
        return False
    return _isLoopback(address.host)


@_remembered
def _isLoopback(address: str) -> bool:
    ip = parseAddress(address)
    return ip is not None and ip.is_loopback


@_remembered
def _hostName(netloc: str) -> str:
    try:
        parts = urlsplit(f"//{netloc}")
        name = parts.hostname or ""
    except ValueError:
        return ""
    if parts.netloc != netloc or parts.username is not None:
        return ""
    name = f"[{name}]" if ":" in name else name
    # Python takes "[::1]evil" for "[::1]".
    return name if netloc.lower().removeprefix(name)[:1] in ("", ":") else ""


def _hostPort(netloc: str) -> int | None:
    try:
        return urlsplit(f"//{netloc}").port
    except ValueError:
        return -1


def _header(request: Request, name: bytes) -> str:
    values = valuesOf(request, name)
    # Two of them: a proxy may have looked at the other one.
    return values[0].decode("latin-1") if len(values) == 1 else ""
