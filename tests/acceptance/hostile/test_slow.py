"""C7: whoever reads slowly, or not at all, costs a bounded amount and harms nobody."""

from __future__ import annotations

import pytest

from tests.acceptance.hostile.besieged import Besieged
from tests.acceptance.hostile.browsers import BROWSERS, KINDS, Browser, Closed
from tests.acceptance.hostile.client import Peer

#: What waits for one page at most, in bytes.
BUFFER = 1024 * 1024

#: What is between the page and the network beside, in bytes: the buffers of Twisted.
BETWEEN = 1024 * 1024

#: Characters in a message.
SIZE = 60_000


def reader(besieged: Besieged, kind: str, receiveBuffer: int | None = None) -> Browser:
    """A browser with small buffers, which has said hello."""

    def connect() -> Peer:
        return besieged.peer(receiveBuffer)

    return BROWSERS[kind](connect).hello()


@pytest.mark.parametrize("kind", KINDS)
class TestReadsNothing:
    """A browser that reads nothing, while much is sent to it."""

    def test_closed(self, besieged: Besieged, kind: str) -> None:
        """Its page ends with a reason when 1 MiB waits, and others are as quick as ever."""
        other = besieged.browser("websocket").hello()
        slow = reader(besieged, kind, receiveBuffer=4096)
        for turn in range(4):
            assert slow.attempt("pour", 5, SIZE) in (None, 4429)
            assert other.call("echo", turn) == turn
            figures = besieged.vitals()
            assert figures["buffered"] <= BUFFER
            assert figures["memory"] - besieged.memory < 2 * BUFFER + BETWEEN
        figures = besieged.until(lambda now: now["pages"] == 1)
        assert figures["buffered"] < 1000
        assert "page closed (4429)" in besieged.untilLogged("page closed")
        # Now it reads: what had been sent, and then why there is no more.
        assert slow.closed()[0] == 4429
        # 17 messages fit, and the answers of the calls before.
        assert slow.received <= 20
        with pytest.raises(Closed) as gone:
            slow.hello()
        assert gone.value.code in (4404, 4429)

    def test_cutOff(self, besieged: Besieged, kind: str) -> None:
        """If it does not read even that, its connections are cut off."""
        slow = reader(besieged, kind, receiveBuffer=4096)
        assert slow.attempt("pour", 20, SIZE) in (None, 4429)
        besieged.until(lambda now: now["pages"] == 0)
        besieged.forget()
        figures = besieged.until(lambda now: not now["objects"]["LiveChannel"])
        assert figures["objects"]["Page"] == 0
        assert figures["objects"]["WebSocketConnection"] == 0

    def test_manySmall(self, besieged: Besieged, kind: str) -> None:
        """10,000 messages are as much as may wait, however small they are."""
        slow = reader(besieged, kind, receiveBuffer=4096)
        for _ in range(11):
            assert slow.attempt("pour", 1000, 1) in (None, 4429)
        assert slow.closed()[0] == 4429

    def test_neverAcknowledges(self, besieged: Besieged, kind: str) -> None:
        """One that reads, and acknowledges nothing, is one that keeps the server's memory."""
        browser = reader(besieged, kind)
        for _ in range(3):
            assert browser.attempt("pour", 6, SIZE) in (None, 4429)
        codes = []
        while not codes:
            try:
                browser.next()
            except Closed as error:
                codes.append(error.code)
            # Over HTTP each request acknowledges.
            browser.received = 0
        assert codes == [4429]


@pytest.mark.parametrize("kind", KINDS)
def test_catchesUp(besieged: Besieged, kind: str) -> None:
    """One that reads slowly, but does, gets everything, in order."""
    browser = reader(besieged, kind, receiveBuffer=4096)
    callId = browser.begin("pour", 10, SIZE)
    sizes = [len(browser.next()[4][0]) for _ in range(10)]
    assert sizes == [SIZE] * 10
    assert browser.next() == ["result", callId, None]
    browser.acknowledge()
    besieged.until(lambda now: now["buffered"] == 0)


@pytest.mark.parametrize("kind", ["websocket", "eventstream"])
def test_acknowledgesUnread(besieged: Besieged, kind: str) -> None:
    """Whoever acknowledges what it does not read moves nothing into the buffers between."""
    slow = reader(besieged, kind, receiveBuffer=4096)
    acknowledgeUnread(slow, 100)
    assert besieged.vitals()["memory"] - besieged.memory < 4 * BUFFER


def acknowledgeUnread(browser: Browser, times: int) -> None:
    """Have messages sent again and again, and acknowledge them, until that is refused."""
    for _ in range(times):
        if browser.attempt("pour", 5, SIZE) is not None:
            return
        browser.received += 5
        try:
            browser.acknowledge()
        except (Closed, OSError):
            return


def test_allTogether(besieged: Besieged) -> None:
    """What waits in all pages is bounded too, and the slow ones pay for it."""
    other = besieged.browser("websocket").hello()
    slow = [reader(besieged, kind, receiveBuffer=4096) for kind in KINDS for _ in range(5)]
    for browser in slow:
        assert browser.attempt("pour", 12, SIZE) is None
    assert other.call("echo", 1) == 1
    figures = besieged.vitals()
    assert figures["buffered"] <= len(slow) * BUFFER
    assert figures["memory"] - besieged.memory < len(slow) * 2 * BUFFER
