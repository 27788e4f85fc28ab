"""How Python values are represented in messages; L{livewidget.wire.incoming} is the inverse.

See "Values" in C{docs/reference/protocol.md}. The JavaScript twin is C{js/wire/values.js}; both
run C{tests/wire/vectors/messages.json}.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import Any, TypeAlias
from uuid import UUID

import msgspec
from msgspec import UNSET

from livewidget.errors import EncodeError
from livewidget.wire.plain import MAX_INTEGER, encodePlain

#: How deeply values may be nested.
MAX_DEPTH = 64

#: Called with a value of any other class. It returns what represents the value in the message,
#: or C{NotImplemented}, or raises L{EncodeError}.
Special: TypeAlias = Callable[[Any], Any]

_encoder = msgspec.json.Encoder()


def encodeValue(name: str, value: Any, special: Special | None = None) -> bytes:
    """Check a value and encode it as JSON; see L{outgoing}.

    @raise EncodeError: something in it cannot be sent; the error has the path to it.
    """
    # Fast path: plain values, checked by decoding them again; see
    # docs/explanation/performance.md#plain-values-checked-at-once, tests/wire/test_plain.py
    return encodePlain(value) or _encoder.encode(outgoing(name, value, special))


def outgoing(name: str, value: Any, special: Special | None = None) -> Any:
    """Check a value and convert it to JSON types.

    @param name: the first part of the path in an error.
    @param special: see L{Special}.
    @raise EncodeError: something in it cannot be sent; the error has the path to it.
    """
    try:
        return _outgoing(value, 0, special or _refuse)
    except EncodeError as error:
        error.path.insert(0, name)
        raise


def outgoingKwargs(kwargs: dict[str, Any], special: Special | None = None) -> dict[str, Any]:
    """Convert keyword arguments; see L{outgoing}. Their dictionary is never taken for a tag.

    @raise EncodeError: something in them cannot be sent; the error has the path to it.
    """
    try:
        return _entries(kwargs.items(), 1, special or _refuse)
    except EncodeError as error:
        error.path.insert(0, "kwargs")
        raise


def _outgoing(value: Any, depth: int, special: Special) -> Any:
    # Fast path: the most frequent types first, before _HANDLERS; see
    # docs/explanation/performance.md#plain-values-checked-at-once, tests/wire/test_value_paths.py
    kind = type(value)
    if value is None or (kind is str and value.isascii()):
        return value
    if kind is int and -MAX_INTEGER <= value <= MAX_INTEGER:
        return value
    if kind is list:
        return _list(value, depth, special)
    if kind is dict:
        return _dict(value, depth, special)
    if kind is bool:
        return value
    if kind is float and isfinite(value):
        return value
    return _handler(kind)(value, depth, special)


def _handler(kind: type) -> Callable[[Any, int, Special], Any]:
    handler = _HANDLERS.get(kind)
    if handler is not None:
        return handler
    for base, handler in _HANDLERS.items():
        if issubclass(kind, base):
            return handler
    return _other


def _other(value: Any, depth: int, special: Special) -> Any:
    # Before anything else, since a special value may be a dataclass.
    found = special(value)
    if found is not NotImplemented:
        return found
    kind = type(value)
    if hasattr(kind, "__dataclass_fields__"):
        return _dataclass(value, depth, special)
    raise EncodeError(f"a {kind.__module__}.{kind.__qualname__} cannot be sent")


def _refuse(value: Any) -> Any:
    return NotImplemented


def _enum(value: Enum, depth: int, special: Special) -> Any:
    return _outgoing(value.value, depth, special)


def _text(value: str, depth: int, special: Special) -> str:
    return outgoingText(value)


def outgoingText(value: str) -> str:
    """Return a text as a plain C{str}.

    @raise EncodeError: it contains half a surrogate pair.
    """
    try:
        # Testing for ASCII is cheap; other texts must be encoded to find out.
        if not value.isascii():
            value.encode()
    except UnicodeEncodeError:
        raise EncodeError("a text with half a surrogate pair cannot be sent") from None
    # Not str(value), which a subclass may override.
    return str.__str__(value)


def _integer(value: int, depth: int, special: Special) -> int:
    if -MAX_INTEGER <= value <= MAX_INTEGER:
        return int(value)
    raise EncodeError("an integer beyond ±(2**53 - 1) would be rounded in the browser")


def _float(value: float, depth: int, special: Special) -> float:
    if isfinite(value):
        return float(value)
    raise EncodeError(f"{value} cannot be represented in JSON")


def _list(values: Iterable[Any], depth: int, special: Special) -> list[Any]:
    _checkDepth(depth)
    result: list[Any] = []
    try:
        for value in values:
            # Fast path: _outgoing inlined for texts and integers; see
            # docs/explanation/performance.md#plain-values-checked-at-once,
            # tests/wire/test_value_paths.py
            kind = type(value)
            if (kind is str and value.isascii()) or (
                kind is int and -MAX_INTEGER <= value <= MAX_INTEGER
            ):
                result.append(value)
            else:
                result.append(_outgoing(value, depth + 1, special))
    except EncodeError as error:
        error.path.insert(0, f"[{len(result)}]")
        raise
    return result


def _dict(values: dict[Any, Any], depth: int, special: Special) -> dict[str, Any]:
    return _object(values.items(), depth, special)


def _object(items: Iterable[tuple[Any, Any]], depth: int, special: Special) -> dict[str, Any]:
    _checkDepth(depth)
    result = _entries(items, depth + 1, special)
    return {"$": result} if looksLikeTag(result) else result


def _entries(items: Iterable[tuple[Any, Any]], depth: int, special: Special) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in items:
        if not isinstance(key, str):
            raise EncodeError(f"the key {key!r} is not a string")
        name = key if type(key) is str and key.isascii() else outgoingText(key)
        try:
            result[name] = _outgoing(value, depth, special)
        except EncodeError as error:
            error.path.insert(0, f".{name}")
            raise
    return result


def _checkDepth(depth: int) -> None:
    if depth >= MAX_DEPTH:
        raise EncodeError(f"nested more than {MAX_DEPTH} levels deep, or contains itself")


def _set(values: Iterable[Any], depth: int, special: Special) -> dict[str, Any]:
    items = _list(values, depth, special)
    if all(map(isItem, items)):
        return {"$set": items}
    raise EncodeError("a set cannot contain a value that is a list or an object in the browser")


def _bytes(value: bytes | bytearray | memoryview, depth: int, special: Special) -> dict[str, str]:
    return {"$bytes": base64Text(bytes(value))}


def _datetime(value: datetime, depth: int, special: Special) -> dict[str, str]:
    if value.utcoffset() is None:
        raise EncodeError(
            "a datetime without a time zone is ambiguous: give it one, such as datetime.UTC"
        )
    try:
        return {"$date": dateText(datetime.astimezone(value, UTC))}
    except OverflowError:
        raise EncodeError("a datetime must be in the years 1 to 9999 in UTC") from None


def _date(value: date, depth: int, special: Special) -> str:
    return date.isoformat(value)


def _time(value: time, depth: int, special: Special) -> str:
    return time.isoformat(value)


def _timedelta(value: timedelta, depth: int, special: Special) -> Any:
    return msgspec.to_builtins(timedelta(value.days, value.seconds, value.microseconds))


def _uuid(value: UUID, depth: int, special: Special) -> str:
    return UUID.__str__(value)


def _decimal(value: Decimal, depth: int, special: Special) -> str:
    if value.is_finite():
        return Decimal.__str__(value)
    raise EncodeError(f"the Decimal {value} is not a finite number")


def _dataclass(value: Any, depth: int, special: Special) -> dict[str, Any]:
    # A field may not have been set yet.
    items = [(field.name, getattr(value, field.name, UNSET)) for field in fields(value)]
    return _object([item for item in items if item[1] is not UNSET], depth, special)


def _struct(value: msgspec.Struct, depth: int, special: Special) -> Any:
    config = value.__struct_config__
    values = [getattr(value, name) for name in value.__struct_fields__]
    if config.array_like:
        return _list(values if config.tag is None else [config.tag, *values], depth, special)
    items = list(zip(value.__struct_encode_fields__, values, strict=True))
    if config.omit_defaults:
        items = _withoutDefaults(items, value.__struct_defaults__)
    if config.tag is not None:
        items.insert(0, (config.tag_field or "type", config.tag))
    return _object([item for item in items if item[1] is not UNSET], depth, special)


def _withoutDefaults(
    items: list[tuple[str, Any]], defaults: tuple[Any, ...]
) -> list[tuple[str, Any]]:
    required = len(items) - len(defaults)
    return items[:required] + [
        item
        for item, default in zip(items[required:], defaults, strict=True)
        if not _isDefault(item[1], default)
    ]


def _isDefault(value: Any, default: Any) -> bool:
    # As msgspec does, which does not compare values.
    factory = getattr(default, "factory", None)
    return value is default or (
        factory in (list, dict, set) and type(value) is factory and not value
    )


#: By class. A value of another class gets the first handler whose class it is an instance of.
_HANDLERS: dict[type, Callable[[Any, int, Special], Any]] = {
    Enum: _enum,
    str: _text,
    int: _integer,
    float: _float,
    list: _list,
    tuple: _list,
    dict: _dict,
    datetime: _datetime,
    date: _date,
    time: _time,
    timedelta: _timedelta,
    bytes: _bytes,
    bytearray: _bytes,
    memoryview: _bytes,
    set: _set,
    frozenset: _set,
    UUID: _uuid,
    Decimal: _decimal,
    msgspec.Struct: _struct,
}


# Shared with L{livewidget.wire.incoming}.


def looksLikeTag(value: dict[str, Any]) -> bool:
    """Return whether an object in a message is a tag, or must be escaped not to be one."""
    return len(value) == 1 and next(iter(value)).startswith("$")


def isItem(value: Any) -> bool:
    """Return whether a value in a message may be in a set, so that Python can hash it."""
    if isinstance(value, dict):
        return looksLikeTag(value) and "$" not in value and "$set" not in value
    return not isinstance(value, list)


def dateText(moment: datetime) -> str:
    """Return how a moment in UTC is represented in a message."""
    return datetime.isoformat(moment.replace(tzinfo=None), timespec="milliseconds") + "Z"


def base64Text(data: bytes) -> str:
    """Return how bytes are represented in a message."""
    return b2a_base64(data, newline=False).decode()
