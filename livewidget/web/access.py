"""Which requests may be served and which may connect, by their Host and Origin headers."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlsplit

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.web.http import Request

from livewidget.web.forwarded import isFromProxy, parseAddress, readForwarded
from livewidget.web.origins import DEFAULT_PORTS
from livewidget.web.requestheaders import headOf, valuesOf

LOOPBACK_NAMES = frozenset(["localhost", "127.0.0.1", "[::1]"])

# The most characters of a header that a message repeats.
_MAX_SHOWN = 100

# Almost all requests have the same few names, and parsing them is expensive.
_cached = lru_cache(maxsize=64)


class Allowed(Protocol):
    """What an application allows, as in L{livewidget.Settings}."""

    @property
    def hosts(self) -> Collection[str]:
        """Host names that are served."""

    @property
    def origins(self) -> Collection[str]:
        """Origins that may connect besides a page's own."""

    @property
    def proxies(self) -> Collection[str]:
        """Trusted proxies."""


def accessRefusal(request: Request, allowed: Allowed) -> str | None:
    """Return why a request may not be served or may not connect, or L{None} if it may.

    Checks both L{hostRefusal} and L{originRefusal}.
    """
    head = headOf(request)
    if head is None:
        return _refusal(request, allowed)
    # Fast path: heads that were allowed; see docs/explanation/performance.md#requests-read-whole,
    # tests/web/test_fastpath_access.py
    circumstances = _circumstancesOf(request, allowed)
    if head.accepted == circumstances:
        return None
    refusal = _refusal(request, allowed)
    if refusal is None:
        head.accepted = circumstances
    return refusal


def _refusal(request: Request, allowed: Allowed) -> str | None:
    return hostRefusal(request, allowed) or originRefusal(request, allowed)


def _circumstancesOf(request: Request, allowed: Allowed) -> Any:
    """Return everything but the head of a request on which L{accessRefusal} depends."""
    return (
        allowed,
        _isOnLoopback(request),
        request.isSecure(),
        isFromProxy(request, allowed.proxies),
    )


def hostRefusal(request: Request, allowed: Allowed) -> str | None:
    """Return why the host of a request is not served, or L{None} if it is.

    A page on a loopback interface is not served under another name, because a hostile site
    could have its own name resolve to that interface (DNS rebinding). If a trusted proxy
    forwards another name, both names must be served: the script of such a site, in a browser on
    the proxy's machine, can send any header but C{Host}.
    """
    host = _soleValue(request, b"host")
    if not host:
        return "a request without a Host header, or with several, is not served"
    forwarded = readForwarded(request, allowed.proxies).host
    for name in (host, forwarded):
        if name is not None and not _isServed(name, request, allowed):
            return (
                f"the host {name[:_MAX_SHOWN]!r} is not served here; to serve it, use "
                "--host or Settings(hosts=…)"
            )
    return None


def originRefusal(request: Request, allowed: Allowed) -> str | None:
    """Return why the C{Origin} of a request may not connect, or L{None} if it may."""
    origin = _soleValue(request, b"origin")
    if not origin:
        return "a request without an Origin header, or with several, may not connect"
    scheme, host = _siteOf(request, allowed)
    if origin in allowed.origins or _isSame(origin, scheme, host):
        return None
    site = host if scheme is None else f"{scheme}://{host}"
    return (
        f"the origin {origin[:_MAX_SHOWN]!r} may not connect to {site[:_MAX_SHOWN]!r}; to allow "
        "it, use --origin or Settings(origins=…)"
    )


def _isServed(host: str, request: Request, allowed: Allowed) -> bool:
    name = _hostName(host)
    loopback = _isOnLoopback(request)
    if name in allowed.hosts or (loopback and name in LOOPBACK_NAMES):
        return True
    return not loopback and not allowed.hosts and name != ""


def _siteOf(request: Request, allowed: Allowed) -> tuple[str | None, str]:
    """Return the scheme, or L{None} if it is unknown, and the host that the browser used."""
    forwarded = readForwarded(request, allowed.proxies)
    host = _soleValue(request, b"host") if forwarded.host is None else forwarded.host
    if forwarded.scheme is not None:
        return forwarded.scheme, host
    # Without TLS here, a proxy that is not configured may still use it.
    return ("https" if request.isSecure() else None), host


@_cached
def _isSame(origin: str, scheme: str | None, host: str) -> bool:
    try:
        parts = urlsplit(origin)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return False
    if origin != f"{parts.scheme}://{parts.netloc}" or port is None:
        return False
    if parts.scheme not in DEFAULT_PORTS or scheme not in (None, parts.scheme):
        return False
    name = _hostName(host)
    # Browsers leave out the default port of the scheme.
    return name != "" and (_hostName(parts.netloc), port) == (
        name,
        _hostPort(host) or DEFAULT_PORTS[parts.scheme],
    )


def _isOnLoopback(request: Request) -> bool:
    address = request.getHost()
    if not isinstance(address, (IPv4Address, IPv6Address)):
        return False
    return _isLoopback(address.host)


@_cached
def _isLoopback(address: str) -> bool:
    ip = parseAddress(address)
    return ip is not None and ip.is_loopback


@_cached
def _hostName(netloc: str) -> str:
    """Return the host name without its port, or an empty text if it is malformed."""
    try:
        parts = urlsplit(f"//{netloc}")
        name = parts.hostname or ""
    except ValueError:
        return ""
    if parts.netloc != netloc or parts.username is not None:
        return ""
    name = f"[{name}]" if ":" in name else name
    # Python parses "[::1]evil" as "[::1]".
    return name if netloc.lower().removeprefix(name)[:1] in ("", ":") else ""


def _hostPort(netloc: str) -> int | None:
    """Return the port, L{None} if there is none, or -1 if it is malformed."""
    try:
        return urlsplit(f"//{netloc}").port
    except ValueError:
        return -1


def _soleValue(request: Request, name: bytes) -> str:
    """Return the only value of a header, or an empty text.

    If there are several, a proxy may have checked another one than we would.
    """
    values = valuesOf(request, name)
    return values[0].decode("latin-1") if len(values) == 1 else ""
