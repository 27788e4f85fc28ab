"""Tests of L{livewidget.wire.outgoing} and L{livewidget.wire.incoming}: inlined branches.

Both conversions test for the most frequent types first. Values of subclasses do not pass these
tests, and a list or an object is converted item by item, so the results can be compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from livewidget.errors import EncodeError, ProtocolError
from livewidget.wire.incoming import incoming
from livewidget.wire.outgoing import outgoing
from livewidget.wire.plain import MAX_INTEGER


class Text(str):
    """A text that looks different when it is formatted."""

    def __str__(self) -> str:
        return "never shown"


class Integer(int):
    """An integer of a class of its own."""


class Real(float):
    """A number of a class of its own."""


class Items(list[Any]):
    """A list of a class of its own."""


class Entries(dict[Any, Any]):
    """A dictionary of a class of its own."""


def subclassed(value: Any) -> Any:
    """Return an equal value of subclasses throughout; C{None} and booleans have none."""
    if isinstance(value, str):
        return Text(value)
    if isinstance(value, float):
        return Real(value)
    if isinstance(value, list):
        return Items(map(subclassed, value))
    if isinstance(value, dict):
        return Entries({subclassed(key): subclassed(item) for key, item in value.items()})
    return value if value is None or isinstance(value, bool) else Integer(value)


def described(value: Any) -> str:
    """Return the value and its exact types, and so of everything in it."""
    if isinstance(value, list):
        inner = [described(item) for item in value]
    elif isinstance(value, dict):
        inner = [described(part) for item in value.items() for part in item]
    else:
        inner = [repr(value)]
    return f"{type(value).__name__}({', '.join(inner)})"


def outcome(convert: Callable[[], Any]) -> str:
    """Return what a conversion returns or raises, as a text with exact types."""
    try:
        return described(convert())
    except (EncodeError, ProtocolError) as error:
        return f"{type(error).__name__}: {error}"


_numbers = st.integers() | st.sampled_from([MAX_INTEGER, MAX_INTEGER + 1, -MAX_INTEGER - 1])
_texts = st.text(max_size=4) | st.sampled_from(["$", "$set", "ä", "\ud800"])
_values = st.recursive(
    st.none() | st.booleans() | _numbers | st.floats() | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)


@given(_values)
@example({"a": [2**60]})
@example({"\ud800": 1})
@example(["a", "\ud800"])
@example({"a": {"b": [float("nan")]}})
def test_outgoingValuesOfFrequentTypesAreThoseOfTheirHandlers(value: Any) -> None:
    """A value is sent, or refused with a path, like an equal one of a subclass."""
    found = outcome(lambda: outgoing("value", value))
    assert found == outcome(lambda: outgoing("value", subclassed(value)))


def test_outgoingBooleansAndNoneStayTheSame() -> None:
    """Booleans and C{None}, which have no subclasses, are sent as they are."""
    assert outcome(lambda: outgoing("value", [True, False, None])) == described([True, False, None])


@given(_values)
@example(2**60)
@example({"$date": "never"})
def test_incomingItemsAreThoseOfTheirConversion(value: Any) -> None:
    """An item of a list or an object is read, or refused, as it is by itself."""
    found = outcome(lambda: incoming(value, 1))
    assert outcome(lambda: incoming(["a", value])[1]) == found
    assert outcome(lambda: incoming({"a": "b", "c": value})["c"]) == found
