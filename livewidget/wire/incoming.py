"""How values in messages become Python values; L{livewidget.wire.outgoing} is the inverse.

See "Values" in C{docs/reference/protocol.md}. The JavaScript twin is C{js/wire/values.js}.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Callable
from datetime import datetime
from typing import Any

from livewidget.errors import ProtocolError
from livewidget.wire.codes import MALFORMED
from livewidget.wire.outgoing import MAX_DEPTH, Special, base64Text, dateText, isItem, looksLikeTag
from livewidget.wire.plain import MAX_INTEGER


def incoming(value: Any, depth: int = 0, special: Special | None = None) -> Any:
    """Check a received JSON value and convert it to a Python value.

    @param depth: how deeply it is nested.
    @param special: converts the content of the tag C{$element}, which only browsers receive;
        without it that tag is malformed.
    @raise ProtocolError: 4400, the other side cannot have sent this value.
    """
    kind = type(value)
    if kind is str:
        return value
    if kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise _malformed("an integer beyond ±(2**53 - 1)")
        return value
    if kind is list:
        return _incomingList(value, depth, special)
    if kind is not dict:
        return value
    if len(value) == 1:
        [(tag, content)] = value.items()
        if tag.startswith("$"):
            return _untagged(tag, content, depth, special)
    return _incomingEntries(value, depth, special)


def _incomingList(values: list[Any], depth: int, special: Special | None) -> list[Any]:
    if depth >= MAX_DEPTH:
        raise _malformed(f"nested more than {MAX_DEPTH} deep")
    # Fast path: incoming inlined for strings, here and for objects; see
    # docs/explanation/performance.md#plain-values-checked-at-once, tests/wire/test_value_paths.py
    depth += 1
    return [item if type(item) is str else incoming(item, depth, special) for item in values]


def _incomingEntries(values: dict[str, Any], depth: int, special: Special | None) -> dict[str, Any]:
    if depth >= MAX_DEPTH:
        raise _malformed(f"nested more than {MAX_DEPTH} deep")
    depth += 1
    return {
        key: item if type(item) is str else incoming(item, depth, special)
        for key, item in values.items()
    }


def _untagged(tag: str, content: Any, depth: int, special: Special | None) -> Any:
    if tag == "$" and isinstance(content, dict) and looksLikeTag(content):
        return _incomingEntries(content, depth, special)
    if tag == "$element" and special is not None:
        return special(content)
    if tag == "$set" and isinstance(content, list) and all(map(isItem, content)):
        return set(_incomingList(content, depth, None))
    read = _READERS.get(tag)
    if read is not None and isinstance(content, str):
        try:
            return read(content)
        except ValueError:
            pass
    raise _malformed(f"unknown or wrong tag {tag[:32]!r}")


def _readDate(text: str) -> datetime:
    """Parse a moment.

    @raise ValueError: it is not in the form that L{dateText} returns.
    """
    moment = datetime.fromisoformat(text)
    if dateText(moment) != text:
        raise ValueError(text)
    return moment


def _readBytes(text: str) -> bytes:
    """Decode base64.

    @raise ValueError: it is not in the form that L{base64Text} returns.
    """
    data = a2b_base64(text, strict_mode=True)
    # The last character may have bits that are ignored.
    if base64Text(data) != text:
        raise ValueError(text)
    return data


_READERS: dict[str, Callable[[str], Any]] = {"$date": _readDate, "$bytes": _readBytes}


def _malformed(problem: str) -> ProtocolError:
    return ProtocolError(MALFORMED, f"malformed message: {problem}")
