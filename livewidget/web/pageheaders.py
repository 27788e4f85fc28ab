"""The headers of a page."""

from __future__ import annotations

import re
from collections.abc import Mapping

from livewidget.web.csp import contentSecurityPolicy

NONCE = "{nonce}"
_POLICY = "content-security-policy"

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[ -~]*")

# What they say is not for an application to choose: the page would not arrive, or twice.
_OURS = frozenset(
    [
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "transfer-encoding",
        "vary",
    ]
)


def checkHeaders(headers: Mapping[str, str | None]) -> dict[str, str | None]:
    """What an application changes of the headers, by their names in lower case.

    @raise TypeError: it is not a mapping of texts.
    @raise ValueError: a name or a value cannot be one, or is not to be changed.
    """
    if not isinstance(headers, Mapping):
        raise TypeError(
            f"pageHeaders takes values by header, not {headers!r}: "
            "write {'Referrer-Policy': 'no-referrer'}"
        )
    checked: dict[str, str | None] = {}
    for name, value in headers.items():
        _check(name, value)
        if name.lower() in checked:
            raise ValueError(f"pageHeaders has {name!r} twice")
        checked[name.lower()] = value
    return checked


def pageHeaders(
    nonce: str, sources: Mapping[str, str], changes: Mapping[str, str | None]
) -> dict[bytes, bytes]:
    """The headers of a page whose scripts carry a nonce.

    @param sources: what is added to the content security policy, by directive.
    @param changes: other values for these headers, or more headers; L{None}: without it.
    """
    headers: dict[str, str | None] = {
        "content-type": "text/html; charset=utf-8",
        # Back, or a session that is restored, is to fetch anew: each page is made once.
        # With "no-store" a browser would not take the page into its back/forward cache.
        "cache-control": "private, no-cache",
        "vary": "*",
        _POLICY: contentSecurityPolicy(nonce, sources),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        **changes,
    }
    return {
        name.encode(): value.replace(NONCE, nonce).encode()
        for name, value in headers.items()
        if value is not None
    }


def _check(name: str, value: str | None) -> None:
    if not isinstance(name, str) or not (value is None or isinstance(value, str)):
        raise TypeError(f"pageHeaders takes texts, or None as a value, not {name!r}: {value!r}")
    if not _NAME.fullmatch(name):
        raise ValueError(f"pageHeaders: {name!r} is not the name of a header")
    if name.lower() in _OURS:
        raise ValueError(f"pageHeaders: {name!r} is not to be changed: pages depend on it")
    if value is None:
        return
    if not _VALUE.fullmatch(value):
        raise ValueError(
            f"pageHeaders: {value!r} of {name!r} cannot be a value: "
            "write it in ASCII, without line breaks"
        )
    if name.lower() == _POLICY and f"'nonce-{NONCE}'" not in value:
        raise ValueError(
            f"pageHeaders: {name!r} lacks 'nonce-{NONCE}' for script-src, without which no script "
            "of the page runs; to add sources to the policy there is, use contentSources"
        )
