"""Tests of C{livewidget.transports.websocket.protocol}: how many frames are taken, and when."""

from __future__ import annotations

import pytest

from livewidget.page.page import Page
from livewidget.transports.websocket.protocol import FRAMES_PER_TURN, MAX_FRAMES
from tests.support.log import Log
from tests.support.server import Server, echo
from tests.support.websocket import PING, Socket, frame, parseFrames

pytestmark = pytest.mark.usefixtures("takenBy")


class TestFragments:
    """A message may come in many frames, but not in any number."""

    def test_mostFragments(self, server: Server, page: Page, socket: Socket) -> None:
        """As many as there may be are one message, and then there may be as many again."""
        data = b'["call",1,1,"say",["a"]]'
        for _ in range(2):
            fragments = frame(b"", 0, False) * (MAX_FRAMES - 2)
            socket.wire.send(frame(data[:5], fin=False) + fragments + frame(data[5:], 0))
            server.clock.advance(0)
            assert socket.take() == [b'["result",1,"a"]']

    def test_tooManyFragments(self, server: Server, page: Page, socket: Socket, log: Log) -> None:
        """A message in more of them is too large, though they be empty; no more are kept."""
        fragment = frame(b"", 0, False)
        socket.wire.send(frame(b"", fin=False) + fragment * (MAX_FRAMES - 1))
        server.clock.advance(0)
        assert socket.code is None
        socket.wire.send(fragment * 3)
        assert socket.code == 1009
        assert page.ended is not None
        assert page.ended.code == 4413
        log.take("page refused (4413)")


class TestTurns:
    """Whoever sends many frames at once holds nobody up."""

    def test_someATurn(self, server: Server, page: Page, socket: Socket) -> None:
        """Of a great many some are taken a turn, in order, and no more is read meanwhile."""
        socket.wire.send(b"".join(frame(b"%d" % n, PING) for n in range(3 * FRAMES_PER_TURN)))
        assert socket.wire.transport.producerState == "paused"
        first, _ = parseFrames(socket.wire.take())
        # To this clock the turns after it are one.
        server.clock.advance(0)
        assert socket.wire.transport.producerState == "producing"
        others, _ = parseFrames(socket.wire.take())
        assert len(first) == FRAMES_PER_TURN
        assert [int(payload) for _, payload in first + others] == [*range(3 * FRAMES_PER_TURN)]

    def test_someATurnAndMore(self, server: Server, page: Page, socket: Socket) -> None:
        """What comes all the same has to wait for its turn."""
        socket.wire.send(frame(b"", PING) * (FRAMES_PER_TURN + 1))
        socket.wire.send(frame(b'["call",1,1,"say",["a"]]'))
        assert socket.take() == []
        server.clock.advance(0)
        assert socket.take() == [b'["result",1,"a"]']

    @pytest.mark.parametrize("end", ["lost", "closed"])
    def test_someATurnAndGone(
        self, server: Server, page: Page, socket: Socket, log: Log, end: str
    ) -> None:
        """When the connection ends, nothing follows."""
        element = echo(page)
        call = frame(b'["call",null,1,"say",["a"]]')
        middle = b"" if end == "lost" else frame(b"nonsense")
        socket.wire.send(frame(b"", PING) * FRAMES_PER_TURN + middle + call)
        if end == "lost":
            socket.wire.lose()
        server.clock.advance(0)
        assert element.heard == []
        if end == "closed":
            log.take("page refused (4400)")
