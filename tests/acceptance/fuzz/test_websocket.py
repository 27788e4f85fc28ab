"""C6, C10: fuzzing of a WebSocket with nearly well-formed frames, in pieces."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.acceptance.fuzz.requests import WELL as REQUESTS
from tests.acceptance.fuzz.server import Fuzzed
from tests.support.inputs import PAGE, TOKENS, changed, cuts, edits, examples, pieces, replayed
from tests.support.pages import CLAIM
from tests.support.websocket import BINARY, CLOSE, MASK, PING, PONG, TEXT, frame, odd, parseFrames

HANDSHAKE = REQUESTS[-1]

HELLO = b'{"page":"%b","claim":"%b","connection":1,"received":0}' % (PAGE, CLAIM.encode())

PAYLOADS = [
    HELLO,
    HELLO.replace(b'"connection":1', b'"connection":2'),
    b'["call",1,1,"setUsername",["A"]]',
    b'["call",2,1,"say",["hi"]]',
    b'["call",null,1,"say",["hi"]]',
    b'["result",1,null]',
    b'["error",1,{"type":"E","message":"m"}]',
    b'{"received":0}',
    b'{"received":1}',
    b"\x03\xe8bye",
    b"\x11\x30",
    b"",
    b"x" * 125,
    b"x" * 126,
    b"x" * 65_536,
]

payloads = st.builds(changed, st.sampled_from(PAYLOADS), edits) | st.sampled_from(TOKENS)


frames = st.builds(
    odd,
    payload=payloads,
    opcode=st.sampled_from([TEXT, TEXT, TEXT, 0, BINARY, CLOSE, PING, PONG, 3, 15]),
    fin=st.sampled_from([True, True, True, False]),
    reserved=st.sampled_from([0, 0, 0, 0, 0, 0x40, 0x10]),
    masked=st.sampled_from([True, True, True, True, False]),
    length=st.sampled_from([None, None, None, None, None, 0, 1, 125, 126, 127]),
)
sound = st.builds(frame, st.sampled_from(PAYLOADS), mask=st.just(MASK))

#: A mostly well-formed hello, followed by anything.
inputs = st.builds(
    lambda hello, rest, changes: changed(hello + b"".join(rest), changes),
    st.just(frame(HELLO, mask=MASK)) | sound,
    st.lists(frames | sound, max_size=8),
    st.just([]) | edits,
)


@pytest.fixture(scope="module")
def site() -> Iterator[Fuzzed]:
    """Return the server."""
    with Fuzzed() as site:
        yield site


@examples(150)
@given(data=inputs, places=cuts)
@replayed("websocket", places=[])
@replayed("websocket", places=[1, 3, 7, 60, 150])
def test_changedFramesGetWholeFrames(site: Fuzzed, data: bytes, places: list[int]) -> None:
    """The answer is whole frames and at most one close, the last, with a code."""
    wire = site.wire()
    pageId = site.page()
    head = site.send(wire, [HANDSHAKE])
    assert head.startswith(b"HTTP/1.1 101 ")
    answer = site.send(wire, pieces(data.replace(PAGE, pageId), places))
    found, rest = parseFrames(answer)
    assert rest == b""
    for opcode, payload in found:
        assert opcode in (TEXT, CLOSE, PONG)
        if opcode == TEXT:
            json.loads(payload)
    closes = [payload for opcode, payload in found if opcode == CLOSE]
    assert len(closes) <= 1
    for payload in closes:
        assert int.from_bytes(payload[:2], "big") in (1000, 1002, 1007, 1009, *range(4400, 4501))
        payload[2:].decode()
    site.check(wire)


@examples(80)
@given(data=st.builds(changed, st.just(HANDSHAKE), edits), places=cuts)
@replayed("handshakes", places=[])
def test_changedHandshakesNeverFailTheServer(site: Fuzzed, data: bytes, places: list[int]) -> None:
    """A handshake gets a status that is not a server failure, or no answer."""
    wire = site.wire()
    answer = site.send(wire, pieces(data, places))
    if answer:
        assert answer[:9] == b"HTTP/1.1 "
        assert int(answer[9:12]) < 500 or answer[9:12] in (b"501", b"505")
    site.check(wire)
