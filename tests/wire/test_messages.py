"""Tests of L{livewidget.wire.messages} that C{tests/wire/vectors/messages.json} cannot express."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

import livewidget.wire.messages
from livewidget.errors import EncodeError, ProtocolError
from livewidget.wire.messages import (
    MAX_INTEGER,
    Call,
    CallEncoder,
    Error,
    ErrorInfo,
    Event,
    Message,
    Result,
    decode,
    encode,
)
from tests.support.values import steady

# Dollar signs are frequent here, so that some objects look like tags.
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
def test_anyMessageSurvivesARoundTrip(message: Message) -> None:
    """Any message with any values is equal after encoding and decoding."""
    assert steady(decode(encode(message))) == steady(message)


@given(values)
def test_encodedMessageIsPlainJson(value: Any) -> None:
    """An encoded message is plain JSON that any other library can read and write."""
    tree = json.loads(encode(Result(1, value)))
    assert steady(decode(json.dumps(tree).encode())) == steady(Result(1, value))


KINDS = ["call", "result", "error", "join", "leave", "event", "made", "detach"]
nearly = st.tuples(st.sampled_from(KINDS), st.lists(ids | nested(scalars), max_size=5)).map(
    lambda parts: json.dumps([parts[0], *parts[1]]).encode()
)


@given(st.binary(max_size=40) | nearly)
def test_anyBytesDecodeOrRaiseProtocolError(data: bytes) -> None:
    """Arbitrary bytes raise nothing but ProtocolError, or decode to a message that survives."""
    with suppress(ProtocolError):
        message = decode(data)
        assert steady(decode(encode(message))) == steady(message)


def test_errorPathBeginsWithTheFieldOfTheMessage() -> None:
    """The path of an EncodeError begins with the field of the message that has the value."""
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


def test_valueThatContainsItselfIsRefused() -> None:
    """A value that contains itself is refused as nested too deep."""
    value: list[Any] = []
    value.append(value)
    with pytest.raises(EncodeError, match="nested more than 64 levels deep, or contains itself"):
        encode(Result(1, value))


def test_encodingLeavesValuesUnchanged() -> None:
    """Encoding a message does not change its values."""
    value = {"$a": [(1,)]}
    encode(Result(1, value))
    assert value == {"$a": [(1,)]}


def test_invalidUtf8IsMalformed() -> None:
    """Bytes that are not UTF-8 raise ProtocolError."""
    for data in (b'["result",1,"\xff"]', b'["result",1,"\xed\xa0\x80"]'):
        with pytest.raises(ProtocolError):
            decode(data)


def test_decodedCallsDoNotShareKeywordArguments() -> None:
    """Two decoded calls without keyword arguments do not share one empty dict."""
    first, second = (decode(b'["call",1,2,"m",[]]') for _ in range(2))
    assert isinstance(first, Call)
    assert isinstance(second, Call)
    first.kwargs["a"] = 1
    assert second.kwargs == {}


#: Few arguments, some equal but of different types, so that they often recur.
ARGUMENTS = st.lists(
    st.sampled_from([1, True, 1.0, 0, 0.0, -0.0, False, None, "a", "", []]), max_size=2
)
CALLS = st.builds(
    Call,
    st.none() | st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from(["show", "hide"]),
    ARGUMENTS,
    st.just({}) | st.just({"a": 1}),
)


class TestCallEncoder:
    """L{CallEncoder} encodes as C{encode} does, and reuses the arguments of a repeated call."""

    def test_equalCallsInARowEncodeTheirArgumentsOnce(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Calls that differ only in call id and element id encode their arguments once."""
        checked: list[Any] = []
        real = livewidget.wire.messages.encodeValue
        monkeypatch.setattr(
            livewidget.wire.messages,
            "encodeValue",
            lambda name, *rest: (checked.append(name), real(name, *rest))[1],
        )
        text = "".join(["hel", "lo"])
        encoder = CallEncoder()
        encoded = [
            encoder.encode(Call(n or None, 7 + n, "show", [text, 5, None])) for n in range(3)
        ]
        assert encoded == [
            b'["call",null,7,"show",["hello",5,null]]',
            b'["call",1,8,"show",["hello",5,null]]',
            b'["call",2,9,"show",["hello",5,null]]',
        ]
        assert checked == ["args"]

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ([1], [True]),
            ([True], [1]),
            ([1], [1.0]),
            ([0.0], [-0.0]),
            (["1"], [1]),
            ([None], [False]),
            ([1], [1, 1]),
            ([1, 1], [1]),
            ([], [None]),
        ],
        ids=[
            "1 then true",
            "true then 1",
            "1 then 1.0",
            "0.0 then -0.0",
            "text then number",
            "none then false",
            "one then two",
            "two then one",
            "nothing then none",
        ],
    )
    def test_argumentsThatCompareEqualKeepTheirTypes(
        self, one: list[Any], other: list[Any]
    ) -> None:
        """Arguments that compare equal but differ in type are encoded each in its form."""
        encoder = CallEncoder()
        encoder.encode(Call(None, 1, "show", one))
        decoded = decode(encoder.encode(Call(None, 1, "show", other)))
        assert isinstance(decoded, Call)
        assert repr(decoded.args) == repr(other)

    @pytest.mark.parametrize(
        ("value", "change"),
        [
            ([], lambda value: value.append(1)),
            ({}, lambda value: value.update(a=1)),
            (set(), lambda value: value.add(1)),
            (bytearray(), lambda value: value.append(1)),
        ],
        ids=["list", "dict", "set", "bytearray"],
    )
    def test_changedArgumentIsEncodedAgain(self, value: Any, change: Callable[[Any], None]) -> None:
        """An argument that was changed between two calls is encoded again."""
        encoder = CallEncoder()
        before = encoder.encode(Call(None, 1, "show", [value]))
        change(value)
        assert encoder.encode(Call(None, 1, "show", [value])) != before

    def test_refusedCallDoesNotAffectTheNext(self) -> None:
        """A call after a refused one is encoded as if the refused call had not been made."""
        encoder = CallEncoder()
        encoder.encode(Call(None, 1, "show", ["a"]))
        with pytest.raises(EncodeError):
            encoder.encode(Call(None, 1, "hide", ["\ud800"]))
        with pytest.raises(EncodeError):
            encoder.encode(Call(None, 1, "", ["a"]))
        assert encoder.encode(Call(None, 1, "show", ["a"])) == b'["call",null,1,"show",["a"]]'

    @given(st.lists(CALLS, max_size=12))
    def test_anySequenceOfCallsIsEncodedAsByEncode(self, calls: list[Call]) -> None:
        """The fast path and the plain path agree for any sequence of calls."""
        encoder = CallEncoder()
        assert [encoder.encode(call) for call in calls] == [encode(call) for call in calls]
