"""Tests of C{livewidget.transports.websocket.protocol}: how many frames are handled, and when."""

from __future__ import annotations

import pytest

from livewidget.page.page import Page
from livewidget.transports.websocket.protocol import FRAMES_PER_TURN, MAX_FRAMES
from tests.support.log import Log
from tests.support.server import Server, echo
from tests.support.websocket import PING, Socket, frame, parseFrames

pytestmark = pytest.mark.usefixtures("takenBy")


class TestFragments:
    """A message may have many frames, up to a limit."""

    def test_messageInTheMostFramesIsHandled(
        self, server: Server, page: Page, socket: Socket
    ) -> None:
        """A message in the most frames is handled, and another one after it."""
        data = b'["call",1,1,"say",["a"]]'
        for _ in range(2):
            fragments = frame(b"", 0, False) * (MAX_FRAMES - 2)
            socket.wire.send(frame(data[:5], fin=False) + fragments + frame(data[5:], 0))
            server.clock.advance(0)
            assert socket.take() == [b'["result",1,"a"]']

    def test_messageInTooManyFramesIsTooLarge(
        self, server: Server, page: Page, socket: Socket, log: Log
    ) -> None:
        """A message in more frames is too large, even if they are empty."""
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
    """A peer that sends many frames in one write blocks no other page."""

    def test_framesAreHandledSomePerTurn(self, server: Server, page: Page, socket: Socket) -> None:
        """Many frames are handled some per turn, in order; reading stops meanwhile."""
        socket.wire.send(b"".join(frame(b"%d" % n, PING) for n in range(3 * FRAMES_PER_TURN)))
        assert socket.wire.transport.producerState == "paused"
        first, _ = parseFrames(socket.wire.take())
        # On this clock all following turns run immediately.
        server.clock.advance(0)
        assert socket.wire.transport.producerState == "producing"
        others, _ = parseFrames(socket.wire.take())
        assert len(first) == FRAMES_PER_TURN
        assert [int(payload) for _, payload in first + others] == [*range(3 * FRAMES_PER_TURN)]

    def test_laterFramesWaitForTheirTurn(self, server: Server, page: Page, socket: Socket) -> None:
        """Frames that arrive nevertheless wait for their turn."""
        socket.wire.send(frame(b"", PING) * (FRAMES_PER_TURN + 1))
        socket.wire.send(frame(b'["call",1,1,"say",["a"]]'))
        assert socket.take() == []
        server.clock.advance(0)
        assert socket.take() == [b'["result",1,"a"]']

    @pytest.mark.parametrize("end", ["lost", "closed"])
    def test_framesOfTheNextTurnAreDroppedAtTheEnd(
        self, server: Server, page: Page, socket: Socket, log: Log, end: str
    ) -> None:
        """Frames of the next turn are dropped when the connection ends."""
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
