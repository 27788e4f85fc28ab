"""Checks of decimals that a browser has sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal
from typing import Any

import msgspec

#: The most digits before the point, and after it. Expanding C{1e999999999}, by C{int()} for
#: example, would exhaust the memory.
MAX_DIGITS = 1000


def checkDecimals(value: Any) -> None:
    """Check each Decimal in a value that msgspec has converted, including defaults.

    @raise ValueError: one is not finite, or has too many digits.
    """
    # An application's class may build any structure, even a circular one. The objects are kept
    # alive, since the id of a freed one may be reused.
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
