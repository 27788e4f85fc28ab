"""What somebody may have meant by a name that is none."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The most similar of some dotted names, or L{None}: nothing is similar.

    One that differs in case alone comes first, then one with the same last
    part: what is in another folder.
    """
    known = sorted(names)
    folded = name.casefold()
    for same in (str.casefold, _lastPart):
        near = [other for other in known if same(other) == same(name)]
        if near:
            return max(near, key=lambda other: _likeness(folded, other))
    found = get_close_matches(name, known, 1) or _byLastPart(folded, known)
    return found[0] if found else None


def _byLastPart(folded: str, known: list[str]) -> list[str]:
    """Those whose last part is similar."""
    near = get_close_matches(_lastPart(folded), map(_lastPart, known), 1)
    return [other for other in known if _lastPart(other) in near]


def _lastPart(name: str) -> str:
    return name.rpartition(".")[2].casefold()


def _likeness(folded: str, other: str) -> tuple[int, float]:
    """How many parts are in both, and how similar they are as a whole."""
    theirs = other.casefold()
    common = set(folded.split(".")) & set(theirs.split("."))
    return len(common), SequenceMatcher(None, folded, theirs).ratio()
