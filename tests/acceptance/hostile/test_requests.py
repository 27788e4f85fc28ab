"""Attacks with requests that are pipelined, smuggled, in pieces, or never complete."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.acceptance.hostile.besieged import Besieged
from tests.acceptance.hostile.browsers import HttpBrowser
from tests.acceptance.hostile.client import Gone, Peer, body, hello, post
from tests.support.websocket import HANDSHAKE, frame

#: Ambiguous or malformed lengths of a body.
LENGTHS = [
    ["Content-Length: {n}", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: chunked", "Content-Length: {n}"],
    ["Content-Length: {n}", "Content-Length: {n}1"],
    ["Content-Length: {n}", "Content-Length: 0"],
    ["Content-Length: 0", "Content-Length: {n}"],
    ["Content-Length: +{n}"],
    ["Content-Length: -{n}"],
    ["Content-Length: {n}.0"],
    ["Content-Length: {n} {n}"],
    ["Content-Length: {n},{n}"],
    ["Content-Length: 0x{n}"],
    ["Content-Length: 1_0"],
    ["Content-Length: ٣"],
    ["Content-Length: "],
    ["Content-Length : {n}"],
    ["Transfer-Encoding: xchunked"],
    ["Transfer-Encoding: chunked, identity"],
    ["Transfer-Encoding: identity, chunked"],
    ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
    ["Transfer-Encoding: identity", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: identity"],
    ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding:\x0bchunked"],
    ["Transfer-Encoding: gzip, chunked"],
    ["Transfer-Encoding\x00: chunked"],
    ["Transfer-Encoding : chunked"],
    ["X: y\rContent-Length: {n}"],
]

#: Malformed chunked bodies.
CHUNKS = [
    b"g\r\nx\r\n0\r\n\r\n",
    b"-1\r\nx\r\n0\r\n\r\n",
    b"+1\r\nx\r\n0\r\n\r\n",
    b"0x1\r\nx\r\n0\r\n\r\n",
    b"1_0\r\nx\r\n0\r\n\r\n",
    b" 1\r\nx\r\n0\r\n\r\n",
    b"\r\nx\r\n0\r\n\r\n",
    b"1\r\nxy\r\n0\r\n\r\n",
    b"1\nx\n0\n\n",
    b"1" * 5000 + b"\r\n",
    b"1;" + b"x" * 20_000 + b"\r\nx\r\n0\r\n\r\n",
    b"1;a=\x00\r\nx\r\n0\r\n\r\n",
]


def head(besieged: Besieged, pageId: str, *lines: str, name: str = "send") -> bytes:
    """Return the head of a request with additional lines."""
    pairs = {"Host": besieged.host, **post(besieged.host, pageId)}
    given = [f"POST /probe/_live/{name} HTTP/1.1", *(f"{n}: {v}" for n, v in pairs.items()), *lines]
    return "".join(f"{line}\r\n" for line in [*given, ""]).encode("utf-8")


def whole(besieged: Besieged, pageId: str, data: bytes, name: str = "send") -> bytes:
    """Return a request with this body."""
    return head(besieged, pageId, f"Content-Length: {len(data)}", name=name) + data


def answers(peer: Peer, number: int) -> list[Any]:
    """Return the objects of a number of answers."""
    return [json.loads(peer.response().body) for _ in range(number)]


@pytest.fixture
def browser(besieged: Besieged) -> HttpBrowser:
    """Return a browser that is connected by long-poll."""
    browser = besieged.browser("longpoll").hello()
    assert isinstance(browser, HttpBrowser)
    return browser


class TestPipelined:
    """C19: pipelined requests are handled and answered in order."""

    def test_pipelinedCallsAreTakenInOrder(self, besieged: Besieged, browser: HttpBrowser) -> None:
        """Calls in requests that arrive together are handled in order."""
        peer = besieged.peer()
        sends = [
            whole(
                besieged,
                browser.pageId,
                body(first=number, messages=[["call", number, 1, "echo", [number]]]),
            )
            for number in range(1, 101)
        ]
        peer.send(b"".join(sends))
        received = [answer["received"] for answer in answers(peer, 100)]
        assert received == sorted(received)
        got = [browser.next()[2] for _ in range(100)]
        assert got == list(range(1, 101))

    def test_pollsBehindAWaitingOneAreAnsweredInOrder(
        self, besieged: Besieged, browser: HttpBrowser
    ) -> None:
        """Polls behind a waiting one are answered after it, in order, and delay no others."""
        peer = besieged.peer()
        polls = [whole(besieged, browser.pageId, browser.body(), "poll")] * 20
        peer.send(b"".join(polls))
        other = besieged.browser("longpoll").hello()
        assert other.call("echo", 1) == 1
        call = [["call", 1, 1, "echo", ["x"]]]
        send = besieged.peer()
        send.send(whole(besieged, browser.pageId, body(first=1, messages=call)))
        first = json.loads(peer.response().body)
        assert first == {"received": 1, "first": 1, "messages": [["result", 1, "x"]]}
        # The next poll asks for the same again: its answer may have been lost.
        assert json.loads(peer.response().body) == first

    def test_requestsBehindAStreamAreNotTaken(
        self, besieged: Besieged, browser: HttpBrowser
    ) -> None:
        """Requests behind an endless answer are neither handled nor kept."""
        ran = besieged.vitals()["ran"]
        peer = besieged.peer()
        stream = whole(besieged, browser.pageId, body(connection=2), "stream")
        call = body(connection=2, first=1, messages=[["call", None, 1, "echo", [1]]])
        peer.send(stream + whole(besieged, browser.pageId, call))
        peer.head()
        many = whole(besieged, browser.pageId, call) * 100
        for _ in range(300):
            peer.offer(many)
        figures = besieged.vitals()
        assert figures["ran"] == ran
        assert figures["memory"] - besieged.memory < 4 * 1024 * 1024

    def test_unreadAnswersStopTheConnection(self, besieged: Besieged) -> None:
        """A client that does not read answers is not served: memory is bounded, others go on."""
        other = besieged.browser("websocket").hello()
        html = other.peer  # Any connection has the server's address.
        module = re.search(
            '"(/probe)?[^"]*(_live/js/[^"]+)"', besieged.peer().request("/probe").text
        )
        assert module is not None
        get = f"GET /probe/{module[2]} HTTP/1.1\r\nHost: {html.host}\r\n\r\n".encode()
        peer = besieged.peer(receiveBuffer=4096)
        for turn in range(400):
            peer.offer(get * 50)
            assert other.call("echo", turn) == turn
        assert besieged.vitals()["memory"] - besieged.memory < 4 * 1024 * 1024

    def test_handshakeBehindABodyIsItsOwnOrNone(
        self, besieged: Besieged, browser: HttpBrowser
    ) -> None:
        """C19: a handshake behind another request becomes a WebSocket of its own, or fails."""
        peer = besieged.peer()
        pageId = peer.page()
        lines = {**HANDSHAKE, "Host": besieged.host, "Origin": f"http://{besieged.host}"}
        upgrade = "GET /probe/_live/ws HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in [*lines.items(), ("Content-Length", "5")]
        )
        smuggled = whole(besieged, browser.pageId, body())
        first = whole(besieged, browser.pageId, body())
        peer.send(first + upgrade.encode() + b"\r\n" + b"12345" + smuggled)
        assert peer.response().status == 200
        status = peer.head().status
        if status == 101:
            # The following bytes are frames only: no request is parsed from them.
            assert b"HTTP/1.1" not in peer.rest()
        else:
            assert status == 400
        assert besieged.browser("websocket", pageId=pageId).hello().call("echo", 1) == 1

    def test_framesBeforeTheHandshakesAnswerAreDropped(self, besieged: Besieged) -> None:
        """Frames that arrive with the handshake, before its answer, are dropped."""
        peer = besieged.peer()
        pageId = peer.page()
        lines = {**HANDSHAKE, "Host": besieged.host, "Origin": f"http://{besieged.host}"}
        upgrade = "GET /probe/_live/ws HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in lines.items()
        )
        peer.send(upgrade.encode() + b"\r\n" + frame(hello(pageId)))
        assert peer.head().status == 101
        besieged.advance(11)
        assert peer.closing()[0] == 4408


class TestSmuggled:
    """C19: bytes in which two servers may see different requests are not accepted."""

    def test_ambiguousLengthIsStatus400(self, besieged: Besieged, browser: HttpBrowser) -> None:
        """An ambiguous length is a 400, and nothing behind it is read."""
        ran = besieged.vitals()["ran"]
        call = body(first=1, messages=[["call", None, 1, "echo", ["smuggled"]]])
        inner = whole(besieged, browser.pageId, call)
        for pattern in LENGTHS:
            lines = [line.format(n=len(inner)) for line in pattern]
            for data in (b"0\r\n\r\n" + inner, inner):
                peer = besieged.peer()
                peer.send(head(besieged, browser.pageId, *lines) + data)
                assert peer.response().status in (400, 501), (pattern, data)
                # Older Twisted versions repeat the answer for the rest.
                rest = re.sub(rb"HTTP/1\.1 400 ", b"", peer.rest())
                assert b"HTTP/1.1" not in rest, (pattern, data)
        assert besieged.vitals()["ran"] == ran

    def test_malformedChunksEndTheConnection(
        self, besieged: Besieged, browser: HttpBrowser
    ) -> None:
        """Malformed chunks are a 400 or no answer, and nothing behind them is read."""
        ran = besieged.vitals()["ran"]
        call = body(first=1, messages=[["call", None, 1, "echo", ["smuggled"]]])
        inner = whole(besieged, browser.pageId, call)
        for chunks in CHUNKS:
            peer = besieged.peer()
            peer.send(head(besieged, browser.pageId, "Transfer-Encoding: chunked") + chunks + inner)
            data = peer.rest()
            assert data == b"" or data.startswith(b"HTTP/1.1 400"), chunks
            assert data.count(b"HTTP/1.1") <= 1, chunks
        assert besieged.vitals()["ran"] == ran

    @pytest.mark.parametrize(
        "lines",
        [
            "Origin: http://{host}\r\n Live-Page: x",
            "X: y\r\n folded",
            "X\r\n",
            ": x",
            "X Y: z",
            "X: a\x00b",
            "Host: other",
        ],
    )
    def test_oddHeadersDoNoHarm(self, besieged: Besieged, browser: HttpBrowser, lines: str) -> None:
        """Folded, nameless and otherwise odd headers do no harm."""
        peer = besieged.peer()
        odd = lines.format(host=besieged.host)
        peer.send(head(besieged, browser.pageId, odd, "Content-Length: 2") + b"{}")
        assert 400 <= peer.response().status < 500
        assert browser.call("echo", 1) == 1

    @pytest.mark.parametrize(
        "line",
        [b"", b"GET", b"GET /", b"GET / HTTP/1.1 x", b"\x16\x03\x01\x02\x00", b"PRI * HTTP/2.0"],
    )
    def test_otherProtocolsAreRefused(self, besieged: Besieged, line: bytes) -> None:
        """Bytes that are not a request, TLS and HTTP/2 among them, are refused."""
        peer = besieged.peer()
        peer.send(line + b"\r\nHost: x\r\n\r\n\r\n\r\n")
        assert peer.rest().startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))


class TestSlow:
    """C8: a slow sender has a minute for a request, and not a minute for each piece."""

    def drip(self, besieged: Besieged, data: bytes, byte: bytes) -> bool:
        """Send bytes, then one every 10 seconds. Return whether the server closes within 70."""
        peer = besieged.peer()
        peer.send(data)
        for _ in range(7):
            besieged.advance(10)
            try:
                peer.offer(byte)
            except Gone:
                return True
        # A request that is too slow gets no answer.
        return peer.rest() == b""

    def test_slowHeadHasAMinute(self, besieged: Besieged) -> None:
        """The request line and headers have a minute together."""
        for data in (b"", b"GET /", b"GET / HTTP/1.1\r\nHost: x\r\nX: "):
            assert self.drip(besieged, data, b"x"), data

    def test_slowBodyHasAMinute(self, besieged: Besieged, browser: HttpBrowser) -> None:
        """A body has a minute, with a length or in chunks, at each URL."""
        for name in ("send", "poll", "stream"):
            for line in ("Content-Length: 1000", "Transfer-Encoding: chunked"):
                data = head(besieged, browser.pageId, line, name=name)
                assert self.drip(besieged, data + b"9" * line.startswith("T"), b"9"), line

    def test_emptyLinesHaveAMinute(self, besieged: Besieged) -> None:
        """Empty lines before a request have a minute together."""
        assert self.drip(besieged, b"", b"\r\n")
