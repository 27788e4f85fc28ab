"""Tests of L{livewidget.messages}: what C{tests/vectors/messages.json} cannot express."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from msgspec import UNSET

from livewidget import Limits
from livewidget.errors import EncodeError, ProtocolError
from livewidget.messages import (
    MAX_INTEGER,
    MAX_POSTED,
    Answer,
    Call,
    Closing,
    Error,
    ErrorInfo,
    Event,
    Hello,
    Message,
    Received,
    Result,
    Welcome,
    decode,
    decodeHello,
    decodePost,
    decodeReceived,
    decodeWelcome,
    encode,
    encodeControl,
    isControl,
)

# "$" is likelier here than by chance, for what looks like a tag.
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(["$", "$a", ""])
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=20,
)
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


def encoded(value: Any) -> Any:
    """A value as it is in the text of a result."""
    return json.loads(encode(Result(1, value)))[2]


@given(messages)
def test_roundTrip(message: Message) -> None:
    """Any message of any JSON values is the same after it has crossed."""
    # As text, since to Python 1, 1.0 and True are equal.
    assert repr(decode(encode(message))) == repr(message)


@given(values)
def test_jsonOfOthers(value: Any) -> None:
    """What is sent is plain JSON, which any other reader reads."""
    tree = json.loads(encode(Result(1, value)))
    assert decode(json.dumps(tree).encode()) == Result(1, value)


KINDS = ["call", "result", "error", "join", "leave", "event", "made", "detach"]
nearly = st.tuples(st.sampled_from(KINDS), st.lists(ids | values, max_size=5)).map(
    lambda parts: json.dumps([parts[0], *parts[1]]).encode()
)


@given(st.binary(max_size=40) | nearly)
def test_anyBytes(data: bytes) -> None:
    """No bytes are an error other than ProtocolError; those that are a message stay it."""
    with suppress(ProtocolError):
        message = decode(data)
        assert repr(decode(encode(message))) == repr(message)


class Level(IntEnum):
    HIGH = 7


class Colour(StrEnum):
    RED = "red"


# Its str() is its name, and that must not cross.
class Mixed(str, Enum):  # noqa: UP042
    RED = "red"


class Amount(float):
    def __str__(self) -> str:
        return "much"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Level.HIGH, 7),
        (Colour.RED, "red"),
        (Mixed.RED, "red"),
        (Markup("<b>"), "<b>"),
        (Amount(1.5), 1.5),
        (True, True),
        ((1, (2,)), [1, [2]]),
        ({Mixed.RED: Level.HIGH}, {"red": 7}),
        ({Markup("$a"): 1}, {"$": {"$a": 1}}),
    ],
)
def test_subclasses(value: object, expected: object) -> None:
    """Subclasses of JSON's types cross as what they hold; a tuple is a list."""
    assert repr(encoded(value)) == repr(expected)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (float("nan"), "value: nan has no form in JSON"),
        (b"x", "value: a builtins.bytes cannot cross"),
        ({1, 2}, "value: a builtins.set cannot cross"),
        (Decimal(1), "value: a decimal.Decimal cannot cross"),
        (1j, "value: a builtins.complex cannot cross"),
        ([datetime(2026, 1, 1)], "value[0]: a datetime.datetime cannot cross"),
        ({1: 2}, "value: the key 1 is not a string"),
        ({"a": [{None: 2}]}, "value.a[0]: the key None is not a string"),
        ((0, {"a": {"b": [0, object()]}}), "value[1].a.b[1]: a builtins.object cannot cross"),
    ],
)
def test_refused(value: object, problem: str) -> None:
    """What JSON has no form for is refused, with the path to it."""
    with pytest.raises(EncodeError) as caught:
        encode(Result(1, value))
    assert str(caught.value) == problem


def test_path() -> None:
    """The path begins with the part of the message that has the culprit."""
    for message, path in [
        (Call(1, 2, "m", [0, b""]), ["args", "[1]"]),
        (Call(1, 2, "m", [], {"who": {"a": b""}}), ["kwargs", ".who", ".a"]),
        (Event(1, "m", [b""]), ["args", "[0]"]),
        (Error(1, ErrorInfo("A", "b", {"a": b""})), ["data", ".a"]),
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


# Control.

PAGE = "p" * 22
CLAIM = "c" * 32
HELLO = {"page": PAGE, "claim": CLAIM, "connection": 1, "received": 0}


def test_hello() -> None:
    """A hello is read, and is the same after it has crossed."""
    hello = decodeHello(json.dumps(HELLO).encode())
    assert hello == Hello(PAGE, CLAIM, 1, 0)
    assert decodeHello(encodeControl(hello)) == hello


@pytest.mark.parametrize(
    "change",
    [
        {"page": "p" * 15},
        {"page": "p" * 65},
        {"page": 5},
        {"claim": "c" * 15},
        {"claim": "c" * 65},
        {"claim": None},
        {"connection": 0},
        {"connection": 1.5},
        {"connection": MAX_INTEGER + 1},
        {"received": -1},
        {"received": "0"},
        {"received": True},
        {"more": 1},
    ],
    ids=str,
)
def test_wrongHello(change: dict[str, Any]) -> None:
    """A hello with a wrong part is malformed."""
    with pytest.raises(ProtocolError) as caught:
        decodeHello(json.dumps({**HELLO, **change}).encode())
    assert caught.value.code == 4400


@pytest.mark.parametrize("part", list(HELLO))
def test_incompleteHello(part: str) -> None:
    """A hello without one of its parts is malformed."""
    hello = {name: value for name, value in HELLO.items() if name != part}
    with pytest.raises(ProtocolError):
        decodeHello(json.dumps(hello).encode())


def test_helloLengths() -> None:
    """A page id and a claim have 16 to 64 characters."""
    for length in (16, 64):
        hello = Hello("p" * length, "c" * length, 1, 0)
        assert decodeHello(encodeControl(hello)) == hello


def test_received() -> None:
    """An acknowledgement is the same after it has crossed."""
    assert encodeControl(Received(5)) == b'{"received":5}'
    assert decodeReceived(b'{"received": 5}') == Received(5)


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"{",
        b'{"received":-1}',
        b'{"received":"5"}',
        b'{"received":1,"more":2}',
        b'{"leave":true}',
        b"[]",
        b"5",
    ],
)
def test_wrongReceived(data: bytes) -> None:
    """Any other control frame is malformed."""
    with pytest.raises(ProtocolError) as caught:
        decodeReceived(data)
    assert caught.value.code == 4400


@pytest.mark.parametrize("heartbeat", [1, 2.5, 3600])
def test_heartbeat(heartbeat: float) -> None:
    """A hello may ask for another heartbeat."""
    assert (
        decodeHello(json.dumps({**HELLO, "heartbeat": heartbeat}).encode()).heartbeat == heartbeat
    )


@pytest.mark.parametrize("heartbeat", [0, 0.9, 3601, -1, "5", True])
def test_wrongHeartbeat(heartbeat: object) -> None:
    """It is a number of seconds from 1 on."""
    with pytest.raises(ProtocolError):
        decodeHello(json.dumps({**HELLO, "heartbeat": heartbeat}).encode())


POST = {"claim": "c" * 16, "connection": 1, "received": 0}


def test_post() -> None:
    """The messages of a body are taken as they are: they are not looked at yet."""
    post = decodePost(json.dumps(POST).encode())
    assert (post.claim, post.connection, post.received) == ("c" * 16, 1, 0)
    assert (post.messages, post.first, post.wait) == ([], None, True)
    assert [post.leave, post.hello, post.probe, post.heartbeat] == [False, False, False, None]
    body = json.dumps(POST)[:-1] + ', "first": 3, "messages": [ ["call", 1 ],"x\\u00e9", {}]}'
    post = decodePost(body.encode())
    assert post.first == 3
    assert post.messages == [b'["call", 1 ]', b'"x\\u00e9"', b"{}"]


@pytest.mark.parametrize(
    "change",
    [
        {"claim": None},
        {"claim": "short"},
        {"connection": 0},
        {"received": -1},
        {"page": "p" * 16},
        {"first": 0, "messages": [[]]},
        {"messages": [[]]},
        {"messages": {}},
        {"leave": 1},
        {"wait": "no"},
        {"hello": 0},
        {"probe": "x"},
        {"heartbeat": 0.5},
        {"more": 1},
    ],
    ids=repr,
)
def test_wrongPost(change: dict[str, object]) -> None:
    """Any other body is malformed."""
    with pytest.raises(ProtocolError) as caught:
        decodePost(json.dumps({**POST, **change}).encode())
    assert caught.value.code == 4400


def test_postWithoutAClaim() -> None:
    """A body without one of what all have is malformed."""
    for part in POST:
        body = {name: value for name, value in POST.items() if name != part}
        with pytest.raises(ProtocolError):
            decodePost(json.dumps(body).encode())


def test_tooManyPosted() -> None:
    """A body has at most 8,192 messages; they are counted before one of them is read."""
    for number, taken in [(MAX_POSTED, True), (MAX_POSTED + 1, False)]:
        body = {**POST, "first": 1, "messages": [["nonsense"]] * number}
        data = json.dumps(body).encode()
        if taken:
            assert len(decodePost(data).messages) == number
        else:
            with pytest.raises(ProtocolError):
                decodePost(data)


def test_answers() -> None:
    """What answers a request says nothing of what there is not."""
    assert encodeControl(Answer(3)) == b'{"received":3}'
    messages = [msgspec.Raw(b'["a"]'), msgspec.Raw(b'["b"]')]
    assert encodeControl(Answer(3, 7, messages)) == (
        b'{"received":3,"first":7,"messages":[["a"],["b"]]}'
    )
    assert encodeControl(Closing((4404, "gone"))) == b'{"close":[4404,"gone"]}'


def test_welcome() -> None:
    """The answer to a hello is the same after it has crossed; a later version may say more."""
    welcome = Welcome(3, 5, 25.0, 20.0, Limits(message=1))
    data = encodeControl(welcome)
    assert decodeWelcome(data) == welcome
    assert decodeWelcome(data[:-1] + b',"more":1}') == welcome
    with pytest.raises(ProtocolError):
        decodeWelcome(b"{}")


def test_isControl() -> None:
    """An object is control, an array is a message."""
    assert isControl(b'{"received":1}')
    assert not isControl(b'["made",1]')
    assert not isControl(b"")
