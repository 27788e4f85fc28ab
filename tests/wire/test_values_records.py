"""Tests of how L{livewidget.wire.outgoing} sends records, and of the path to a wrong value."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar
from uuid import UUID

import msgspec
import pytest
from msgspec import UNSET, Struct, UnsetType

from livewidget.errors import EncodeError
from livewidget.wire.messages import Call, Result, decode, encode
from tests.support.sendable import (
    NOON,
    NOON_TEXT,
    Colour,
    Dollar,
    Frozen,
    Plain,
    User,
    encoded,
    refused,
)


@dataclass
class Record:
    name: str
    inside: Any = None
    kind: ClassVar[str] = "record"
    later: int = field(init=False)
    maybe: int | UnsetType = UNSET
    _own: int = 0


@dataclass(slots=True)
class Slotted:
    x: int


class Tagged(Struct, tag=True, rename="camel"):
    my_name: str


class TaggedBy(Struct, tag=3, tag_field="$kind"):
    pass


class Row(Struct, array_like=True, tag="row"):
    x: Any
    y: int = 2


class Bare(Struct, array_like=True):
    x: int


class Spare(Struct, omit_defaults=True):
    x: int
    items: list[int] = []
    other: dict[str, int] = msgspec.field(default_factory=dict)
    count: int = 300
    made: int = msgspec.field(default_factory=lambda: 5)


class TestRecords:
    """Dataclasses and structs are sent as objects of their fields."""

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (Record("a"), {"name": "a", "inside": None, "_own": 0}),
            (Frozen(1), {"x": 1}),
            (Slotted(1), {"x": 1}),
            (Plain(1), {"x": 1}),
            (Plain(NOON, 5), {"x": {"$date": NOON_TEXT}, "maybe": 5}),
            (Tagged("a"), {"type": "Tagged", "myName": "a"}),
            (TaggedBy(), {"$": {"$kind": 3}}),
            (Row(Frozen(1)), ["row", {"x": 1}, 2]),
            (Bare(1), [1]),
            (Spare(1), {"x": 1, "made": 5}),
            (Spare(1, [], {}, 300, 5), {"x": 1, "made": 5}),
            (Spare(1, [2], {}, 2), {"x": 1, "items": [2], "count": 2, "made": 5}),
            (Dollar(1), {"$": {"$set": 1}}),
            ([Frozen(1), {"a": (Plain(Frozen(2)),)}], [{"x": 1}, {"a": [{"x": {"x": 2}}]}]),
        ],
        ids=[
            "dataclass",
            "frozen dataclass",
            "dataclass with slots",
            "struct with unset field",
            "struct with datetime",
            "tagged and renamed struct",
            "tag field like a tag",
            "tagged array",
            "array",
            "omitted defaults",
            "empty list for default",
            "changed defaults",
            "field like a tag",
            "nested",
        ],
    )
    def test_recordIsSentAsMsgspecEncodesIt(self, value: Any, expected: Any) -> None:
        """Names, tags and omitted fields are those of msgspec."""
        found = encoded(value)
        assert repr(found) == repr(expected)
        if "$date" not in repr(found):
            plain = found["$"] if isinstance(found, dict) and "$" in found else found
            assert json.loads(msgspec.json.encode(value)) == plain

    def test_fieldIsSentAsAnyOtherValue(self) -> None:
        """The value of a field has the form that it has elsewhere."""
        value = Record("a", Plain([Colour.RED, {UUID(int=5)}, b"hi"]))
        value.later = 5
        assert encoded(value)["inside"]["x"] == [
            "red",
            {"$set": [str(UUID(int=5))]},
            {"$bytes": "aGk="},
        ]
        assert encoded(value)["later"] == 5

    def test_classIsNotSentAsItsInstance(self) -> None:
        """A dataclass or a struct class is refused."""
        assert refused(Record) == "value: a builtins.type cannot be sent"
        assert "cannot be sent" in refused(Plain)

    def test_encodingLeavesTheValueUnchanged(self) -> None:
        """Encoding a value does not change it."""
        value = {"$a": [(1,)], "b": User({NOON}), "c": Plain([b"x"])}
        before = repr(value)
        encode(Result(1, value))
        assert repr(value) == before


class TestPath:
    """The path of an EncodeError leads to the value that cannot be sent."""

    @pytest.mark.parametrize(
        ("value", "problem"),
        [
            (float("nan"), "value: nan cannot be represented in JSON"),
            (1j, "value: a builtins.complex cannot be sent"),
            ({1: 2}, "value: the key 1 is not a string"),
            ({"a": [{None: 2}]}, "value.a[0]: the key None is not a string"),
            ({UUID(int=5): 2}, f"value: the key {UUID(int=5)!r} is not a string"),
            ((0, {"a": {"b": [0, object()]}}), "value[1].a.b[1]: a builtins.object cannot be sent"),
            ([User(User(1j))], "value[0].born.born: a builtins.complex cannot be sent"),
            (Plain([Row(1j)]), "value.x[0][1]: a builtins.complex cannot be sent"),
            (Tagged("\ud800"), "value.myName: a text with half a surrogate pair cannot be sent"),
            (MappingProxyType({}), "value: a builtins.mappingproxy cannot be sent"),
            (range(3), "value: a builtins.range cannot be sent"),
        ],
        ids=[
            "NaN",
            "complex",
            "integer key",
            "None key in a list",
            "UUID key",
            "object in lists and dicts",
            "complex in dataclasses",
            "complex in structs",
            "surrogate in a renamed field",
            "mappingproxy",
            "range",
        ],
    )
    def test_unsendableValueIsRefusedWithItsPath(self, value: object, problem: str) -> None:
        """A value that cannot be sent is refused with its path, also inside of records."""
        assert refused(value) == problem

    def test_pathLeadsFromTheMessageToTheField(self) -> None:
        """The path leads from the arguments of the call to the field."""
        users = [User(NOON), User(b""), User(None), User(NOON.replace(tzinfo=None))]
        with pytest.raises(EncodeError, match=r"^args\[1\]\.users\[3\]\.born: a datetime without"):
            encode(Call(1, 2, "m", [0, {"users": users}]))


def containingThemselves() -> list[Any]:
    """Return values that contain themselves, each in another way."""
    aList: list[Any] = []
    aList.append(aList)
    aDict: dict[str, Any] = {}
    aDict["a"] = (aDict,)
    aRecord = Record("a")
    aRecord.inside = aRecord
    aStruct = Plain(None)
    aStruct.x = [aStruct]
    aRow = Row(None)
    aRow.x = aRow
    return [aList, aDict, aRecord, aStruct, aRow]


class TestDepth:
    """Each array and object of the message counts towards the depth of 64."""

    @pytest.mark.parametrize(
        "value", containingThemselves(), ids=lambda value: type(value).__name__
    )
    def test_valueThatContainsItselfIsRefused(self, value: Any) -> None:
        """A value that contains itself is refused as nested too deep."""
        assert refused(value).endswith(": nested more than 64 levels deep, or contains itself")

    @pytest.mark.parametrize(
        "wrap",
        [Frozen, Plain, Row, lambda item: (item,)],
        ids=["dataclass", "struct", "array struct", "tuple"],
    )
    def test_depthOf64IsSentAnd65IsRefused(self, wrap: Callable[[Any], Any]) -> None:
        """64 levels of records or lists are sent, and 65 are refused."""
        value: Any = NOON
        for _ in range(64):
            value = wrap(value)
        decode(encode(Result(1, value)))
        assert "nested" in refused(wrap(value))

    def test_setCountsAsALevel(self) -> None:
        """A set counts as one level."""
        value: Any = {1}
        for _ in range(63):
            value = [value]
        decode(encode(Result(1, value)))
        assert "nested" in refused([value])
