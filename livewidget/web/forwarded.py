"""What a proxy says of a request that it passes on; only proxies that are trusted are heard.

See C{docs/deployment.md}, "Forwarded headers". A header may have several
values, as a list or line by line: a proxy appends its own to what a client has
made up. So the last one counts.
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

#: In the place of an address: whoever comes by a UNIX socket.
UNIX = "unix"

# Some proxies say it after the address.
_PORT = re.compile(r":\d+$")

# Some proxies name the scheme of a WebSocket's URL.
_SCHEMES = {"ws": "http", "wss": "https"}


@dataclass(frozen=True)
class Forwarded:
    """How a browser reached the proxy, not checked; L{None} is what was not said.

    @ivar host: what the browser sent as C{Host}.
    @ivar scheme: C{http}, C{https}, or whatever else was said.
    """

    host: str | None = None
    scheme: str | None = None


_NOTHING = Forwarded()


def checkProxy(text: str) -> str:
    """The address or network of a proxy, or L{UNIX}, in its usual form.

    @raise ValueError: it is none, or one that no connection comes from.
    """
    if text == UNIX:
        return text
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is not an address{_networkAround(text)}; write an IP address such as "
            f"127.0.0.1, a network such as 10.0.0.0/8, or {UNIX} for whoever comes by a UNIX socket"
        ) from None
    if "%" in text:
        raise ValueError(f"{text!r} has a zone; write the address without it")
    if isinstance(network, ipaddress.IPv6Network) and network[0].ipv4_mapped:
        raise ValueError(f"{text!r} is an IPv4 address in the form of IPv6; write it as IPv4")
    return str(network[0] if network.num_addresses == 1 else network)


def _networkAround(text: str) -> str:
    """Return a remark on an address in a network, which is no network; empty for other texts."""
    try:
        return f" (the network around it is {ipaddress.ip_network(text, strict=False)})"
    except ValueError:
        return ""


def isFromProxy(request: Request, proxies: Collection[str]) -> bool:
    """Whether a request comes from a trusted proxy.

    @param proxies: as L{checkProxy} writes them.
    """
    if not proxies:
        return False
    peer = request.getClientAddress()
    if isinstance(peer, UNIXAddress):
        return UNIX in proxies
    return isinstance(peer, (IPv4Address, IPv6Address)) and _isPeer(peer.host, frozenset(proxies))


def readForwarded(request: Request, proxies: Collection[str]) -> Forwarded:
    """What the peer says of a request, if it is a trusted proxy; else nothing.

    @param proxies: as L{checkProxy} writes them.
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
    """The client of a request that a trusted proxy passes on, or L{None}.

    It is the last one in C{X-Forwarded-For} that is not itself a trusted proxy:
    what stands before it, the client may have made up. It is not escaped.
    """
    if not isFromProxy(request, proxies):
        return None
    hops = _values(request, b"x-forwarded-for")
    for hop in reversed(hops):
        if not _isProxy(hop, proxies):
            return hop or None
    return hops[0] if hops else None


def networkOf(request: Request, proxies: Collection[str]) -> str:
    """Where a request comes from, for counting: an address, or of IPv6 the network of a customer.

    All that come by a UNIX socket, or by a proxy that is not trusted, are one.
    """
    peer = request.getClientAddress()
    host = peer.host if isinstance(peer, (IPv4Address, IPv6Address)) else ""
    client = clientOf(request, proxies) or host
    address = parseAddress(client) or parseAddress(_PORT.sub("", client).strip("[]"))
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def parseAddress(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An IP address as a number, if it is one; as IPv4 if it can be."""
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
