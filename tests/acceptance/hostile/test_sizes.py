"""Attacks with messages, bodies, frames and fragments that are too large or too many."""

from __future__ import annotations

import json
import struct
import zlib

import pytest

from tests.acceptance.hostile.besieged import FULL, Besieged
from tests.acceptance.hostile.browsers import Browser, Closed
from tests.acceptance.hostile.client import Peer, body, hello, post
from tests.support.websocket import PING, PONG, TEXT, frame

MESSAGE = 64 * 1024
BODY = 128 * 1024
MESSAGES = 8192

#: The close code for a message that is too large, and the WebSocket layer's code for it.
TOO_LARGE = (4413, 1009)

#: Bytes of memory that count as none, since they do not grow with the bytes sent.
SMALL = 2 * 1024 * 1024

#: An empty fragment in the middle of a message, and the first one of a message.
MORE = frame(b"", 0, fin=False)
BEGIN = frame(b"", TEXT, fin=False)

#: How many fragments are sent.
FRAGMENTS = 3_000_000 if FULL else 60_000


def call(size: int) -> bytes:
    """Return a call of C{echo} of a number of bytes."""
    head, tail = b'["call",1,1,"echo",["', b'"]]'
    return head + b"x" * (size - len(head) - len(tail)) + tail


def padded(data: bytes, size: int) -> bytes:
    """Return a JSON object of a number of bytes."""
    return data[:-1] + b" " * (size - len(data)) + b"}"


class TestMessage:
    """C6: each transport accepts a message of 64 KiB, and not a byte more."""

    @pytest.mark.parametrize("size", [MESSAGE - 1, MESSAGE])
    def test_messageUpToTheLimitIsAccepted(self, browser: Browser, size: int) -> None:
        """A message up to the limit is accepted."""
        browser.send(call(size))
        assert browser.next() == ["result", 1, json.loads(call(size))[4][0]]

    @pytest.mark.parametrize("size", [MESSAGE + 1, MESSAGE + 1000])
    def test_messageOverTheLimitEndsThePage(
        self, besieged: Besieged, browser: Browser, size: int
    ) -> None:
        """A message over the limit closes the connection and ends the page."""
        ran = besieged.vitals()["ran"]
        assert browser.refused(call(size)) in TOO_LARGE
        assert besieged.vitals()["ran"] == ran
        with pytest.raises(Closed) as gone:
            browser.hello()
        assert gone.value.code in (4404, 4413)

    def test_largeMessageAmongOthersEndsThePage(self, browser: Browser) -> None:
        """A message over the limit among smaller ones ends the page."""
        small = b'["call",1,1,"echo",[1]]'
        assert browser.refused(small, call(MESSAGE + 1), small) in TOO_LARGE


class TestBody:
    """C6: the body of a request has at most 128 KiB."""

    @pytest.mark.parametrize("name", ["send", "poll", "stream"])
    def test_bodyWithLengthIsBounded(self, besieged: Besieged, name: str) -> None:
        """A body with a length is refused beyond the limit, by a byte or by much."""
        for size in (BODY - 1, BODY, BODY + 1, 200 * 1024 * 1024):
            peer = besieged.peer()
            pageId = peer.page()
            fields = {"hello": True} if name == "poll" else {}
            data = padded(body(**fields), min(size, 2 * BODY))
            path, headers = f"/probe/_live/{name}", post(besieged.host, pageId)
            peer.begin(path, {**headers, "Content-Length": str(size)}, "POST")
            if size > BODY:
                response = peer.response()
                assert (response.status, json.loads(response.body)["close"][0]) == (413, 4413)
                assert peer.rest() == b""
            else:
                peer.send(data)
                assert peer.head().status == 200

    def test_bodyInChunksIsCutOff(self, besieged: Besieged) -> None:
        """A body in endless chunks is cut off at the limit."""
        peer = besieged.peer()
        headers = post(besieged.host, peer.page(), Transfer_Encoding="chunked")
        peer.begin("/probe/_live/send", headers, "POST")
        chunk = b"400\r\n" + b" " * 0x400 + b"\r\n"
        assert peer.flood(chunk)
        assert besieged.vitals()["memory"] - besieged.memory < SMALL

    def test_slightlyTooLargeBodyLearnsWhy(self, besieged: Besieged) -> None:
        """A client that sends slightly too much receives the reason."""
        for size in (BODY, BODY + 1):
            peer = besieged.peer()
            headers = post(besieged.host, peer.page(), Transfer_Encoding="chunked")
            peer.begin("/probe/_live/send", headers, "POST")
            data = padded(body(), size)
            peer.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data))
            assert peer.response().status == (413 if size > BODY else 200)

    def test_boundHoldsForAnyUrl(self, besieged: Besieged) -> None:
        """The bound belongs to the site: it holds for any URL."""
        for path in ("/probe", "/", "/nowhere", "/probe/_live/js/x"):
            peer = besieged.peer()
            peer.begin(path, {"Content-Length": str(BODY + 1)}, "POST")
            assert peer.response().status == 413

    def test_messagesInABodyAreBounded(self, besieged: Besieged) -> None:
        """A body with 8,192 messages is accepted, one with more is not."""
        for number in (MESSAGES - 1, MESSAGES, MESSAGES + 1):
            browser = besieged.browser("longpoll").hello()
            peer = besieged.peer()
            data = body(first=1, messages=[])[:-2] + b",".join([b'["result",9,0]'] * number)
            headers = post(besieged.host, browser.pageId)
            response = peer.request("/probe/_live/send", headers, "POST", data + b"]}")
            answer = json.loads(response.body)
            if number > MESSAGES:
                assert (response.status, answer["close"][0]) == (413, 4413)
                continue
            # The messages are dispatched in batches. Each answer has the number dispatched so far.
            for _ in range(number):
                if answer["received"] == number:
                    break
                answer = json.loads(peer.request("/probe/_live/send", headers, "POST", body()).body)
            assert answer == {"received": number}

    def test_deepBodyIsMalformed(self, besieged: Besieged) -> None:
        """A body that is nested as deep as possible is malformed, and crashes nothing."""
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            peer = besieged.peer()
            number = (BODY - 400) // len(opening + closing)
            nested = opening * number + b"1" + closing * number
            data = body(first=1)[:-1] + b',"messages":[%b]}' % nested
            headers = post(besieged.host, peer.page())
            assert peer.request("/probe/_live/send", headers, "POST", data).status == 400


class TestFrames:
    """C6: frames and fragments of a WebSocket are bounded together."""

    @pytest.mark.parametrize("size", [MESSAGE + 1, 2**31, 2**62])
    def test_frameIsRefusedByItsAnnouncedLength(self, peer: Peer, size: int) -> None:
        """A frame is refused by the length that it announces, before it arrives."""
        peer.send(struct.pack("!BBQ", 0x80 | TEXT, 0x80 | 127, size) + b"mask")
        assert peer.closing()[0] == 1009

    def test_fragmentedMessageIsBounded(self, peer: Peer) -> None:
        """A message is bounded however it is fragmented."""
        for size in (MESSAGE, MESSAGE + 1):
            data = call(size)
            parts = [data[i : i + 1000] for i in range(0, size, 1000)]
            peer.send(frame(parts[0], fin=False))
            for part in parts[1:-1]:
                peer.send(frame(part, 0, fin=False))
            peer.send(frame(parts[-1], 0))
            if size == MESSAGE:
                assert peer.nextText().startswith(b'["result",1,')
        assert peer.closing()[0] == 1009

    def test_endlessEmptyFragmentsAreRefused(self, besieged: Besieged, peer: Peer) -> None:
        """Endless empty fragments delay nobody, cost no memory, and are refused."""
        other = besieged.browser("websocket").hello()
        peer.send(BEGIN + MORE * 1000)
        assert other.call("echo", 1) == 1
        many, sent = MORE * 10_000, 0
        while sent < FRAGMENTS and not peer.flood(many, 1):
            sent += 10_000
            assert other.call("echo", sent) == sent
        assert peer.closing()[0] == 1009
        assert besieged.vitals()["memory"] - besieged.memory < SMALL

    def test_fragmentedHelloHasTenSeconds(self, besieged: Besieged) -> None:
        """A hello in endless fragments is closed after 10 seconds too."""
        peer = besieged.peer()
        peer.upgrade()
        peer.send(BEGIN + MORE * 100)
        besieged.advance(11)
        assert peer.closing()[0] == 4408

    def test_endlessPingsHoldNobodyUp(self, besieged: Besieged, peer: Peer) -> None:
        """Endless pings delay nobody, and are answered while the answers are read."""
        other = besieged.browser("websocket").hello()
        for turn in range(5):
            peer.send(frame(b"p" * 125, PING) * 200)
            assert other.call("echo", turn) == turn
            pongs = 0
            while pongs < 200:
                found = peer.frames()
                assert {opcode for opcode, _ in found} == {PONG}
                pongs += len(found)
        besieged.advance(46)
        assert peer.closing()[0] == 4408

    def test_unreadPongsAreBounded(self, besieged: Besieged) -> None:
        """A client that does not read pongs gets no further ones: memory is bounded."""
        peer = besieged.peer(receiveBuffer=4096)
        pageId = peer.page()
        peer.upgrade()
        peer.text(hello(pageId))
        peer.nextText()
        other = besieged.browser("websocket").hello()
        pings = frame(b"p" * 125, PING) * 500
        for turn in range(200):
            peer.offer(pings)
            assert other.call("echo", turn) == turn
        assert besieged.vitals()["memory"] - besieged.memory < SMALL


class TestCompression:
    """C6: compression is off, so that no small message becomes large."""

    @pytest.mark.parametrize(
        "offer",
        [
            "permessage-deflate",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            "permessage-bzip2",
            "permessage-snappy",
            "x-webkit-deflate-frame",
        ],
    )
    def test_compressionIsNotNegotiated(self, besieged: Besieged, offer: str) -> None:
        """An offer of compression is not accepted, and a frame that uses it is refused."""
        peer = besieged.peer()
        pageId = peer.page()
        response = peer.upgrade(Sec_WebSocket_Extensions=offer)
        assert response.status == 101
        assert "sec-websocket-extensions" not in response.headers
        bomb = zlib.compress(b" " * 1_000_000)[2:-4]
        peer.text(hello(pageId))
        peer.nextText()
        peer.send(frame(bomb, TEXT | 0x40))
        assert peer.closing()[0] == 1002

    @pytest.mark.parametrize("bits", [0x40, 0x20, 0x10, 0x70])
    def test_reservedBitIsRefused(self, peer: Peer, bits: int) -> None:
        """A frame with a reserved bit is refused."""
        peer.send(frame(b"[]", TEXT | bits))
        assert peer.closing()[0] == 1002

    def test_compressedBodyIsNotDecoded(self, besieged: Besieged) -> None:
        """A compressed body is not decoded."""
        peer = besieged.peer()
        headers = post(besieged.host, peer.page(), Content_Encoding="gzip")
        data = zlib.compress(b" " * 10_000_000, wbits=31)
        assert peer.request("/probe/_live/send", headers, "POST", data).status == 400


class TestHeaders:
    """C6: the head of a request is bounded."""

    @pytest.mark.parametrize(
        "head",
        [
            b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: a\r\n" * 5000 + b"\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n" + b" b\r\n" * 20_000 + b"\r\n",
            b"\r\n" * 20_000,
        ],
        ids=["target", "header", "headers", "folds", "lines"],
    )
    def test_longHeadIsBounded(self, besieged: Besieged, head: bytes) -> None:
        """A long target, header or fold, many headers and many empty lines are refused."""
        peer = besieged.peer()
        peer.send(head)
        data = peer.rest()
        assert data == b"" or data.split(b" ")[1].startswith(b"4")

    def test_endlessLineIsCutOff(self, besieged: Besieged) -> None:
        """A line without an end is cut off, and not kept."""
        peer = besieged.peer()
        assert peer.flood(b"x" * 16_384)
        assert besieged.vitals()["memory"] - besieged.memory < SMALL
