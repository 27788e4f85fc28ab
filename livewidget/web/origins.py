"""Normalise host names and the origins of settings to the form in which browsers send them.

The check of a request is in L{livewidget.web.access}.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address

#: The ports that a browser leaves out of an origin, by scheme.
DEFAULT_PORTS = {"http": 80, "https": 443}

_HOST = r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]"
_ORIGIN = re.compile(rf"[a-z][a-z0-9+.-]*://({_HOST})(?::([0-9]{{1,5}}))?")


def checkHost(text: str) -> str:
    """Return a host name in the form in which browsers send it.

    @raise ValueError: it is not a host name alone.
    """
    name = text.lower()
    if not re.fullmatch(_HOST, name) or not _isValidAddress(name):
        raise ValueError(
            f"{text!r} is not a host name; use the name alone, such as "
            "example.com (no scheme, port or path; a non-ASCII name in its xn-- form)"
        )
    return name


def checkOrigin(text: str) -> str:
    """Return an origin in the form in which browsers send it, without a default port.

    @raise ValueError: it is not C{scheme://host} or C{scheme://host:port}.
    """
    origin = text.lower()
    match = _ORIGIN.fullmatch(origin)
    if match is None or int(match[2] or 0) > 65535 or not _isValidAddress(match[1]):
        raise ValueError(
            f"{text!r} is not an origin; use scheme://host or "
            "scheme://host:port and no path, such as https://example.com"
        )
    scheme = origin.partition(":")[0]
    return origin.removesuffix(f":{DEFAULT_PORTS.get(scheme)}")


def _isValidAddress(host: str) -> bool:
    """Return whether a host is an IPv6 address, if it is in brackets; otherwise true."""
    try:
        return not host.startswith("[") or bool(IPv6Address(host[1:-1]).packed)
    except ValueError:
        return False
