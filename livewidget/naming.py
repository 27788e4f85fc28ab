"""What to call things in messages to developers."""

from __future__ import annotations

from typing import get_origin


def nameOf(value: object) -> str:
    """Return what to call a class, a function or another object in a message.

    @return: its qualified name, as C{ChatElement.say}, or its C{repr} if it has none.
    """
    # list[int].__qualname__ is that of list.
    name = None if get_origin(value) else getattr(value, "__qualname__", None)
    return name if isinstance(name, str) else repr(value)


def fullNameOf(hint: object) -> str:
    """Return what to call a type in a message: C{module.Class}, or the C{repr} of other types."""
    return f"{hint.__module__}.{nameOf(hint)}" if isinstance(hint, type) else repr(hint)
