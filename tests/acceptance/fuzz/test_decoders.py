"""C10: fuzzing of the decoders, which return a value or raise C{ProtocolError}."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from livewidget.errors import ProtocolError
from livewidget.wire.controls import Hello, Post, Received, decodeHello, decodePost, decodeReceived
from livewidget.wire.messages import decode, encode
from tests.support.inputs import changed, cuts, edits, examples, pieces, replayed
from tests.support.values import steady

WELL = [
    b'["call",1,1,"say",["hi",{"a":[1,2.5,null,true]}],{"b":"c"}]',
    b'["call",null,1,"say",[]]',
    b'["result",1,{"$":{"$x":1}}]',
    b'["error",1,{"type":"E","message":"m","data":[1],"id":"x","stack":"s"}]',
    b'["event",1,"say",["\\u2028"]]',
    b'["call",1,1,"say",[{"$date":"2026-11-21T14:00:00.000Z"},{"$bytes":"aGk="}]]',
    b'["result",1,{"$set":[1,"a",null,{"$date":"0001-01-01T00:00:00.000Z"},{"$bytes":""}]}]',
    b'["join",1,2]',
    b'["made",9007199254740991]',
    b'["detach",1]',
    b'{"page":"THE-PAGE-ID-OF-A-TEST!","claim":"the-claim-of-a-test","connection":1,"received":0}',
    b'{"received":7}',
    b'{"claim":"the-claim-of-a-test","connection":1,"received":0,"first":1,'
    b'"messages":[["result",1,null],[1]],"leave":true,"hello":false,"wait":true,"heartbeat":2.5}',
]

inputs = st.builds(changed, st.sampled_from(WELL), edits) | st.binary(max_size=60)


@examples(300)
@given(data=inputs)
@replayed("messages")
def test_acceptedMessageEncodesToItself(data: bytes) -> None:
    """An accepted message can be encoded, and decodes to the same again."""
    with suppress(ProtocolError):
        message = decode(data)
        assert steady(decode(encode(message))) == steady(message)


@examples(300)
@given(data=inputs)
@replayed("messages")
def test_acceptedControlEncodesToItself(data: bytes) -> None:
    """An accepted hello, acknowledgement or request body encodes to itself."""
    controls: list[tuple[Any, type]] = [
        (decodeHello, Hello),
        (decodePost, Post),
        (decodeReceived, Received),
    ]
    for decoder, kind in controls:
        with suppress(ProtocolError):
            control = decoder(data)
            assert isinstance(control, kind)
            assert decoder(msgspec.json.encode(control)) == control


@examples(100)
@given(data=inputs)
@replayed("messages")
def test_postedMessagesAreDecodedOneByOne(data: bytes) -> None:
    """The messages in a body are refused or accepted one by one."""
    with suppress(ProtocolError):
        for message in decodePost(data).messages:
            with suppress(ProtocolError):
                assert encode(decode(message))


@given(data=inputs, places=cuts)
def test_piecesAddUpToTheInput(data: bytes, places: list[int]) -> None:
    """The pieces that the other tests send add up to the whole input."""
    assert b"".join(pieces(data, places)) == data
