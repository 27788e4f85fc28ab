"""Host names and origins, as a browser writes them."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

_HOST = r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]"
_ORIGIN = re.compile(rf"[a-z][a-z0-9+.-]*://({_HOST})(?::([0-9]{{1,5}}))?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def checkHost(text: str) -> str:
    """A host name, as a browser writes it.

    @raise ValueError: it is not a host name alone.
    """
    name = text.lower()
    if not re.fullmatch(_HOST, name) or not _isAddressSound(name):
        raise ValueError(
            f"{text!r} is not a host name; write the name alone, such as "
            "example.com (no scheme, port or path; a non-ASCII name in its xn-- form)"
        )
    return name


def checkOrigin(text: str) -> str:
    """An origin, as a browser writes it (no default port).

    @raise ValueError: it is not C{scheme://host} or C{scheme://host:port}.
    """
    origin = text.lower()
    match = _ORIGIN.fullmatch(origin)
    if match is None or int(match[2] or 0) > 65535 or not _isAddressSound(match[1]):
        raise ValueError(
            f"{text!r} is not an origin; write scheme://host or "
            "scheme://host:port and no path, such as https://example.com"
        )
    scheme = origin.partition(":")[0]
    return origin.removesuffix(f":{_DEFAULT_PORTS.get(scheme)}")


def _isAddressSound(host: str) -> bool:
    """Whether a host in brackets, if it is in any, is an IPv6 address."""
    try:
        return not host.startswith("[") or bool(IPv6Address(host[1:-1]).packed)
    except ValueError:
        return False
