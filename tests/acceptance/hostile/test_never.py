"""Attacks with pages that are never connected, and connections that stay silent."""

from __future__ import annotations

import pytest

from tests.acceptance.hostile.besieged import FULL, Besieged
from tests.acceptance.hostile.browsers import KINDS, Closed
from tests.acceptance.hostile.client import Peer, body, post

#: The numbers of pages fetched and of connections opened.
PAGES = 10_000 if FULL else 1500
CONNECTIONS = 1000 if FULL else 300

#: Bytes of memory that a page may take while it waits.
A_PAGE = 16 * 1024

#: The same for a connection, over plain TCP.
A_CONNECTION = 48 * 1024


def fetch(besieged: Besieged, number: int) -> None:
    """Fetch a number of pages, pipelined over one connection."""
    peer = besieged.peer()
    get = f"GET /probe HTTP/1.1\r\nHost: {besieged.host}\r\n\r\n".encode()
    left = number
    while left:
        many = min(left, 100)
        peer.send(get * many)
        left -= many
        # The end of a page's HTML, which occurs in it once.
        for _ in range(many):
            while b"</html>" not in peer.data:
                peer.read()
            peer.data = peer.data.partition(b"</html>")[2]


class TestPages:
    """C8: pages that are fetched and never connected end after 30 seconds."""

    def test_unconnectedPagesCostLittle(self, besieged: Besieged) -> None:
        """Unconnected pages cost little while they wait and nothing afterwards. Others go on."""
        other = besieged.browser("websocket").hello()
        before = besieged.vitals()
        fetch(besieged, PAGES)
        assert other.call("echo", 1) == 1
        during = besieged.vitals()
        assert during["pages"] - before["pages"] <= PAGES
        assert during["memory"] - before["memory"] < PAGES * A_PAGE
        besieged.advance(31)
        after = besieged.vitals()
        assert after["pages"] == before["pages"]
        assert after["objects"]["ProbeElement"] == before["objects"]["ProbeElement"]
        assert other.call("echo", 2) == 2

    def test_oldestUnconnectedPagesGoFirst(self, besieged: Besieged) -> None:
        """Beyond the limit per address the oldest unconnected pages go, never a connected one."""
        connected = besieged.browser("websocket").hello()
        oldest = besieged.peer().page()
        fetch(besieged, 900)
        kept = besieged.peer().page()
        fetch(besieged, 110)
        assert besieged.vitals()["pages"] == 1 + 1000
        with pytest.raises(Closed) as gone:
            besieged.browser("websocket", pageId=oldest).hello()
        assert gone.value.code == 4404
        assert besieged.browser("websocket", pageId=kept).hello().call("echo", 1) == 1
        assert connected.call("echo", 1) == 1

    def test_requestLostBeforeItsAnswerLeavesNothing(self, besieged: Besieged) -> None:
        """A request that is lost before its answer leaves nothing."""
        before = besieged.vitals()["pages"]
        for _ in range(50):
            peer = besieged.peer()
            peer.begin("/probe")
            peer.close()
        besieged.until(lambda now: not now["objects"]["LiveChannel"])
        besieged.advance(31)
        assert besieged.vitals()["pages"] == before

    def test_headMakesNoPage(self, besieged: Besieged) -> None:
        """C{HEAD} makes no page."""
        before = besieged.vitals()["pages"]
        peer = besieged.peer()
        for _ in range(50):
            assert peer.request("/probe", method="HEAD").status == 200
        assert besieged.vitals()["pages"] == before


class TestConnections:
    """C8: a silent connection is closed, whatever the server waits for."""

    def test_webSocketWithoutHelloIsClosed(self, besieged: Besieged) -> None:
        """A WebSocket without a hello is closed after 10 seconds."""
        before = besieged.vitals()
        peers = [besieged.peer() for _ in range(CONNECTIONS)]
        for peer in peers:
            assert peer.upgrade().status == 101
        other = besieged.browser("websocket").hello()
        assert other.call("echo", 1) == 1
        during = besieged.vitals()
        assert during["objects"]["WebSocketConnection"] >= CONNECTIONS
        assert during["memory"] - before["memory"] < CONNECTIONS * A_CONNECTION
        besieged.advance(9)
        besieged.advance(1.1)
        assert {peer.closing() for peer in peers} == {(4408, "no hello was received")}
        # The clients do not answer the close either.
        besieged.advance(7)
        figures = besieged.until(lambda now: now["objects"]["WebSocketConnection"] == 1)
        assert figures["files"] <= before["files"] + 2

    def test_connectionWithoutRequestIsClosed(self, besieged: Besieged) -> None:
        """A TCP connection without a request is closed after a minute."""
        peers = [besieged.peer() for _ in range(CONNECTIONS)]
        assert besieged.browser("websocket").hello().call("echo", 1) == 1
        besieged.advance(61)
        for peer in peers:
            assert peer.rest() == b""

    @pytest.mark.parametrize(
        "part",
        [b"GET", b"GET / HTTP/1.1\r\nHost: x\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nX: y"],
    )
    def test_incompleteHeadIsClosed(self, besieged: Besieged, part: bytes) -> None:
        """A request that stops within its head is closed after a minute."""
        peer = besieged.peer()
        peer.send(part)
        besieged.advance(61)
        assert peer.rest() == b""

    def test_incompleteBodyIsClosedAndNotRun(self, besieged: Besieged) -> None:
        """A request that stops within its body is closed after a minute, and nothing is run."""
        ran = besieged.vitals()["ran"]
        for name in ("send", "poll", "stream"):
            peer = besieged.peer()
            data = body(first=1, messages=[["call", None, 1, "echo", [1]]])
            headers = {**post(besieged.host, peer.page()), "Content-Length": str(len(data))}
            peer.begin(f"/probe/_live/{name}", headers, "POST")
            peer.send(data[:-1])
            besieged.advance(61)
            assert peer.rest() == b""
        assert besieged.vitals()["ran"] == ran

    @pytest.mark.parametrize("kind", KINDS)
    def test_silentConnectionIsGivenUp(self, besieged: Besieged, kind: str) -> None:
        """A connection that was in use and falls silent is dropped after 45 seconds."""
        browser = besieged.browser(kind).hello()
        besieged.advance(46)
        # The page waits another minute, and then ends.
        assert besieged.vitals()["pages"] == 1
        besieged.advance(61)
        assert besieged.vitals()["pages"] == 0
        assert browser.closed()[0] in (4404, 4408)

    def test_endlessHandshakeIsClosed(self, besieged: Besieged) -> None:
        """A handshake that does not end is closed like any other request."""
        peer = besieged.peer()
        peer.send(b"GET /probe/_live/ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
        besieged.advance(61)
        assert peer.rest() == b""


class TestStorms:
    """C8: storms of opening and closing leave nothing."""

    @pytest.mark.parametrize("kind", KINDS)
    def test_stormOfTakeoversLeavesNothing(self, besieged: Besieged, kind: str) -> None:
        """A browser that takes over from itself again and again leaves nothing."""
        browser = besieged.browser(kind)
        for _ in range(100):
            browser.hello()
        assert browser.call("echo", 1) == 1
        figures = besieged.vitals()["objects"]
        assert figures["EventStreamTransport"] + figures["LongPollTransport"] <= 2
        assert figures["Page"] == 1

    def test_probesAreForgotten(self, besieged: Besieged) -> None:
        """Probes of a stream end by themselves, and are forgotten."""
        pageId = besieged.peer().page()
        peers = [besieged.peer() for _ in range(50)]
        for peer in peers:
            headers = post(besieged.host, pageId)
            peer.begin("/probe/_live/stream", headers, "POST", body(probe=True))
            assert peer.head().status == 200
        besieged.advance(4)
        for peer in peers:
            while not peer.data.endswith(b"0\r\n\r\n"):
                peer.read()

    def test_onlyOneOfManyPollsWaits(self, besieged: Besieged) -> None:
        """Of many polls of one page one waits, and the others are answered."""
        browser = besieged.browser("longpoll").hello()
        peers: list[Peer] = []
        for _ in range(100):
            peers.append(besieged.peer())
            headers = post(besieged.host, browser.pageId)
            peers[-1].begin("/probe/_live/poll", headers, "POST", body())
        assert {peer.response().body for peer in peers[:-1]} == {b'{"received":0}'}
        assert besieged.vitals()["objects"]["Reply"] <= 2

    def test_resetConnectionsLeaveNothing(self, besieged: Besieged) -> None:
        """Connections that are reset at any point leave nothing."""
        pageId = besieged.peer().page()
        for size in range(0, 400, 10):
            peer = besieged.peer()
            data = body(hello=True)
            headers = post(besieged.host, pageId)
            peer.begin("/probe/_live/poll", {**headers, "Content-Length": "500"}, "POST")
            peer.send(data[:size])
            peer.reset()
