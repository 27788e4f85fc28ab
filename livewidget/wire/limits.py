"""How much one conversation may send and keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one page's conversation, the same at both ends.

    @ivar message: the most bytes in one message, in either direction.
    @ivar messages: the most messages of a page that may wait for an acknowledgement.
    @ivar bytes: the most bytes of a page that may wait for an acknowledgement.
    @raise TypeError: a value is not an integer.
    @raise ValueError: a value is not above 0.
    """

    message: int = 64 * 1024
    messages: int = 10_000
    bytes: int = 1024 * 1024

    def __post_init__(self) -> None:
        for name in ("message", "messages", "bytes"):
            checkCount(name, getattr(self, name))


def checkCount(name: str, value: Any) -> None:
    """Check that a setting is an integer above 0.

    @param name: the setting, for the error.
    @raise TypeError: the value is not an integer.
    @raise ValueError: the value is not above 0.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, not {value!r}")
    if value <= 0:
        raise ValueError(f"{name} must be an integer above 0, not {value!r}")
