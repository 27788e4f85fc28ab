"""Tests of L{livewidget.wire.plain}: the fast path agrees with the general path."""

from __future__ import annotations

import json
from collections import ChainMap, Counter, OrderedDict, namedtuple
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Raw, Struct

import livewidget.wire.messages
from livewidget.errors import EncodeError, ProtocolError
from livewidget.wire.messages import Error, ErrorInfo, decode
from livewidget.wire.outgoing import outgoing
from livewidget.wire.plain import DEPTH, MAX_INTEGER, encodePlain, mayHaveTag

Pair = namedtuple("Pair", "first second")


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    HIGH = 7


class Side(Enum):
    LEFT = "left"


class Shouting(str):
    def __str__(self) -> str:
        return self.upper()


class Record(Struct):
    a: int = 1


class Row(Struct, array_like=True):
    a: int = 1


@dataclass
class Point:
    x: int = 1


@dataclass
class Alike:
    """A dataclass that claims to equal everything, but is not a JSON value."""

    x: int = 1

    def __eq__(self, other: object) -> bool:
        return True


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def label(value: Any) -> str:
    """Return a short name of a value that is the same in each process."""
    text = ascii(value)
    return type(value).__name__ if " at 0x" in text else text[:30]


def general(value: Any) -> bytes | None:
    """Return the bytes of the general path, or L{None} if it refuses the value."""
    try:
        return msgspec.json.encode(outgoing("value", value))
    except EncodeError:
        return None


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, False, 0, 1, -1, 0.5, -0.0, 1e300, 1e22, 2.0**60, 5e-324, "", "é", "a\nb"),
        *(MAX_INTEGER, -MAX_INTEGER, [], {}, [1, "a", None, [2.5]], {"a": [{"b": 1}]}),
        *(
            {"": 1},
            {"a$": 1},
            ["a$"],
            nested(DEPTH),
            OrderedDict(b=1, a=2),
            Counter("a"),
            Colour.RED,
            Level.HIGH,
        ),
    ],
    ids=label,
)
def test_plainValueIsEncodedAsByTheGeneralPath(value: Any) -> None:
    """A plain JSON value is encoded, with the bytes of the general path."""
    assert encodePlain(value) == general(value) is not None


@pytest.mark.parametrize(
    "value",
    [
        *(MAX_INTEGER + 1, -MAX_INTEGER - 1, 2**63, 2**64, 2**70, -(2**70)),
        *(float("nan"), float("inf"), -float("inf"), "\ud800", {"\udc00": 1}),
        *({1, 2}, frozenset({1}), (1, 2), Pair(1, 2), b"x", bytearray(b"x"), memoryview(b"x")),
        *(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1), date(2026, 1, 1), time(1)),
        *(timedelta(1), UUID(int=1), Decimal(1), Decimal("NaN"), Side.LEFT, 1j, object(), range(3)),
        *(Record(), Row(), Point(), UNSET, Raw(b"1"), Raw(b'{"$x":1}'), MappingProxyType({"a": 1})),
        *({1: 2}, {None: 1}, {True: 1}, {1.5: 1}, ChainMap({"a": 1})),
        *({"$date": "x"}, {"$": {}}, {"$a": 1, "b": 2}, "$5", ["$"], nested(DEPTH + 1)),
    ],
    ids=label,
)
@pytest.mark.parametrize(
    "around",
    [lambda v: v, lambda v: [v], lambda v: {"a": v}],
    ids=["alone", "in a list", "in an object"],
)
def test_otherValueIsLeftToTheGeneralPath(value: Any, around: Any) -> None:
    """A value is left to the general path if it is not plain, cannot be sent or may be a tag."""
    assert encodePlain(around(value)) is None


def test_endlessValueIsLeftToTheGeneralPath() -> None:
    """A value that contains itself is left to the general path."""
    value: list[Any] = []
    value.append(value)
    assert encodePlain(value) is None


def test_valueThatEqualsEverythingIsNotMistakenForJson() -> None:
    """An object that claims to equal everything has the general path's bytes, or is left to it."""
    assert encodePlain(Alike()) in (None, general(Alike()))


def test_valueThatFailsToCompareIsLeftToTheGeneralPath() -> None:
    """An object whose comparison raises is left to the general path."""

    class Unlike(Record):
        def __eq__(self, other: object) -> bool:
            raise RuntimeError

    assert encodePlain([Unlike()]) is None


_texts = st.text() | st.sampled_from(["$", "$set", "\\u0024", '"$', "\ud800", Shouting("hi")])
_others: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(MAX_INTEGER, MAX_INTEGER + 1, -MAX_INTEGER - 1, 2**64, Colour.RED, Level.HIGH, Side.LEFT),
        *(b"x", datetime(2026, 1, 1, tzinfo=UTC), date(2026, 1, 1), UUID(int=1), Decimal("1.5")),
        *(frozenset({1}), (1, "a"), Point(), Record(), Row(), 1j),
    ]
)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _texts | _others,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(_texts | st.integers(), inner, max_size=3)
        | st.tuples(inner)
    ),
    max_leaves=12,
)


@given(_values)
def test_anyValueHasTheBytesOfTheGeneralPath(value: Any) -> None:
    """Any value is left to the general path, or encoded with the same bytes."""
    made = encodePlain(value)
    assert made is None or made == general(value)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=12,
)
_numbers = st.from_regex(r"\A-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?\Z")


class Never:
    """A decoder that refuses every message."""

    def decode(self, data: bytes) -> Any:
        raise msgspec.DecodeError


def outcome(data: bytes) -> str:
    """Return the decoded message as text, which tells 1, 1.0 and True apart, or the close code."""
    try:
        return repr(decode(data))
    except ProtocolError as error:
        return str(error.code)


@given(_json.map(lambda value: json.dumps(value)) | _numbers, st.booleans())
def test_bothDecodersReadTheSameMessage(text: str, named: bool) -> None:
    """A message is decoded to the same values by the fast path and by the general path."""
    data = f'["call",1,2,"m",[{text}],{{"a":{text}}}]' if named else f'["result",1,{text}]'
    for raw in (data.encode(), data.replace("$", "\\u0024").encode()):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(livewidget.wire.messages, "_decoder", Never())
            expected = outcome(raw)
        assert outcome(raw) == expected


def test_errorWithATagHasAllItsFields() -> None:
    """An error message whose data has a tag is decoded with all of its fields."""
    data = b'["error",7,{"type":"A","message":"b","data":{"$set":[1]},"id":"c","stack":"d"}]'
    assert decode(data) == Error(7, ErrorInfo("A", "b", {1}, "c", "d"))


@pytest.mark.parametrize("text", ['{"$set":[]}', '{"\\u0024set":[]}', '["$"]', '{"a":"$5"}'])
def test_tagIsFoundInAnySpelling(text: str) -> None:
    """A tag is found, however JSON spells the dollar sign."""
    assert mayHaveTag(text.encode())


def test_dollarInsideATextIsNotATag() -> None:
    """A dollar sign that does not begin a text is not taken for a tag."""
    assert not mayHaveTag(b'["call",1,2,"m",["5$",{"a$":"b$"}]]')
