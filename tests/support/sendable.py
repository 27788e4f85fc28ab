"""Values that are sent in messages, and the forms they are sent in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum
from typing import Any, NamedTuple

import pytest
from msgspec import UNSET, Struct, UnsetType

from livewidget.errors import EncodeError
from livewidget.wire.messages import Result, encode

NOON = datetime(2026, 11, 21, 14, tzinfo=UTC)
NOON_TEXT = "2026-11-21T14:00:00.000Z"


def encoded(value: Any) -> Any:
    """Return the JSON form of a value in a result."""
    return json.loads(encode(Result(1, value)))[2]


def refused(value: Any) -> str:
    """Return why a value cannot be sent."""
    with pytest.raises(EncodeError) as caught:
        encode(Result(1, value))
    return str(caught.value)


class Colour(StrEnum):
    RED = "red"


class Side(Enum):
    LEFT = ("left", NOON)
    RIGHT = None
    WRONG = 1j


class Named(NamedTuple):
    x: int
    y: int = 2


@dataclass(frozen=True)
class Frozen:
    x: int


class Plain(Struct):
    x: Any
    maybe: int | UnsetType = UNSET


class Dollar(Struct, frozen=True, rename={"x": "$set"}):
    x: int


@dataclass
class User:
    born: Any
