"""Tests of the callback by which L{livewidget.wire.outgoing} sends values of unknown classes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Any
from uuid import UUID

import pytest

from livewidget.errors import EncodeError, ProtocolError
from livewidget.wire.messages import Call, Error, ErrorInfo, Event, Result, decode, encode
from livewidget.wire.outgoing import encodeValue
from tests.support.sendable import (
    NOON,
    Plain,
)


class Level(IntEnum):
    HIGH = 7


class Foreign:
    """A class that the encoder does not know."""


@dataclass
class ForeignRecord:
    """A dataclass that the encoder would send as its fields."""

    secret: int = 1


class TestSpecialValues:
    """A callback may define how values of unknown classes are sent."""

    def special(self, value: Any) -> Any:
        """Represent the foreign classes, and record each value that is passed."""
        self.asked = [*getattr(self, "asked", []), value]
        if isinstance(value, (Foreign, ForeignRecord)):
            return {"$element": 7}
        if value == 1j:
            raise EncodeError("not this one")
        return NotImplemented

    def test_representationIsUsedWhereverTheValueIs(self) -> None:
        """The representation stands in arguments and results, at any depth."""
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

    def test_errorOfTheCallbackGetsThePath(self) -> None:
        """An EncodeError that the callback raises gets the path to the value."""
        with pytest.raises(EncodeError, match=r"^value\.a: not this one$"):
            encode(Result(1, {"a": 1j}), self.special)

    def test_callbackIsAskedBeforeADataclassIsSent(self) -> None:
        """The callback is asked for a dataclass before its fields are sent."""
        part = json.loads(encode(Result(1, [ForeignRecord(), Plain(1)]), self.special))[-1]
        assert part == [{"$element": 7}, {"x": 1}]

    def test_valueThatTheCallbackDoesNotKnowIsRefused(self) -> None:
        """A value that the callback does not know either cannot be sent."""
        with pytest.raises(EncodeError, match=r"^value: a builtins\.object cannot be sent$"):
            encode(Result(1, object()), self.special)

    def test_contentOfTheTagGoesToTheDecodersCallback(self) -> None:
        """A decoder passes the content of the tag to its callback, or refuses the tag."""
        data = b'["call",1,2,"m",[{"a":{"$element":{"$x":1}}}]]'
        message = decode(data, lambda content: [content])
        assert message == Call(1, 2, "m", [{"a": [{"$x": 1}]}])
        with pytest.raises(ProtocolError, match="unknown or wrong tag"):
            decode(data)

    def test_callbackIsNotAskedForKnownTypes(self) -> None:
        """The callback is not asked for values that have a form of their own."""
        known = [None, True, 1, 1.5, "", [], {}, (), NOON, date(2026, 1, 1), b"", set()]
        known += [UUID(int=1), Decimal(1), Level.HIGH, timedelta(1), time(1)]
        encode(Result(1, known), self.special)
        assert not hasattr(self, "asked")

    def test_callbackIsNotAskedForTheDataOfErrors(self) -> None:
        """The callback is not asked for values in the data of an error."""
        info = ErrorInfo("A", "b", {"a": Foreign()})
        with pytest.raises(EncodeError, match=rf"^data\.a: a {__name__}\.Foreign "):
            encode(Error(1, info), self.special)
        assert not hasattr(self, "asked")
