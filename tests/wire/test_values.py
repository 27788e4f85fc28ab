"""Tests of L{livewidget.wire.outgoing}: what C{tests/wire/vectors/messages.json} cannot express."""

from __future__ import annotations

import json
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum, IntEnum, IntFlag, StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

import msgspec
import pytest
from markupsafe import Markup
from msgspec import UNSET, Struct, UnsetType

from livewidget.errors import EncodeError, ProtocolError
from livewidget.wire.messages import Call, Error, ErrorInfo, Event, Result, decode, encode
from livewidget.wire.outgoing import encodeValue

NOON = datetime(2026, 11, 21, 14, tzinfo=UTC)
NOON_TEXT = "2026-11-21T14:00:00.000Z"


def encoded(value: Any) -> Any:
    """A value as it is in the text of a result."""
    return json.loads(encode(Result(1, value)))[2]


def refused(value: Any) -> str:
    """Why a value cannot be sent."""
    with pytest.raises(EncodeError) as caught:
        encode(Result(1, value))
    return str(caught.value)


class Level(IntEnum):
    HIGH = 7


class Colour(StrEnum):
    RED = "red"


# Its str() is its name, and that must not cross.
class Mixed(str, Enum):  # noqa: UP042
    RED = "red"


class Side(Enum):
    LEFT = ("left", NOON)
    RIGHT = None
    WRONG = 1j


class Rights(IntFlag):
    READ = 1
    WRITE = 2


class Amount(float):
    def __str__(self) -> str:
        return "much"


class Moment(datetime):
    def isoformat(self, *_: Any, **__: Any) -> str:
        return "now"


class Day(date):
    def isoformat(self) -> str:
        return "today"


class Price(Decimal):
    def __str__(self) -> str:
        return "cheap"


class Span(timedelta):
    def __str__(self) -> str:
        return "long"


class Named(NamedTuple):
    x: int
    y: int = 2


class Chunk(bytes):
    pass


class Many(set[int]):
    pass


class TestLikeJson:
    """Subclasses of JSON's types cross as what they hold."""

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (Markup("<b>"), "<b>"),
            (Amount(1.5), 1.5),
            (True, True),
            ((1, (2,)), [1, [2]]),
            (Named(1), [1, 2]),
            (namedtuple("Point", "x")(1), [1]),
            (OrderedDict(a=1), {"a": 1}),
            ({Mixed.RED: Level.HIGH}, {"red": 7}),
            ({Markup("$a"): 1}, {"$": {"$a": 1}}),
        ],
    )
    def test_same(self, value: object, expected: object) -> None:
        """A tuple is a list, also one with names."""
        assert repr(encoded(value)) == repr(expected)

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (Level.HIGH, 7),
            (Colour.RED, "red"),
            (Mixed.RED, "red"),
            (Side.LEFT, ["left", {"$date": NOON_TEXT}]),
            (Side.RIGHT, None),
            (Rights.READ | Rights.WRITE, 3),
        ],
    )
    def test_enum(self, value: object, expected: object) -> None:
        """A member of an Enum is its value, whatever that is."""
        assert repr(encoded(value)) == repr(expected)

    def test_enumOfNothing(self) -> None:
        """Its value has to be one that can cross."""
        assert refused([Side.WRONG]) == "value[0]: a builtins.complex cannot be sent"


class TestTexts:
    """What JavaScript has no like of crosses as a text."""

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (date(2026, 1, 2), "2026-01-02"),
            (Day(2026, 1, 2), "2026-01-02"),
            (time(3, 4), "03:04:00"),
            (time(3, 4, 5, 678000, UTC), "03:04:05.678000+00:00"),
            (timedelta(days=1, seconds=3.5), "P1DT3.5S"),
            (timedelta(0), "P0D"),
            (Span(hours=-1), "-PT3600S"),
            (UUID(int=5), "00000000-0000-0000-0000-000000000005"),
            (Decimal("1.50"), "1.50"),
            (Decimal("-1E+9"), "-1E+9"),
            (Price("2.5"), "2.5"),
        ],
    )
    def test_text(self, value: Any, expected: str) -> None:
        """It is one that the type reads again."""
        assert encoded(value) == expected
        base = next(kind for kind in type(value).__mro__ if kind.__module__ in MODULES)
        assert msgspec.convert(expected, base) == value

    @pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity"])
    def test_noNumber(self, text: str) -> None:
        """A Decimal is a number, as a float is."""
        assert (
            refused({"a": Decimal(text)}) == f"value.a: the Decimal {text} is not a finite number"
        )


MODULES = {"datetime", "uuid", "decimal"}


class Nowhere(tzinfo):
    """A time zone that does not know how far it is."""

    def utcoffset(self, _: datetime | None) -> None:
        return None


class TestDates:
    """A datetime is a moment, in UTC, to the millisecond."""

    @pytest.mark.parametrize(
        ("moment", "text"),
        [
            (NOON, NOON_TEXT),
            (NOON.astimezone(timezone(timedelta(hours=-5))), NOON_TEXT),
            (NOON.replace(microsecond=999_999), "2026-11-21T14:00:00.999Z"),
            (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000Z"),
            (Moment(2026, 11, 21, 14, tzinfo=UTC), NOON_TEXT),
        ],
    )
    def test_moment(self, moment: datetime, text: str) -> None:
        """It arrives aware, and as that moment."""
        assert encoded(moment) == {"$date": text}
        message = decode(encode(Result(1, moment)))
        assert isinstance(message, Result)
        assert message.value.utcoffset() == timedelta(0)
        assert timedelta(0) <= moment - message.value < timedelta(milliseconds=1)

    @pytest.mark.parametrize("zone", [None, Nowhere()])
    def test_naive(self, zone: tzinfo | None) -> None:
        """One without a time zone is refused, with what to do."""
        assert refused([NOON.replace(tzinfo=zone)]) == (
            "value[0]: a datetime without a time zone is ambiguous: "
            "give it one, such as datetime.UTC"
        )

    @pytest.mark.parametrize(
        ("moment", "hours"), [(datetime(1, 1, 1), 1), (datetime(9999, 12, 31, 23, 59), -1)]
    )
    def test_edges(self, moment: datetime, hours: int) -> None:
        """So is one that UTC has no year for."""
        aware = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
        assert refused(aware) == "value: a datetime must be in the years 1 to 9999 in UTC"


class TestBytes:
    """Bytes, whatever holds them."""

    @pytest.mark.parametrize(
        "value",
        [b"hi", bytearray(b"hi"), memoryview(b"hi"), memoryview(b"ih")[::-1], Chunk(b"hi")],
    )
    def test_kinds(self, value: Any) -> None:
        """They arrive as bytes."""
        assert encoded(value) == {"$bytes": "aGk="}
        assert decode(encode(Result(1, value))) == Result(1, b"hi")


class TestSets:
    """A set has in it what Python can hash on the other way."""

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (frozenset({1}), [1]),
            (Many({1}), [1]),
            ({UUID(int=5)}, [str(UUID(int=5))]),
            ({Decimal(1)}, ["1"]),
            ({Colour.RED}, ["red"]),
            ({date(2026, 1, 2)}, ["2026-01-02"]),
            ({NOON}, [{"$date": NOON_TEXT}]),
            ({b"hi"}, [{"$bytes": "aGk="}]),
        ],
    )
    def test_items(self, value: Any, expected: Any) -> None:
        """It counts what an item crosses as."""
        assert encoded(value) == {"$set": expected}
        decode(encode(Result(1, value)))

    @pytest.mark.parametrize("item", [(1, 2), frozenset(), Side.LEFT, Named(1)])
    def test_refused(self, item: Any) -> None:
        """What crosses as an array, an object or a set is refused."""
        assert refused({"a": {item}}) == (
            "value.a: a set cannot contain a value that is a list or an object in the browser"
        )

    def test_refusedObject(self) -> None:
        """So is an object, and one that looks like a tag."""
        assert "a set cannot contain" in refused({Frozen(1)})
        assert "a set cannot contain" in refused({Dollar(1)})

    def test_inside(self) -> None:
        """An item that cannot be sent has its place in the path."""
        assert refused({1j}) == "value[0]: a builtins.complex cannot be sent"
        assert refused({2**53}).startswith("value[0]: an integer beyond")


@dataclass
class Record:
    name: str
    inside: Any = None
    kind: ClassVar[str] = "record"
    later: int = field(init=False)
    maybe: int | UnsetType = UNSET
    _own: int = 0


@dataclass(frozen=True)
class Frozen:
    x: int


@dataclass(slots=True)
class Slotted:
    x: int


class Plain(Struct):
    x: Any
    maybe: int | UnsetType = UNSET


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


class Dollar(Struct, frozen=True, rename={"x": "$set"}):
    x: int


class TestObjects:
    """Dataclasses and structs cross as objects of their fields."""

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
    )
    def test_fields(self, value: Any, expected: Any) -> None:
        """As msgspec has them: by their names there, with tags, without what is unset."""
        found = encoded(value)
        assert repr(found) == repr(expected)
        if "$date" not in repr(found):
            plain = found["$"] if isinstance(found, dict) and "$" in found else found
            assert json.loads(msgspec.json.encode(value)) == plain

    def test_inside(self) -> None:
        """What is in a field is what it would be elsewhere."""
        value = Record("a", Plain([Colour.RED, {UUID(int=5)}, b"hi"]))
        value.later = 5
        assert encoded(value)["inside"]["x"] == [
            "red",
            {"$set": [str(UUID(int=5))]},
            {"$bytes": "aGk="},
        ]
        assert encoded(value)["later"] == 5

    def test_classes(self) -> None:
        """A class is not its objects."""
        assert refused(Record) == "value: a builtins.type cannot be sent"
        assert "cannot be sent" in refused(Plain)

    def test_leftAlone(self) -> None:
        """To encode a value leaves it as it was."""
        value = {"$a": [(1,)], "b": User({NOON}), "c": Plain([b"x"])}
        before = repr(value)
        encode(Result(1, value))
        assert repr(value) == before


@dataclass
class User:
    born: Any


class TestPath:
    """The path to the culprit."""

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
    )
    def test_refused(self, value: object, problem: str) -> None:
        """What has no form is refused, where it is, also inside of what has one."""
        assert refused(value) == problem

    def test_ofTheGuide(self) -> None:
        """From the message to the field."""
        users = [User(NOON), User(b""), User(None), User(NOON.replace(tzinfo=None))]
        with pytest.raises(EncodeError, match=r"^args\[1\]\.users\[3\]\.born: a datetime without"):
            encode(Call(1, 2, "m", [0, {"users": users}]))


def inItself() -> list[Any]:
    """Values that hold themselves, each in another way."""
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
    """All that is an array or an object in the message counts."""

    @pytest.mark.parametrize("value", inItself(), ids=lambda value: type(value).__name__)
    def test_inItself(self, value: Any) -> None:
        """A value that holds itself is refused, as too deep."""
        assert refused(value).endswith(": nested more than 64 levels deep, or contains itself")

    @pytest.mark.parametrize("wrap", [Frozen, Plain, Row, lambda item: (item,)])
    def test_bound(self, wrap: Callable[[Any], Any]) -> None:
        """64 deep is not too deep."""
        value: Any = NOON
        for _ in range(64):
            value = wrap(value)
        decode(encode(Result(1, value)))
        assert "nested" in refused(wrap(value))

    def test_set(self) -> None:
        """A set counts."""
        value: Any = {1}
        for _ in range(63):
            value = [value]
        decode(encode(Result(1, value)))
        assert "nested" in refused([value])


class Foreign:
    """A class that nobody here knows."""


@dataclass
class ForeignRecord:
    """One that might cross as what it has."""

    secret: int = 1


class TestSpecial:
    """Somebody else may say what an unknown class crosses as."""

    def special(self, value: Any) -> Any:
        self.asked = [*getattr(self, "asked", []), value]
        if isinstance(value, (Foreign, ForeignRecord)):
            return {"$element": 7}
        if value == 1j:
            raise EncodeError("not this one")
        return NotImplemented

    def test_values(self) -> None:
        """In arguments and results, however deep, it is put there as it is."""
        value = [{"a": (Plain(Foreign()), {Foreign()})}]
        found = [{"a": [{"x": {"$element": 7}}, {"$set": [{"$element": 7}]}]}]
        for message in (
            Call(1, 2, "m", value),
            Call(1, 2, "m", [], {"a": value}),
            Event(1, "m", value),
            Result(1, value),
        ):
            part = json.loads(encode(message, self.special))[-1]
            assert part == ({"a": found} if isinstance(part, dict) else found)
        assert json.loads(bytes(encodeValue("args", value, self.special))) == found

    def test_refuses(self) -> None:
        """An error of its own has the path."""
        with pytest.raises(EncodeError, match=r"^value\.a: not this one$"):
            encode(Result(1, {"a": 1j}), self.special)

    def test_records(self) -> None:
        """It is asked before a dataclass crosses as its fields."""
        part = json.loads(encode(Result(1, [ForeignRecord(), Plain(1)]), self.special))[-1]
        assert part == [{"$element": 7}, {"x": 1}]

    def test_unknown(self) -> None:
        """What it does not know either cannot be sent."""
        with pytest.raises(EncodeError, match=r"^value: a builtins\.object cannot be sent$"):
            encode(Result(1, object()), self.special)

    def test_back(self) -> None:
        """What is under the tag comes as it was; nobody else takes that."""
        data = b'["call",1,2,"m",[{"a":{"$element":{"$x":1}}}]]'
        message = decode(data, lambda content: [content])
        assert message == Call(1, 2, "m", [{"a": [{"$x": 1}]}])
        with pytest.raises(ProtocolError, match="unknown or wrong tag"):
            decode(data)

    def test_notAsked(self) -> None:
        """It is asked for nothing else."""
        known = [None, True, 1, 1.5, "", [], {}, (), NOON, date(2026, 1, 1), b"", set()]
        known += [UUID(int=1), Decimal(1), Level.HIGH, timedelta(1), time(1)]
        encode(Result(1, known), self.special)
        assert not hasattr(self, "asked")

    def test_notInErrors(self) -> None:
        """Nor for the data of an error."""
        info = ErrorInfo("A", "b", {"a": Foreign()})
        with pytest.raises(EncodeError, match=r"^data\.a: a tests\.wire\.test_values\.Foreign "):
            encode(Error(1, info), self.special)
        assert not hasattr(self, "asked")
