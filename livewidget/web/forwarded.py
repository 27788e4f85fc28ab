"""The C{X-Forwarded-...} headers of a proxy, which are read only if the proxy is trusted.

See C{docs/howto/deploy-nginx.md}, "Forwarded headers". A header may have several values, in a
list or on several lines. A proxy appends its value to those that a client may have forged, so the
last value counts.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress

from livewidget.web.requestheaders import valuesOf

if TYPE_CHECKING:
    from twisted.web.http import Request

#: Instead of an address: every peer that connects over a UNIX socket.
UNIX = "unix"

# Some proxies append the port to the address.
_PORT = re.compile(r":\d+$")

# Some proxies send the scheme of a WebSocket URL.
_SCHEMES = {"ws": "http", "wss": "https"}


@dataclass(frozen=True)
class Forwarded:
    """How a browser reached the proxy, unchecked. L{None} stands for a missing header.

    @ivar host: the C{Host} that the browser sent.
    @ivar scheme: C{http}, C{https}, or any other text.
    """

    host: str | None = None
    scheme: str | None = None


_NOTHING = Forwarded()


def checkProxy(text: str) -> str:
    """Return the address or network of a proxy, or L{UNIX}, in its usual form.

    @raise ValueError: it is not an address or network, or no connection can come from it.
    """
    if text == UNIX:
        return text
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is not an address{_networkAround(text)}; use an IP address such as "
            f"127.0.0.1, a network such as 10.0.0.0/8, or {UNIX} for all peers on a UNIX socket"
        ) from None
    if "%" in text:
        raise ValueError(f"{text!r} has a zone; use the address without it")
    if isinstance(network, ipaddress.IPv6Network) and network[0].ipv4_mapped:
        raise ValueError(f"{text!r} is an IPv4 address in IPv6 form; use the IPv4 form")
    return str(network[0] if network.num_addresses == 1 else network)


def _networkAround(text: str) -> str:
    """Return a remark that names the network around an address, or an empty text."""
    try:
        return f" (the network around it is {ipaddress.ip_network(text, strict=False)})"
    except ValueError:
        return ""


def isFromProxy(request: Request, proxies: Collection[str]) -> bool:
    """Return whether a request comes from a trusted proxy.

    @param proxies: in the form that L{checkProxy} returns.
    """
    if not proxies:
        return False
    peer = request.getClientAddress()
    if isinstance(peer, UNIXAddress):
        return UNIX in proxies
    return isinstance(peer, (IPv4Address, IPv6Address)) and _isPeer(peer.host, frozenset(proxies))


def readForwarded(request: Request, proxies: Collection[str]) -> Forwarded:
    """Return what the peer forwarded with a request, if it is a trusted proxy.

    @param proxies: in the form that L{checkProxy} returns.
    """
    if not isFromProxy(request, proxies):
        return _NOTHING
    hosts = _values(request, b"x-forwarded-host")
    schemes = _values(request, b"x-forwarded-proto")
    scheme = schemes[-1].lower() if schemes else None
    return Forwarded(
        host=hosts[-1] if hosts else None,
        scheme=scheme and _SCHEMES.get(scheme, scheme),
    )


def clientOf(request: Request, proxies: Collection[str]) -> str | None:
    """Return the client of a request that a trusted proxy forwarded, or L{None}.

    It is the last entry of C{X-Forwarded-For} that is not itself a trusted proxy; the client may
    have forged those before it. The text is not escaped.
    """
    if not isFromProxy(request, proxies):
        return None
    hops = _values(request, b"x-forwarded-for")
    for hop in reversed(hops):
        if not _isProxy(hop, proxies):
            return hop or None
    return hops[0] if hops else None


def networkOf(request: Request, proxies: Collection[str]) -> str:
    """Return the network that a request is counted for: an IPv4 address or an IPv6 /64 network.

    All clients behind a UNIX socket, or behind a proxy that is not trusted, count as one.
    """
    peer = request.getClientAddress()
    host = peer.host if isinstance(peer, (IPv4Address, IPv6Address)) else ""
    client = clientOf(request, proxies) or host
    address = parseAddress(client) or parseAddress(_PORT.sub("", client).strip("[]"))
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def parseAddress(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an IP address, or L{None} if the text is not one. Mapped addresses become IPv4."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=64)
def _isPeer(address: str, proxies: frozenset[str]) -> bool:
    return _isProxy(address, proxies)


def _isProxy(text: str, proxies: Collection[str]) -> bool:
    address = parseAddress(text)
    networks = _networks(frozenset(proxies))
    return address is not None and any(address in network for network in networks)


@cache
def _networks(
    proxies: frozenset[str],
) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(proxy) for proxy in proxies if proxy != UNIX]


def _values(request: Request, name: bytes) -> list[str]:
    lines = valuesOf(request, name)
    return [value.strip() for line in lines for value in line.decode("latin-1").split(",")]
