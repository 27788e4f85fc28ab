"""Fast path for plain JSON values: shallow, and without anything that could be a tag.

Most values are plain. msgspec checks a plain value as a whole, in C; visiting each value in
Python would take longer than everything else that is done with its message. All other values
go through L{livewidget.wire.outgoing} and L{livewidget.wire.incoming}, with the same result.
"""

from __future__ import annotations

from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

#: The largest integer that JavaScript represents exactly.
MAX_INTEGER = 2**53 - 1

#: How deeply a plain value may be nested.
DEPTH = 4


def _nested(depth: int) -> Any:
    flat = Annotated[int, Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)] | bool | float | str | None
    if depth == 0:
        return flat
    inner: Any = _nested(depth - 1)
    return flat | GenericAlias(list, (inner,)) | GenericAlias(dict, (str, inner))


if TYPE_CHECKING:
    Plain = Any
else:
    #: The type of plain values, for msgspec.
    Plain = _nested(DEPTH)

_DOLLAR, _BACKSLASH = b"$\\"
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Plain)


def mayHaveTag(data: bytes) -> bool:
    """Return whether a message may contain a string that begins with a dollar sign."""
    # Searching for a single byte first takes a fifth of the time.
    return (_DOLLAR in data and b'"$' in data) or (_BACKSLASH in data and b'"\\u0024' in data)


def encodePlain(value: Any) -> bytes | None:
    """Return a plain value as JSON, or C{None} if it is not plain or cannot be sent."""
    try:
        data = _encoder.encode(value)
        # msgspec encodes other types too, but these are decoded as a different value.
        if not (_DOLLAR in data and b'"$' in data) and _decoder.decode(data) == value:
            return data
    except Exception:  # raised by msgspec, or by an __eq__
        pass
    return None
