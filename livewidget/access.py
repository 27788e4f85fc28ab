"""Who may be served and who may connect: the Host and Origin of a request."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.web.http import Request

from livewidget.settings import Settings

LOOPBACK_NAMES = frozenset(["localhost", "127.0.0.1", "[::1]"])
_DEFAULT_PORTS = {"http": 80, "https": 443}


def hostRefusal(request: Request, settings: Settings) -> str | None:
    """Why the C{Host} of a request is not served, or L{None}.

    A page on a loopback interface is not served under another name: else a
    hostile site could have its own name point there (DNS rebinding).
    """
    host = _header(request, b"host")
    if not host:
        return "a request without a Host, or with several, is not served"
    name = _hostName(host)
    loopback = _onLoopback(request)
    if name in settings.hosts or (loopback and name in LOOPBACK_NAMES):
        return None
    if not loopback and not settings.hosts and name:
        return None
    return (
        f"the host {host!r} is not served here; if it should be, allow it with "
        "--host or Settings(hosts=…)"
    )


def originRefusal(request: Request, settings: Settings) -> str | None:
    """Why the C{Origin} of a request may not connect, or L{None}."""
    origin = _header(request, b"origin")
    if not origin:
        return "a request without an Origin, or with several, may not connect"
    if origin in settings.origins or _sameSite(origin, request):
        return None
    return (
        f"the origin {origin!r} may not connect; if it should, allow it with "
        "--origin or Settings(origins=…)"
    )


def _sameSite(origin: str, request: Request) -> bool:
    try:
        parts = urlsplit(origin)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return False
    if origin != f"{parts.scheme}://{parts.netloc}" or port is None or "@" in parts.netloc:
        return False
    if parts.scheme not in _DEFAULT_PORTS:
        return False
    if request.isSecure() and parts.scheme != "https":
        return False
    # TLS may end at a proxy before us: the scheme that the browser uses, and
    # with it the port that its Host header leaves out, is then not ours.
    host = _header(request, b"host")
    name = _hostName(host)
    return name != "" and (_hostName(parts.netloc), port) == (
        name,
        _hostPort(host) or _DEFAULT_PORTS[parts.scheme],
    )


def _onLoopback(request: Request) -> bool:
    address = request.getHost()
    if not isinstance(address, (IPv4Address, IPv6Address)):
        return False
    ip = ip_address(address.host.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return bool((mapped or ip).is_loopback)


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
    values = request.requestHeaders.getRawHeaders(name, [])
    # Two of them: a proxy may have looked at the other one.
    return values[0].decode("latin-1") if len(values) == 1 else ""
