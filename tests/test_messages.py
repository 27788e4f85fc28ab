"""Tests of L{livewidget.messages}: what C{tests/vectors/messages.json} cannot express."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from msgspec import UNSET

from livewidget.errors import EncodeError, ProtocolError
from livewidget.messages import (
    MAX_INTEGER,
    Call,
    Error,
    ErrorInfo,
    Event,
    Message,
    Result,
    decode,
    encode,
)

# "$" is likelier here than by chance, for what looks like a tag.
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(["$", "$a", ""])
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=20,
)
ids = st.integers(1, MAX_INTEGER)
names = texts.filter(lambda name: 0 < len(name) <= 256)
messages = st.one_of(
    st.builds(
        Call,
        callId=st.none() | ids,
        elementId=ids,
        method=names,
        args=st.lists(values, max_size=3),
        kwargs=st.dictionaries(texts, values, max_size=3),
    ),
    st.builds(Result, callId=ids, value=values),
    st.builds(Event, topicId=ids, method=names, args=st.lists(values, max_size=3)),
    st.builds(
        Error,
        callId=ids,
        info=st.builds(
            ErrorInfo, type=texts, message=texts, data=values, id=st.just(UNSET) | texts
        ),
    ),
)


def encoded(value: Any) -> Any:
    """A value as it is in the text of a result."""
    return json.loads(encode(Result(1, value)))[2]


@given(messages)
def test_roundTrip(message: Message) -> None:
    """Any message of any JSON values is the same after it has crossed."""
    # As text, since to Python 1, 1.0 and True are equal.
    assert repr(decode(encode(message))) == repr(message)


@given(values)
def test_jsonOfOthers(value: Any) -> None:
    """What is sent is plain JSON, which any other reader reads."""
    tree = json.loads(encode(Result(1, value)))
    assert decode(json.dumps(tree).encode()) == Result(1, value)


KINDS = ["call", "result", "error", "join", "leave", "event", "made", "detach"]
nearly = st.tuples(st.sampled_from(KINDS), st.lists(ids | values, max_size=5)).map(
    lambda parts: json.dumps([parts[0], *parts[1]]).encode()
)


@given(st.binary(max_size=40) | nearly)
def test_anyBytes(data: bytes) -> None:
    """No bytes are an error other than ProtocolError; those that are a message stay it."""
    with suppress(ProtocolError):
        message = decode(data)
        assert repr(decode(encode(message))) == repr(message)


class Level(IntEnum):
    HIGH = 7


class Colour(StrEnum):
    RED = "red"


# Its str() is its name, and that must not cross.
class Mixed(str, Enum):  # noqa: UP042
    RED = "red"


class Amount(float):
    def __str__(self) -> str:
        return "much"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Level.HIGH, 7),
        (Colour.RED, "red"),
        (Mixed.RED, "red"),
        (Markup("<b>"), "<b>"),
        (Amount(1.5), 1.5),
        (True, True),
        ((1, (2,)), [1, [2]]),
        ({Mixed.RED: Level.HIGH}, {"red": 7}),
        ({Markup("$a"): 1}, {"$": {"$a": 1}}),
    ],
)
def test_subclasses(value: object, expected: object) -> None:
    """Subclasses of JSON's types cross as what they hold; a tuple is a list."""
    assert repr(encoded(value)) == repr(expected)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (float("nan"), "value: nan has no form in JSON"),
        (b"x", "value: a builtins.bytes cannot cross"),
        ({1, 2}, "value: a builtins.set cannot cross"),
        (Decimal(1), "value: a decimal.Decimal cannot cross"),
        (1j, "value: a builtins.complex cannot cross"),
        ([datetime(2026, 1, 1)], "value[0]: a datetime.datetime cannot cross"),
        ({1: 2}, "value: the key 1 is not a string"),
        ({"a": [{None: 2}]}, "value.a[0]: the key None is not a string"),
        ((0, {"a": {"b": [0, object()]}}), "value[1].a.b[1]: a builtins.object cannot cross"),
    ],
)
def test_refused(value: object, problem: str) -> None:
    """What JSON has no form for is refused, with the path to it."""
    with pytest.raises(EncodeError) as caught:
        encode(Result(1, value))
    assert str(caught.value) == problem


def test_path() -> None:
    """The path begins with the part of the message that has the culprit."""
    for message, path in [
        (Call(1, 2, "m", [0, b""]), ["args", "[1]"]),
        (Call(1, 2, "m", [], {"who": {"a": b""}}), ["kwargs", ".who", ".a"]),
        (Event(1, "m", [b""]), ["args", "[0]"]),
        (Error(1, ErrorInfo("A", "b", {"a": b""})), ["data", ".a"]),
        (Call(1, 2, 5, []), ["method"]),  # type: ignore[arg-type]
    ]:
        with pytest.raises(EncodeError) as caught:
            encode(message)
        assert caught.value.path == path


def test_holdsItself() -> None:
    """A value that holds itself is refused, as too deep."""
    value: list[Any] = []
    value.append(value)
    with pytest.raises(EncodeError, match="nested more than 64 deep, or in itself"):
        encode(Result(1, value))


def test_leftAlone() -> None:
    """To encode a message leaves its values as they were."""
    value = {"$a": [(1,)]}
    encode(Result(1, value))
    assert value == {"$a": [(1,)]}


def test_invalidUtf8() -> None:
    """Bytes that are not UTF-8 are malformed."""
    for data in (b'["result",1,"\xff"]', b'["result",1,"\xed\xa0\x80"]'):
        with pytest.raises(ProtocolError):
            decode(data)


def test_ownArguments() -> None:
    """Two calls without arguments by name do not share the empty object."""
    first, second = (decode(b'["call",1,2,"m",[]]') for _ in range(2))
    assert isinstance(first, Call)
    assert isinstance(second, Call)
    first.kwargs["a"] = 1
    assert second.kwargs == {}
