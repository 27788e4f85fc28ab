"""Values in a form that can be compared."""

from __future__ import annotations

from typing import Any

import msgspec


def steady(value: Any) -> str:
    """Return a value as text that distinguishes 1, 1.0 and True, and has sets in order."""
    if isinstance(value, msgspec.Struct):
        return type(value).__name__ + steady(msgspec.structs.asdict(value))
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {steady(item)}' for key, item in value.items())}}}"
    if isinstance(value, (list, set)):
        items = [steady(item) for item in value]
        return f"{type(value).__name__}{items if isinstance(value, list) else sorted(items)}"
    return repr(value)
