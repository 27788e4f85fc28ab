"""Tests of the vectors in C{tests/wire/vectors/}, which the Python and the JavaScript core share.

Each vector is a test here and in C{tests/js/wire/vectors.test.js}.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from msgspec import UNSET
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from livewidget.errors import (
    BufferFull,
    ConnectionLost,
    EncodeError,
    LiveError,
    MessageTooLarge,
    ProtocolError,
    RemoteError,
)
from livewidget.wire import messages
from livewidget.wire.calls import Calls
from livewidget.wire.delivery import Delivery, Expired
from livewidget.wire.limits import Limits
from livewidget.wire.messages import Call, ErrorInfo, decode, encode

VECTORS = Path(__file__).parent / "vectors"

KINDS = {kind.__name__.lower(): kind for kind in messages.Message.__args__}


def load(name: str) -> dict[str, Any]:
    vectors: dict[str, Any] = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    return vectors


def parametrize(vectors: list[dict[str, Any]]) -> pytest.MarkDecorator:
    ours = [vector for vector in vectors if vector.get("only", "python") == "python"]
    return pytest.mark.parametrize("vector", ours, ids=[vector["name"] for vector in ours])


MESSAGES = load("messages.json")
DELIVERY = load("delivery.json")
CALLS = load("calls.json")


READERS = {"@date": datetime.fromisoformat, "@bytes": bytes, "@set": set}


def rich(value: Any) -> Any:
    """Return a value of the vectors, with tagged objects as dates, bytes and sets."""
    if isinstance(value, list):
        return [rich(item) for item in value]
    if not isinstance(value, dict):
        return value
    value = {key: rich(item) for key, item in value.items()}
    tag = next(iter(value), "")
    return READERS[tag](value[tag]) if tag in READERS else value


def poor(value: Any) -> Any:
    """Return the tagged object by which the vectors represent a value that JSON lacks."""
    if isinstance(value, datetime):
        assert value.utcoffset() is not None
        return {"@date": value.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
    if isinstance(value, set):
        return {"@set": sorted(value, key=repr)}
    assert type(value) is bytes
    return {"@bytes": list(value)}


def asText(message: Any) -> str:
    """Return a message as JSON, which tells 1, 1.0 and True apart."""
    return json.dumps(message, default=poor)


def fromArray(array: list[Any]) -> messages.Message:
    """Return the message that an array describes, unchecked."""
    kind, *parts = rich(array)
    if kind == "error":
        parts[1] = ErrorInfo(**parts[1])
    message: messages.Message = KINDS[kind](*parts)
    return message


def toArray(message: messages.Message) -> list[Any]:
    """Return a message as JSON values, without the empty parts that may be left out."""
    array = [type(message).__name__.lower(), *msgspec.structs.astuple(message)]
    if array[0] == "error":
        info = msgspec.structs.asdict(array[2])
        array[2] = {key: value for key, value in info.items() if value not in (None, UNSET)}
    elif array[0] == "call" and not array[5]:
        del array[5]
    return array


@parametrize(MESSAGES["encode"])
def test_messageIsEncodedOrRefusedAsItsVectorSays(vector: dict[str, Any]) -> None:
    """A message is encoded as the vector's text, or refused with the path to the wrong value."""
    message = fromArray(vector["message"])
    if "text" in vector:
        assert encode(message).decode() == vector["text"]
    else:
        with pytest.raises(EncodeError) as caught:
            encode(message)
        assert "".join(caught.value.path) == vector["refused"]


@parametrize(MESSAGES["decode"])
def test_textIsDecodedOrRefusedAsItsVectorSays(vector: dict[str, Any]) -> None:
    """A text is decoded as the vector's message, or refused with its close code."""
    text = vector["text"]
    if isinstance(text, dict):
        part, times = text["repeat"]
        text = part * times
    if "message" in vector:
        assert asText(toArray(decode(text.encode()))) == asText(rich(vector["message"]))
    else:
        with pytest.raises(ProtocolError) as caught:
            decode(text.encode())
        assert caught.value.code == vector["refused"]


def makeDelivery(options: dict[str, Any]) -> Delivery:
    options = {**DELIVERY["defaults"], **options}
    return Delivery(Limits(**options.pop("limits")), **options)


def toPython(value: Any) -> Any:
    """Return a value of the vectors with its texts as bytes, which messages are in Python."""
    if isinstance(value, list):
        return [toPython(item) for item in value]
    return value.encode() if isinstance(value, str) else value


def fromPython(value: Any) -> Any:
    if isinstance(value, Expired):
        return value.value
    if isinstance(value, (list, tuple)):
        return [fromPython(item) for item in value]
    return value.decode() if isinstance(value, bytes) else value


def outcome(function: Any, args: list[Any]) -> tuple[str, Any]:
    """Return the outcome of a step, a result or an error, in the words of the vectors."""
    try:
        return "gives", fromPython(function(*args))
    except ProtocolError as error:
        return "raises", error.code
    except (BufferFull, MessageTooLarge) as error:
        return "raises", type(error).__name__


def doing(delivery: Delivery, step: dict[str, Any]) -> Callable[..., Any]:
    """Return the function that a step calls.

    Messages without a count arrive one by one in Python.
    """
    if step["do"] != "receive" or len(step["args"]) == 4:
        return cast("Callable[..., Any]", getattr(delivery, step["do"]))

    def receive(connection: int, messages: list[bytes], now: float) -> None:
        for message in messages:
            delivery.receiveNext(connection, message, now)

    return receive


@parametrize(DELIVERY["vectors"])
def test_deliveryFollowsItsVector(vector: dict[str, Any]) -> None:
    """Each step of a conversation returns, raises and leaves what the vector says."""
    delivery = makeDelivery(vector.get("options", {}))
    for number, step in enumerate(vector["steps"], 1):
        where = f"step {number}: {step}"
        how, what = outcome(doing(delivery, step), toPython(step["args"]))
        if how == "raises" or "raises" in step:
            assert (how, what) == ("raises", step.get("raises")), where
        elif "gives" in step:
            assert json.dumps(what) == json.dumps(step["gives"]), where
        for name, value in step.get("then", {}).items():
            assert (name, getattr(delivery, name)) == (name, value), where


class Caller:
    """The methods of L{Calls} under the names of the vectors, and the answers."""

    def __init__(self) -> None:
        self.calls = Calls()
        self.answers: list[list[Any] | None] = []

    def make(self, *args: Any) -> list[Any]:
        message, answer = self.calls.make(*args)
        self._watch(answer)
        assert isinstance(message, Call)
        return toArray(message)

    def result(self, callId: int, value: Any) -> None:
        self.calls.result(callId, value)

    def error(self, callId: int, info: dict[str, Any]) -> None:
        self.calls.error(callId, ErrorInfo(**info))

    def fail(self, callId: int, text: str) -> None:
        self.calls.fail(callId, LiveError(text))

    def lose(self, code: int, reason: str) -> None:
        self.calls.lose(ConnectionLost(code, reason))

    def _watch(self, answer: Deferred[Any]) -> None:
        index = len(self.answers)
        self.answers.append(None)

        def settled(result: Any) -> None:
            self.answers[index] = describe(result)

        answer.addBoth(settled)


def describe(result: Any) -> list[Any]:
    """Return an answer in the words of the vectors."""
    if not isinstance(result, Failure):
        return ["value", result]
    error = result.value
    if isinstance(error, RemoteError):
        return ["RemoteError", error.type, error.message, error.data]
    if isinstance(error, ConnectionLost):
        return ["ConnectionLost", error.code]
    return [type(error).__name__, str(error)]


@parametrize(CALLS["vectors"])
def test_callsFollowTheirVector(vector: dict[str, Any]) -> None:
    """After each step the number of calls in flight and the answers are those of the vector."""
    caller = Caller()
    for number, step in enumerate(vector["steps"], 1):
        where = f"step {number}: {step}"
        gives = getattr(caller, step["do"])(*step["args"])
        assert gives == step.get("gives"), where
        then = step.get("then", {})
        assert len(caller.calls.inFlight) == then.get("inFlight", len(caller.calls.inFlight)), where
        assert caller.answers == then.get("answers", caller.answers), where


@pytest.mark.parametrize("name", ["messages.json", "delivery.json", "calls.json"])
def test_vectorNamesAreUniqueAndExclusionsHaveAReason(name: str) -> None:
    """Vectors of one language and kind have different names, and exclusions have a reason."""
    vectors = load(name)
    for kind in ("encode", "decode", "vectors"):
        for language in ("python", "javascript"):
            ours = [v for v in vectors.get(kind, []) if v.get("only", language) == language]
            names = [vector["name"] for vector in ours]
            assert sorted(names) == sorted(set(names))
        assert all("why" in vector for vector in vectors.get(kind, []) if "only" in vector)
