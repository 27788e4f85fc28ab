"""Decimals that a browser has sent: numbers, and of a size that one can work with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal
from typing import Any

import msgspec

#: Digits before the point, and behind it. To write C{1e999999999} out, say by
#: C{int()}, takes all the memory there is.
MAX_DIGITS = 1000


def checkDecimals(value: Any) -> None:
    """Look at each Decimal in a value that msgspec has converted, defaults too.

    @raise ValueError: one is no number, or has too many digits.
    """
    # A class may have made whatever it likes of what it got, also in a circle.
    # Kept as they are, since an id is used again.
    seen: dict[int, Any] = {}
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Decimal):
            _check(item)
        elif id(item) not in seen:
            seen[id(item)] = item
            waiting.extend(_partsOf(item))


def _check(value: Decimal) -> None:
    if not value.is_finite():
        raise ValueError(f"Expected `decimal`, got {value}")
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    if max(len(digits) + exponent, -exponent) > MAX_DIGITS:
        raise ValueError(
            f"Expected `decimal` of at most {MAX_DIGITS} digits on each side of the point"
        )


def _partsOf(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return value
    if isinstance(value, msgspec.Struct):
        return [getattr(value, name) for name in value.__struct_fields__]
    if hasattr(type(value), "__dataclass_fields__"):
        return [getattr(value, field.name, None) for field in fields(value)]
    return ()
