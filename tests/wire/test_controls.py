"""Tests of L{livewidget.wire.controls}."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from livewidget import Limits
from livewidget.errors import ProtocolError
from livewidget.wire.controls import (
    Closing,
    Hello,
    PostAnswer,
    Received,
    Welcome,
    decodeHello,
    decodePost,
    decodeReceived,
    decodeWelcome,
    encodeControl,
    isControl,
)
from livewidget.wire.messages import MAX_INTEGER

PAGE = "p" * 22
CLAIM = "c" * 32
HELLO = {"page": PAGE, "claim": CLAIM, "connection": 1, "received": 0}


def test_helloSurvivesARoundTrip() -> None:
    """A hello is parsed, and encoding it gives an equal hello."""
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
def test_helloWithAWrongFieldIsMalformed(change: dict[str, Any]) -> None:
    """A hello with a wrong or unknown field is refused with 4400."""
    with pytest.raises(ProtocolError) as caught:
        decodeHello(json.dumps({**HELLO, **change}).encode())
    assert caught.value.code == 4400


@pytest.mark.parametrize("part", list(HELLO))
def test_helloWithAMissingFieldIsMalformed(part: str) -> None:
    """A hello without one of its fields is refused."""
    hello = {name: value for name, value in HELLO.items() if name != part}
    with pytest.raises(ProtocolError):
        decodeHello(json.dumps(hello).encode())


def test_idAndClaimOf16To64CharactersAreAccepted() -> None:
    """A page id and a claim have 16 to 64 characters."""
    for length in (16, 64):
        hello = Hello("p" * length, "c" * length, 1, 0)
        assert decodeHello(encodeControl(hello)) == hello


def test_acknowledgementSurvivesARoundTrip() -> None:
    """An acknowledgement is encoded as one key, and parsed back."""
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
def test_otherControlFrameIsMalformed(data: bytes) -> None:
    """A control frame that is not an acknowledgement is refused with 4400."""
    with pytest.raises(ProtocolError) as caught:
        decodeReceived(data)
    assert caught.value.code == 4400


@pytest.mark.parametrize("heartbeat", [1, 2.5, 3600])
def test_helloMayAskForAHeartbeat(heartbeat: float) -> None:
    """A hello may ask for a heartbeat of 1 to 3600 seconds."""
    assert (
        decodeHello(json.dumps({**HELLO, "heartbeat": heartbeat}).encode()).heartbeat == heartbeat
    )


@pytest.mark.parametrize("heartbeat", [0, 0.9, 3601, -1, "5", True])
def test_heartbeatOutOfRangeIsMalformed(heartbeat: object) -> None:
    """A heartbeat that is not a number from 1 to 3600 is refused."""
    with pytest.raises(ProtocolError):
        decodeHello(json.dumps({**HELLO, "heartbeat": heartbeat}).encode())


POST = {"claim": "c" * 16, "connection": 1, "received": 0}


def test_postKeepsItsMessagesUndecoded() -> None:
    """The messages of a POST body are kept as raw bytes, and missing fields have defaults."""
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
def test_postWithAWrongFieldIsMalformed(change: dict[str, object]) -> None:
    """A POST body with a wrong or unknown field is refused with 4400."""
    with pytest.raises(ProtocolError) as caught:
        decodePost(json.dumps({**POST, **change}).encode())
    assert caught.value.code == 4400


def test_postWithAMissingFieldIsMalformed() -> None:
    """A POST body without one of its required fields is refused."""
    for part in POST:
        body = {name: value for name, value in POST.items() if name != part}
        with pytest.raises(ProtocolError):
            decodePost(json.dumps(body).encode())


def test_answerOmitsEmptyFields() -> None:
    """The answer to a request omits the fields that have no value."""
    assert encodeControl(PostAnswer(3)) == b'{"received":3}'
    messages = [msgspec.Raw(b'["a"]'), msgspec.Raw(b'["b"]')]
    assert encodeControl(PostAnswer(3, 7, messages)) == (
        b'{"received":3,"first":7,"messages":[["a"],["b"]]}'
    )
    assert encodeControl(Closing((4404, "gone"))) == b'{"close":[4404,"gone"]}'


def test_welcomeSurvivesARoundTripAndAllowsUnknownFields() -> None:
    """A welcome is parsed back as it was, ignores fields of later versions, and needs its own."""
    welcome = Welcome(3, 5, 25.0, 20.0, Limits(message=1), first=1)
    data = encodeControl(welcome)
    assert decodeWelcome(data) == welcome
    assert decodeWelcome(data[:-1] + b',"more":1}') == welcome
    with pytest.raises(ProtocolError):
        decodeWelcome(b"{}")


def test_objectIsAControlFrameAndArrayIsAMessage() -> None:
    """A JSON object is a control frame. An array or nothing is not."""
    assert isControl(b'{"received":1}')
    assert not isControl(b'["made",1]')
    assert not isControl(b"")
