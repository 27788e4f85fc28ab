"""Bytes for a connection, made once where the next connection gets the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence


class LastMade:
    """Makes bytes of messages, and keeps the last ones.

    What a topic or a loop tells many pages is in their buffers in the same order, and they
    flush one after the other.

    @param make: makes the bytes of some messages, and depends on nothing else.
    """

    def __init__(self, make: Callable[[Sequence[bytes]], bytes]) -> None:
        self._make = make
        self._messages: Sequence[bytes] = []
        self._made = make([])

    def of(self, messages: Sequence[bytes]) -> bytes:
        """The bytes of these messages. The sequence must not be changed any more."""
        # A message of a topic is one object in all buffers: that is compared at once.
        if messages != self._messages:
            self._made = self._make(messages)
            self._messages = messages
        return self._made
