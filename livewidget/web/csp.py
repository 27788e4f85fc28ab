"""The Content-Security-Policy header of a page."""

from __future__ import annotations

import re
from collections.abc import Mapping

_DIRECTIVE = re.compile(r"[a-z]+(?:-[a-z]+)*")
# ASCII without control characters; a semicolon would end the directive, a comma the policy.
_SOURCES = re.compile(r"[ !-+\--:<-~]*")
_NONE = "'none'"


def checkSources(sources: Mapping[str, str]) -> dict[str, str]:
    """Check and return sources to be added to the policy, by directive.

    @raise TypeError: the sources are not a mapping of texts.
    @raise ValueError: a directive or a source is malformed.
    """
    if not isinstance(sources, Mapping):
        raise TypeError(
            f"contentSources must be a mapping of sources by directive, not {sources!r}; "
            "for example, use {'img-src': 'https://images.example.com'}"
        )
    for directive, added in sources.items():
        if not isinstance(directive, str) or not isinstance(added, str):
            raise TypeError(
                f"contentSources must contain texts, not {directive!r}: {added!r}; "
                "separate several sources by spaces in one text"
            )
        if not _DIRECTIVE.fullmatch(directive):
            raise ValueError(
                f"contentSources: {directive!r} is not a directive; use one like 'img-src'"
            )
        if not _SOURCES.fullmatch(added):
            raise ValueError(
                f"contentSources: {added!r} of {directive!r} cannot be sources; use ASCII, "
                "separated by spaces, without semicolons, commas or line breaks"
            )
        if _NONE in added.split():
            raise ValueError(f"contentSources: {_NONE} cannot be added to {directive!r}; remove it")
    return dict(sources)


def contentSecurityPolicy(nonce: str, sources: Mapping[str, str]) -> str:
    """Return the policy of a page whose scripts carry a nonce.

    @param sources: the sources to add, by directive.
    """
    policy = {
        "default-src": "'self'",
        "img-src": "'self' data:",
        "script-src": f"'nonce-{nonce}'",
        "style-src": "'self'",
        "object-src": _NONE,
        "base-uri": _NONE,
        "form-action": "'self'",
        "frame-ancestors": "'self'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "livewidget",
    }
    defaults = dict(policy)
    for directive, added in sources.items():
        before = _before(directive, defaults)
        policy[directive] = added if before == _NONE else f"{before} {added}".strip()
    return "; ".join(f"{name} {value}".strip() for name, value in policy.items())


def _before(directive: str, defaults: Mapping[str, str]) -> str:
    """Return the sources that hold for a directive by default: its own, or those of its fallback.

    Without the fallback, adding an address to C{connect-src} would disallow the page's own.
    """
    general = re.sub("-(elem|attr)$", "", directive)
    if directive in defaults:
        return defaults[directive]
    if general in defaults:
        return defaults[general]
    return defaults["default-src"] if general.endswith("-src") else ""
