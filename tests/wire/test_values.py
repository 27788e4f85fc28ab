"""Tests of the values that L{livewidget.wire.outgoing} sends, beyond the vectors of messages."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum, IntEnum, IntFlag
from typing import Any
from uuid import UUID

import msgspec
import pytest
from markupsafe import Markup

from livewidget.wire.messages import Result, decode, encode
from tests.support.sendable import (
    NOON,
    NOON_TEXT,
    Colour,
    Dollar,
    Frozen,
    Named,
    Side,
    encoded,
    refused,
)


class Level(IntEnum):
    HIGH = 7


# Its str() is its name, which must not be sent.
class Mixed(str, Enum):  # noqa: UP042
    RED = "red"


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


class Chunk(bytes):
    pass


class Many(set[int]):
    pass


class TestLikeJson:
    """Subclasses of the JSON types are sent as the values that they hold."""

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
        ids=[
            "Markup",
            "float subclass",
            "bool",
            "tuple",
            "NamedTuple",
            "namedtuple",
            "OrderedDict",
            "enums as key and value",
            "Markup key like a tag",
        ],
    )
    def test_subclassIsSentAsItsBaseType(self, value: object, expected: object) -> None:
        """Subclasses of text, numbers, lists and dicts, and tuples, have the form of their base."""
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
        ids=["IntEnum", "StrEnum", "str and Enum", "tuple", "None", "IntFlag"],
    )
    def test_enumMemberIsSentAsItsValue(self, value: object, expected: object) -> None:
        """A member of an Enum is sent as its value, whatever type that has."""
        assert repr(encoded(value)) == repr(expected)

    def test_enumMemberWithUnsendableValueIsRefused(self) -> None:
        """A member of an Enum is refused if its value cannot be sent."""
        assert refused([Side.WRONG]) == "value[0]: a builtins.complex cannot be sent"


class TestTexts:
    """Types that JavaScript lacks are sent as text."""

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
        ids=[
            "date",
            "date subclass",
            "time",
            "time with zone",
            "timedelta",
            "no time",
            "negative timedelta",
            "UUID",
            "Decimal",
            "Decimal with exponent",
            "Decimal subclass",
        ],
    )
    def test_textIsReadBackByItsType(self, value: Any, expected: str) -> None:
        """Dates, times, durations, UUIDs and Decimals are sent as text that their type can read."""
        assert encoded(value) == expected
        base = next(kind for kind in type(value).__mro__ if kind.__module__ in MODULES)
        assert msgspec.convert(expected, base) == value

    @pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity"])
    def test_decimalThatIsNotFiniteIsRefused(self, text: str) -> None:
        """A Decimal that is NaN or infinite is refused, as a float is."""
        assert (
            refused({"a": Decimal(text)}) == f"value.a: the Decimal {text} is not a finite number"
        )


MODULES = {"datetime", "uuid", "decimal"}


class Nowhere(tzinfo):
    """A time zone that does not know its offset."""

    def utcoffset(self, _: datetime | None) -> None:
        return None


class TestDates:
    """A datetime is sent as a moment in UTC, to the millisecond."""

    @pytest.mark.parametrize(
        ("moment", "text"),
        [
            (NOON, NOON_TEXT),
            (NOON.astimezone(timezone(timedelta(hours=-5))), NOON_TEXT),
            (NOON.replace(microsecond=999_999), "2026-11-21T14:00:00.999Z"),
            (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000Z"),
            (Moment(2026, 11, 21, 14, tzinfo=UTC), NOON_TEXT),
        ],
        ids=["UTC", "another zone", "microseconds", "year 1", "subclass"],
    )
    def test_datetimeArrivesAwareAtTheSameMoment(self, moment: datetime, text: str) -> None:
        """An aware datetime arrives aware, at the same moment to the millisecond."""
        assert encoded(moment) == {"$date": text}
        message = decode(encode(Result(1, moment)))
        assert isinstance(message, Result)
        assert message.value.utcoffset() == timedelta(0)
        assert timedelta(0) <= moment - message.value < timedelta(milliseconds=1)

    @pytest.mark.parametrize("zone", [None, Nowhere()], ids=["no zone", "zone without offset"])
    def test_naiveDatetimeIsRefusedWithAdvice(self, zone: tzinfo | None) -> None:
        """A datetime without a time zone is refused with advice."""
        assert refused([NOON.replace(tzinfo=zone)]) == (
            "value[0]: a datetime without a time zone is ambiguous: "
            "give it one, such as datetime.UTC"
        )

    @pytest.mark.parametrize(
        ("moment", "hours"),
        [(datetime(1, 1, 1), 1), (datetime(9999, 12, 31, 23, 59), -1)],
        ids=["before year 1", "after year 9999"],
    )
    def test_datetimeOutsideTheYearsOfUtcIsRefused(self, moment: datetime, hours: int) -> None:
        """A datetime that is before year 1 or after year 9999 in UTC is refused."""
        aware = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
        assert refused(aware) == "value: a datetime must be in the years 1 to 9999 in UTC"


class TestBytes:
    """Bytes are sent whatever type holds them."""

    @pytest.mark.parametrize(
        "value",
        [b"hi", bytearray(b"hi"), memoryview(b"hi"), memoryview(b"ih")[::-1], Chunk(b"hi")],
        ids=["bytes", "bytearray", "memoryview", "reversed memoryview", "subclass"],
    )
    def test_anyBytesLikeValueArrivesAsBytes(self, value: Any) -> None:
        """Bytes, bytearrays, memoryviews and subclasses arrive as bytes."""
        assert encoded(value) == {"$bytes": "aGk="}
        assert decode(encode(Result(1, value))) == Result(1, b"hi")


class TestSets:
    """A set may contain values whose sent form Python can hash again."""

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
        ids=["frozenset", "subclass", "UUID", "Decimal", "StrEnum", "date", "datetime", "bytes"],
    )
    def test_itemsAreSentInTheirForm(self, value: Any, expected: Any) -> None:
        """A set is accepted if the sent form of each item can be hashed again."""
        assert encoded(value) == {"$set": expected}
        decode(encode(Result(1, value)))

    @pytest.mark.parametrize(
        "item",
        [(1, 2), frozenset(), Side.LEFT, Named(1)],
        ids=["tuple", "frozenset", "Enum of a tuple", "NamedTuple"],
    )
    def test_itemSentAsAListOrASetIsRefused(self, item: Any) -> None:
        """A set is refused if an item would be sent as a list or a set."""
        assert refused({"a": {item}}) == (
            "value.a: a set cannot contain a value that is a list or an object in the browser"
        )

    def test_itemSentAsAnObjectIsRefused(self) -> None:
        """A set is refused if an item would be sent as an object, even as one like a tag."""
        assert "a set cannot contain" in refused({Frozen(1)})
        assert "a set cannot contain" in refused({Dollar(1)})

    def test_unsendableItemIsNamedByItsIndex(self) -> None:
        """An item that cannot be sent is named by its index in the path."""
        assert refused({1j}) == "value[0]: a builtins.complex cannot be sent"
        assert refused({2**53}).startswith("value[0]: an integer beyond")
