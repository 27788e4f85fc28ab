"""The content security policy of a page."""

from __future__ import annotations

import re
from collections.abc import Mapping

_DIRECTIVE = re.compile(r"[a-z]+(?:-[a-z]+)*")
# ASCII without control characters; a semicolon would end the directive, a comma the policy.
_SOURCES = re.compile(r"[ !-+\--:<-~]*")
_NONE = "'none'"


def checkSources(sources: Mapping[str, str]) -> dict[str, str]:
    """What is added to the policy: sources, by directive.

    @raise TypeError: it is not a mapping of texts.
    @raise ValueError: a directive or a source cannot be one.
    """
    if not isinstance(sources, Mapping):
        raise TypeError(
            f"contentSources takes sources by directive, not {sources!r}: "
            "write {'img-src': 'https://images.example.com'}"
        )
    for directive, added in sources.items():
        if not isinstance(directive, str) or not isinstance(added, str):
            raise TypeError(
                f"contentSources takes texts, not {directive!r}: {added!r}; "
                "several sources are one text, with spaces between"
            )
        if not _DIRECTIVE.fullmatch(directive):
            raise ValueError(
                f"contentSources: {directive!r} is not a directive; write one like 'img-src'"
            )
        if not _SOURCES.fullmatch(added):
            raise ValueError(
                f"contentSources: {added!r} of {directive!r} cannot be sources; write them in "
                "ASCII with spaces between, without semicolon, comma or line break"
            )
        if _NONE in added.split():
            raise ValueError(
                f"contentSources: {directive!r} gets more sources, and {_NONE} is none; "
                "leave it out"
            )
    return dict(sources)


def contentSecurityPolicy(nonce: str, sources: Mapping[str, str]) -> str:
    """The policy of a page whose scripts carry a nonce.

    @param sources: what is added to it, by directive.
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
    """What holds for a directive that is not added to: its own default, or what it falls back to.

    Without the latter, an address for C{connect-src} would take the page's own from it.
    """
    general = re.sub("-(elem|attr)$", "", directive)
    if directive in defaults:
        return defaults[directive]
    if general in defaults:
        return defaults[general]
    return defaults["default-src"] if general.endswith("-src") else ""
