"""The response headers of a page."""

from __future__ import annotations

import re
from collections.abc import Mapping

from livewidget.web.csp import contentSecurityPolicy

NONCE = "{nonce}"
_POLICY = "content-security-policy"

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[ -~]*")

# An application must not set these: the page might not arrive, or arrive twice.
_RESERVED = frozenset(
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
    """Check headers that an application changes, and return them by names in lower case.

    @raise TypeError: the headers are not a mapping of texts.
    @raise ValueError: a name or value is malformed, or may not be changed.
    """
    if not isinstance(headers, Mapping):
        raise TypeError(
            f"pageHeaders must be a mapping of values by header, not {headers!r}; "
            "for example, use {'Referrer-Policy': 'no-referrer'}"
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
    """Return the headers of a page whose scripts carry a nonce.

    @param sources: the sources to add to the content security policy, by directive.
    @param changes: values that replace or extend these headers; L{None} removes a header.
    """
    headers: dict[str, str | None] = {
        "content-type": "text/html; charset=utf-8",
        # Each page is created once, so that the back button and a restored session must fetch a
        # new one. With "no-store" browsers would not keep the page in the back/forward cache.
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
        raise TypeError(f"pageHeaders must contain texts or None, not {name!r}: {value!r}")
    if not _NAME.fullmatch(name):
        raise ValueError(f"pageHeaders: {name!r} is not the name of a header")
    if name.lower() in _RESERVED:
        raise ValueError(f"pageHeaders: {name!r} cannot be changed, since pages depend on it")
    if value is None:
        return
    if not _VALUE.fullmatch(value):
        raise ValueError(
            f"pageHeaders: {value!r} of {name!r} cannot be a value; use ASCII without line breaks"
        )
    if name.lower() == _POLICY and f"'nonce-{NONCE}'" not in value:
        raise ValueError(
            f"pageHeaders: {name!r} lacks 'nonce-{NONCE}' for script-src, without which no script "
            "of the page runs; to add sources to the default policy, use contentSources"
        )
