"""The values that nearly all are: JSON's own, of which no object can be a tag, and not deep.

To look at each value in Python takes longer than all else that is done with its message.
These are checked by msgspec, in C, all at once. What is not found to be plain here goes
through L{livewidget.wire.outgoing}, with the same result.
"""

from __future__ import annotations

from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

#: No number in JavaScript is exact beyond it.
MAX_INTEGER = 2**53 - 1

#: How deep a plain value may be nested.
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
    #: A plain value, as msgspec takes it from a message.
    Plain = _nested(DEPTH)

_DOLLAR, _BACKSLASH = b"$\\"
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Plain)


def mayHaveTag(data: bytes) -> bool:
    """Whether there may be a text in a message that begins with a dollar, written as it may be."""
    # To look for one byte first takes a fifth of the time.
    return (_DOLLAR in data and b'"$' in data) or (_BACKSLASH in data and b'"\\u0024' in data)


def encodePlain(value: Any) -> bytes | None:
    """The bytes of a value; or L{None}: it is not plain, or cannot be sent."""
    try:
        data = _encoder.encode(value)
        # msgspec makes something of what is no value of JSON's too. It comes back as another.
        if not (_DOLLAR in data and b'"$' in data) and _decoder.decode(data) == value:
            return data
    except Exception:  # also what comes of comparing
        pass
    return None
