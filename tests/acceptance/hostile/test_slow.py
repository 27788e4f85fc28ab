"""C7: slow readers, and clients that do not read, use bounded memory and harm nobody."""

from __future__ import annotations

import pytest

from tests.acceptance.hostile.besieged import Besieged
from tests.acceptance.hostile.browsers import BROWSERS, KINDS, Browser, Closed
from tests.acceptance.hostile.client import Peer

#: The most that may wait for one page, in bytes.
BUFFER = 1024 * 1024

#: Twisted's own buffers between the page and the network, in bytes.
BETWEEN = 1024 * 1024

#: Characters in a message.
SIZE = 60_000


def reader(besieged: Besieged, kind: str, receiveBuffer: int | None = None) -> Browser:
    """Return a browser with small buffers, which has said hello."""

    def connect() -> Peer:
        return besieged.peer(receiveBuffer)

    return BROWSERS[kind](connect).hello()


@pytest.mark.parametrize("kind", KINDS)
class TestReadsNothing:
    """A browser that reads nothing, while much is sent to it."""

    def test_unreadPageEndsAtTheBound(self, besieged: Besieged, kind: str) -> None:
        """The page ends with a reason when 1 MiB waits, and others go on."""
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
        # The browser now reads the bytes that were sent, and then the reason of the close.
        assert slow.closed()[0] == 4429
        # 17 messages fit, and the answers to the earlier calls.
        assert slow.received <= 20
        with pytest.raises(Closed) as gone:
            slow.hello()
        assert gone.value.code in (4404, 4429)

    def test_peerThatIgnoresTheCloseIsCutOff(self, besieged: Besieged, kind: str) -> None:
        """A peer that does not read the close frame either is cut off."""
        slow = reader(besieged, kind, receiveBuffer=4096)
        assert slow.attempt("pour", 20, SIZE) in (None, 4429)
        besieged.until(lambda now: now["pages"] == 0)
        besieged.forget()
        figures = besieged.until(lambda now: not now["objects"]["LiveChannel"])
        assert figures["objects"]["Page"] == 0
        assert figures["objects"]["WebSocketConnection"] == 0

    def test_numberOfWaitingMessagesIsBounded(self, besieged: Besieged, kind: str) -> None:
        """At most 10,000 messages may wait, however small they are."""
        slow = reader(besieged, kind, receiveBuffer=4096)
        for _ in range(11):
            assert slow.attempt("pour", 1000, 1) in (None, 4429)
        assert slow.closed()[0] == 4429

    def test_unacknowledgedMessagesAreBounded(self, besieged: Besieged, kind: str) -> None:
        """A browser that reads and acknowledges nothing is bounded like one that does not read."""
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
def test_slowReaderGetsEverything(besieged: Besieged, kind: str) -> None:
    """C7: a browser that reads slowly gets everything, in order."""
    browser = reader(besieged, kind, receiveBuffer=4096)
    callId = browser.begin("pour", 10, SIZE)
    sizes = [len(browser.next()[4][0]) for _ in range(10)]
    assert sizes == [SIZE] * 10
    assert browser.next() == ["result", callId, None]
    browser.acknowledge()
    besieged.until(lambda now: now["buffered"] == 0)


@pytest.mark.parametrize("kind", ["websocket", "eventstream"])
def test_earlyAcknowledgementsMoveNothing(besieged: Besieged, kind: str) -> None:
    """C7: acknowledging unread messages moves nothing into the buffers in between."""
    slow = reader(besieged, kind, receiveBuffer=4096)
    acknowledgeUnread(slow, 100)
    assert besieged.vitals()["memory"] - besieged.memory < 4 * BUFFER


def acknowledgeUnread(browser: Browser, times: int) -> None:
    """Have messages sent repeatedly, and acknowledge them, until that is refused."""
    for _ in range(times):
        if browser.attempt("pour", 5, SIZE) is not None:
            return
        browser.received += 5
        try:
            browser.acknowledge()
        except (Closed, OSError):
            return


def test_allPagesTogetherAreBounded(besieged: Besieged) -> None:
    """C7: the bytes that wait in all pages are bounded too, at the cost of the slow pages."""
    other = besieged.browser("websocket").hello()
    slow = [reader(besieged, kind, receiveBuffer=4096) for kind in KINDS for _ in range(5)]
    for browser in slow:
        assert browser.attempt("pour", 12, SIZE) is None
    assert other.call("echo", 1) == 1
    figures = besieged.vitals()
    assert figures["buffered"] <= len(slow) * BUFFER
    assert figures["memory"] - besieged.memory < len(slow) * 2 * BUFFER
