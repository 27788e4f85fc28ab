"""Suggestions for names that do not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import SequenceMatcher, get_close_matches


def didYouMean(name: str, names: Iterable[str], describe: Callable[[str], str] = str) -> str:
    """Return C{did you mean …?} with the most similar name, or an empty text.

    @param name: the name that was looked up.
    @param names: those that exist.
    @param describe: returns what to write for the name that was found.
    """
    near = nearest(name, names)
    return "" if near is None else f"did you mean {describe(near)}?"


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the most similar of some dotted names, or L{None} if none is similar.

    A name that differs only in case is preferred, then one with the same last part, as
    when a module is in another folder.
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
    """Return the names whose last part is similar."""
    near = get_close_matches(_lastPart(folded), map(_lastPart, known), 1)
    return [other for other in known if _lastPart(other) in near]


def _lastPart(name: str) -> str:
    return name.rpartition(".")[2].casefold()


def _likeness(folded: str, other: str) -> tuple[int, float]:
    """Return how many parts two names share, and how similar they are as a whole."""
    theirs = other.casefold()
    common = set(folded.split(".")) & set(theirs.split("."))
    return len(common), SequenceMatcher(None, folded, theirs).ratio()
