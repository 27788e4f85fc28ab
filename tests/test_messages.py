"""Tests of L{livewidget.messages}: what C{tests/vectors/messages.json} cannot express."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
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
from tests.help import steady

# "$" is likelier here than by chance, for what looks like a tag.
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(["$", "$a", ""])
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
moments = st.datetimes(timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, fold=0)
)
items = scalars | moments | st.binary(max_size=5)


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=20,
    )


values = nested(items | st.sets(items, max_size=4))
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


@given(messages)
def test_roundTrip(message: Message) -> None:
    """Any message of any values is the same after it has crossed."""
    assert steady(decode(encode(message))) == steady(message)


@given(values)
def test_jsonOfOthers(value: Any) -> None:
    """What is sent is plain JSON, which any other reader reads."""
    tree = json.loads(encode(Result(1, value)))
    assert steady(decode(json.dumps(tree).encode())) == steady(Result(1, value))


KINDS = ["call", "result", "error", "join", "leave", "event", "made", "detach"]
nearly = st.tuples(st.sampled_from(KINDS), st.lists(ids | nested(scalars), max_size=5)).map(
    lambda parts: json.dumps([parts[0], *parts[1]]).encode()
)


@given(st.binary(max_size=40) | nearly)
def test_anyBytes(data: bytes) -> None:
    """No bytes are an error other than ProtocolError; those that are a message stay it."""
    with suppress(ProtocolError):
        message = decode(data)
        assert steady(decode(encode(message))) == steady(message)


def test_path() -> None:
    """The path begins with the part of the message that has the culprit."""
    for message, path in [
        (Call(1, 2, "m", [0, 1j]), ["args", "[1]"]),
        (Call(1, 2, "m", [], {"who": {"a": 1j}}), ["kwargs", ".who", ".a"]),
        (Event(1, "m", [1j]), ["args", "[0]"]),
        (Error(1, ErrorInfo("A", "b", {"a": 1j})), ["data", ".a"]),
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
