"""Tests of C{livewidget.transports.websocket.frames}: it has the same effects as Autobahn."""

from __future__ import annotations

import json
import struct
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from livewidget.transports.websocket import protocol
from livewidget.transports.websocket.frames import MAX_PAYLOAD, parseText, textFrames
from livewidget.wire.messages import Call, encode
from tests.support.inputs import PAGE, cuts, examples, kept, pieces
from tests.support.log import Log
from tests.support.server import Server, echo
from tests.support.websocket import BINARY, CLOSE, PING, PONG, TEXT, Socket, frame, odd, parseFrames

SIZES = [0, 1, 2, 3, 4, 5, 124, 125, 126, 127, 128, 255, 256, MAX_PAYLOAD - 1, MAX_PAYLOAD]
MASKS = [b"mask", bytes(4), b"\xff\xff\xff\xff", b"\x00\x00\x00\x01", b"\x80\x00\x00\x00"]


def payloadOf(size: int) -> bytes:
    """Return a text of this size, no two parts of which are the same."""
    return b"".join(b"%d " % number for number in range(size))[:size]


class TestParsed:
    """Frames that are parsed here."""

    @pytest.mark.parametrize("mask", MASKS)
    @pytest.mark.parametrize("size", SIZES)
    def test_wholeTextIsParsedAndTheRestIgnored(self, size: int, mask: bytes) -> None:
        """A complete masked text is parsed, with its size. The bytes after it are ignored."""
        payload = payloadOf(size)
        data = frame(payload, mask=mask)
        assert parseText(data) == (payload, len(data))
        for rest in [b"\x81", b"\xff" * 20, data]:
            assert parseText(data + rest) == (payload, len(data))

    @pytest.mark.parametrize(
        "text", ["é", "\u2028", "\U0001f600", "\x00", "\ud7ff\ue000", "a\ufffe"]
    )
    def test_anyUtf8IsParsed(self, text: str) -> None:
        """Every kind of character is parsed."""
        data = frame(text.encode())
        assert parseText(data) == (text.encode(), len(data))

    @given(st.text(max_size=300), st.binary(min_size=4, max_size=4), st.binary(max_size=9))
    def test_anyTextUnderAnyMaskIsParsed(self, text: str, mask: bytes, rest: bytes) -> None:
        """Any text is parsed under any mask, whatever follows."""
        data = frame(text.encode(), mask=mask)
        assert parseText(data + rest) == (text.encode(), len(data))

    def test_payloadOverTheLimitIsLeft(self) -> None:
        """A payload of the limit is parsed, and a larger one left."""
        assert parseText(frame(b"12345"), 5) is not None
        assert parseText(frame(b"123456"), 5) is None


class TestLeft:
    """Frames that are left to Autobahn."""

    @pytest.mark.parametrize("size", [0, 1, 125, 126, 300])
    def test_incompleteFrameIsLeft(self, size: int) -> None:
        """An incomplete frame is left, wherever it is cut."""
        data = frame(payloadOf(size))
        for end in range(len(data)):
            assert parseText(data[:end]) is None

    @pytest.mark.parametrize("size", [2, 200])
    def test_otherFirstByteIsLeft(self, size: int) -> None:
        """Every other first byte is left: other opcodes, fragments, reserved bits."""
        data = frame(payloadOf(size))
        taken = [head for head in range(256) if parseText(bytes([head]) + data[1:]) is not None]
        assert taken == [0x80 | TEXT]

    @pytest.mark.parametrize("opcode", [0, BINARY, CLOSE, PING, PONG])
    def test_otherOpcodeIsLeft(self, opcode: int) -> None:
        """A frame that is not a text is left."""
        assert parseText(frame(b"x" * 20, opcode)) is None

    @pytest.mark.parametrize("size", [0, 2, 125, 126, 127, 4000])
    def test_unmaskedFrameIsLeft(self, size: int) -> None:
        """A frame that is not masked is left, however much follows it."""
        data = textFrames([payloadOf(size)])
        assert parseText(data) is None
        assert parseText(data + bytes(5000)) is None

    @pytest.mark.parametrize("size", range(126))
    def test_lengthThatIsNotShortestIsLeft(self, size: int) -> None:
        """A length in 16 bits that fits into 7 is left."""
        data = struct.pack("!BBH", 0x81, 0xFE, size) + bytes(4) + b"x" * size
        assert parseText(data) is None

    @pytest.mark.parametrize("size", [0, 5, 126, 4000, 65535, 65536, 2**62, 2**63, 2**64 - 1])
    def test_lengthIn64BitsIsLeft(self, size: int) -> None:
        """A length in 64 bits is left, whatever its value."""
        data = struct.pack("!BBQ", 0x81, 0xFF, size) + bytes(4) + b"x" * min(size, 70000)
        assert parseText(data) is None

    @pytest.mark.parametrize("size", [MAX_PAYLOAD + 1, 65535])
    def test_largePayloadIsLeft(self, size: int) -> None:
        """A payload that Autobahn unmasks faster is left, whatever the limit."""
        assert parseText(frame(b"x" * size), 10**6) is None

    @pytest.mark.parametrize(
        "payload",
        [
            b"\xff",
            b"\x80",
            b"\xc0\x80",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\xf5\x80\x80\x80",
            b"all but \xe2\x82",
            b"x" * 200 + b"\xc3",
        ],
    )
    def test_malformedUtf8IsLeft(self, payload: bytes) -> None:
        """A text that is not UTF-8, or ends inside of a character, is left."""
        assert parseText(frame(payload)) is None
        assert parseText(frame(payload) + frame(b"\xac")) is None


class TestTextFrames:
    """Frames that the server sends."""

    @pytest.mark.parametrize("size", [*SIZES, 65535, 65536, 70000])
    def test_frameIsWholeUnmaskedAndShortest(self, size: int) -> None:
        """A frame is whole and not masked, with the shortest length."""
        payload = payloadOf(size)
        data = textFrames([payload])
        assert parseFrames(data) == ([(TEXT, payload)], b"")
        assert len(data) - size == (2 if size < 126 else 4 if size < 65536 else 10)

    def test_framesFollowEachOther(self) -> None:
        """Several texts are one frame each, in order."""
        payloads = [payloadOf(size) for size in [5, 0, 130, 66000, 1]]
        found, rest = parseFrames(textFrames(payloads))
        assert (found, rest) == ([(TEXT, payload) for payload in payloads], b"")
        assert textFrames([]) == b""


#: Calls, most of which take the fast path.
CALLS = st.builds(
    lambda text, number: encode(Call(number, 1, "say", [text])),
    st.text(max_size=5) | st.sampled_from(["x" * 90, "x" * 101, "é" * 60, "x" * 5000]),
    st.none() | st.integers(1, 9),
)
PAYLOADS = CALLS | st.sampled_from(
    [
        b'{"received":0}',
        b'["result",1,null]',
        b"",
        b"nonsense",
        b'["call",1,1,"say",["\xff"]]',
        b'["call",1,1,"say",["\xe2\x82"]]',
        b"\x03\xe8bye",
        b"\x11\x30",
        b"x" * 126,
        b"x" * 65_537,
    ]
)
ODD = st.builds(
    odd,
    payload=PAYLOADS,
    opcode=st.sampled_from([TEXT, TEXT, TEXT, 0, BINARY, CLOSE, PING, 3]),
    fin=st.sampled_from([True, True, False]),
    reserved=st.sampled_from([0, 0, 0, 0x40, 0x10]),
    masked=st.sampled_from([True, True, True, False]),
    length=st.sampled_from([None, None, None, 0, 1, 126, 127]),
)
FRAMES = st.builds(frame, CALLS) | ODD | st.binary(max_size=12)
IN_TWO = st.builds(
    lambda data, at: frame(data[:at], fin=False) + frame(data[at:], 0), CALLS, st.integers(0, 40)
)


def outcome(server: Server, parts: list[bytes]) -> Any:
    """Return the calls of a page, the frames sent to its browser, and how both end."""
    page = server.page()
    socket = server.connect(page)
    heard = echo(page).heard
    for part in parts:
        socket.wire.send(part)
        for _ in range(3):
            server.clock.advance(0)
    out = parseFrames(socket.wire.take())
    ended = None if page.ended is None else (page.ended.code, page.ended.reason)
    received, transport = page.delivery.received, socket.wire.transport
    closing = transport.disconnecting, transport.disconnected
    socket.wire.lose()
    page.close()
    return heard, received, out, ended, closing


@pytest.fixture(scope="module")
def server() -> Server:
    """Return a server with the default settings."""
    return Server()


WELL = encode(Call(1, 1, "say", ["well"]))
BEGUN = frame(WELL[:9], fin=False)


@examples(120)
@example(parts=[BEGUN, frame(WELL)], places=[])
@example(parts=[BEGUN, frame(b"p", PING), frame(WELL[9:], 0), frame(WELL)], places=[])
@example(parts=[frame(WELL), frame(WELL, BINARY), frame(WELL)], places=[])
@example(parts=[frame(WELL), frame(b"\x03\xe8", CLOSE), frame(WELL)], places=[])
@example(parts=[frame(WELL), frame(b"nonsense"), frame(WELL)], places=[])
@example(parts=[frame(WELL), frame(WELL + b"\xe2\x82"), frame(WELL)], places=[])
@example(parts=[frame(WELL)[:20], frame(WELL), frame(WELL)], places=[10])
@example(parts=[frame(WELL)] * 220, places=[40, 4000])
@example(parts=[BEGUN, frame(WELL)], places=[len(BEGUN)])
@example(parts=[frame(WELL)[:20], frame(WELL), frame(WELL)], places=[20])
@example(parts=[b"\x81", frame(WELL)], places=[1])
@example(parts=[frame(b"\x03\xe8", CLOSE), frame(WELL)], places=[8])
@example(parts=[frame(b"nonsense"), frame(WELL)], places=[14])
@given(parts=st.lists(FRAMES | IN_TWO, min_size=1, max_size=8), places=cuts)
def test_anyFramesHaveTheSameEffectAsWithAutobahn(
    server: Server, parts: list[bytes], places: list[int]
) -> None:
    """Any frames, in any parts, have the same effect as with Autobahn alone."""
    data = pieces(b"".join(parts), places)
    taken = outcome(server, data)
    with patch.object(protocol, "parseText", lambda *_: None):
        assert outcome(server, data) == taken


@pytest.mark.parametrize("kept", kept("websocket"), ids=lambda data: str(len(data)))
def test_fuzzCorpusHasTheSameEffectAsWithAutobahn(server: Server, kept: bytes) -> None:
    """The inputs kept by the fuzz tests have the same effect, in two parts."""
    wanted: list[Any] = []
    for taking in (parseText, lambda *_: None):
        page = server.page()
        heard = echo(page).heard
        socket = Socket(server.resource)
        data = kept.replace(PAGE, page.pageId.encode())
        with patch.object(protocol, "parseText", taking):
            for part in pieces(data, [len(data) // 2]):
                socket.wire.send(part)
        out = parseFrames(socket.wire.take())
        ended = page.ended and page.ended.code
        wanted.append((heard, page.delivery.received, out, ended))
        socket.wire.lose()
        page.close()
    assert wanted[0] == wanted[1]


def test_mostOfTheFuzzCorpusIsParsedHere() -> None:
    """Most of the kept inputs take the fast path: they begin with a hello."""
    taken = [data for data in kept("websocket") if parseText(data) is not None]
    assert len(taken) * 2 > len(kept("websocket"))


def test_parsedFrameIsNotSeenByAutobahn(server: Server) -> None:
    """Autobahn does not see the frames parsed here, so that the comparison is meaningful."""
    socket = server.connect(server.page())
    protocol: Any = socket.wire.transport.protocol
    with patch.object(protocol, "processData", side_effect=AssertionError):
        socket.send(Call(1, 1, "say", ["é"]))
    assert [json.loads(data) for data in socket.take()] == [["result", 1, "é"]]
    socket.wire.lose()


@pytest.mark.parametrize("payload", [b'"\xff"', b'"\xe2\x82', b"\xed\xa0\x80"])
def test_malformedUtf8ClosesTheConnection(server: Server, log: Log, payload: bytes) -> None:
    """A text that is not UTF-8 closes with 1007 and reaches no page."""
    socket = server.connect(server.page())
    socket.wire.send(frame(payload))
    assert socket.code == 1007
    socket.wire.lose()
    log.take("page refused (4400)")
