"""Tests of C{livewidget.transports.http.longpoll}: polls that wait, by hand."""

from __future__ import annotations

import pytest

from livewidget import Limits, LiveElement, expose
from livewidget.page.page import Page
from livewidget.wire.messages import Call
from tests.support.log import Log
from tests.support.poster import Poster
from tests.support.server import Server, calls, echo, show

pytestmark = pytest.mark.usefixtures("readBy")


class TestPoll:
    """The others."""

    def test_waits(self, page: Page, browser: Poster) -> None:
        """A poll waits for a message."""
        poll = browser.poll()
        assert poll.waits
        show(page, 1)
        assert poll.answer() == {"received": 0, "first": 1, "messages": calls(1)}

    def test_several(self, page: Page, browser: Poster) -> None:
        """What came between two polls is in the second one's answer, in order."""
        browser.poll()
        for number in (1, 2, 3):
            show(page, number)
        browser.received = 1
        answer = browser.poll().answer()
        assert answer == {"received": 0, "first": 2, "messages": calls(2, 3)}

    def test_acknowledges(self, server: Server, page: Page, browser: Poster) -> None:
        """A poll acknowledges."""
        show(page, 1)
        assert server.resource.pages.bufferedBytes > 0
        browser.poll().answer()
        assert server.resource.pages.bufferedBytes > 0
        browser.received = 1
        browser.poll()
        assert server.resource.pages.bufferedBytes == 0
        assert page.delivery.bufferedBytes == 0

    def test_isAcknowledged(self) -> None:
        """An acknowledgement that was due while no poll waited answers the next one at once."""
        server = Server(limits=Limits(messages=4), callsPerSecond=1)
        browser = Poster(server.resource, server.page().pageId)
        browser.hello()
        say = Call(None, 1, "say", ["a"])
        assert browser.send(say, say) == {"received": 1}
        server.clock.pump([0.1] * 12)
        assert browser.poll().answer() == {"received": 2}
        assert browser.poll().waits

    @pytest.mark.parametrize("lost", [False, True])
    def test_lostAnswer(self, page: Page, browser: Poster, lost: bool) -> None:
        """A poll that asks for the same again gets it, and what came meanwhile."""
        first = browser.poll()
        show(page, 1)
        if lost:
            first.wire.lose()
        show(page, 2)
        answer = browser.poll().answer()
        assert answer == {"received": 0, "first": 1, "messages": calls(1, 2)}

    def test_released(self, page: Page, browser: Poster) -> None:
        """A newer poll lets the older one go without messages; only the newer gets the next."""
        older = browser.poll()
        newer = browser.poll()
        assert older.answer() == {"received": 0}
        assert newer.waits
        show(page, 1)
        assert newer.answer()["messages"] == calls(1)

    def test_late(self, page: Page, browser: Poster) -> None:
        """A poll that comes late, for what was acknowledged, is answered by nothing at once."""
        show(page, 1)
        browser.poll().answer()
        browser.received = 1
        poll = browser.poll()
        browser.received = 0
        assert browser.poll().answer() == {"received": 0}
        assert poll.waits
        show(page, 2)
        assert poll.answer() == {"received": 0, "first": 2, "messages": calls(2)}

    def test_atOnce(self, page: Page, browser: Poster) -> None:
        """A poll that does not wait is answered at once, with messages or without."""
        assert browser.poll(wait=False).answer() == {"received": 0}
        show(page, 1)
        assert browser.poll(wait=False).answer()["messages"] == calls(1)
        browser.received = 1
        assert browser.poll(wait=False).answer() == {"received": 0}

    def test_atOnceLetsGo(self, page: Page, browser: Poster) -> None:
        """It lets one that waits go, as any other does."""
        older = browser.poll()
        assert browser.poll(wait=False).answer() == {"received": 0}
        assert older.answer() == {"received": 0}

    def test_lost(self, page: Page, browser: Poster) -> None:
        """A poll whose connection goes is forgotten; what comes then is in the next answer."""
        poll = browser.poll()
        poll.wire.lose()
        show(page, 1)
        assert page.delivery.connected
        assert browser.poll().answer()["messages"] == calls(1)

    def test_lostAfterANewer(self, page: Page, browser: Poster) -> None:
        """The end of an older request's connection does not disturb a newer poll."""
        older = browser.poll()
        newer = browser.poll()
        older.wire.lose()
        show(page, 1)
        assert newer.answer()["messages"] == calls(1)

    def test_inPieces(self, page: Page, browser: Poster) -> None:
        """The first answer of a connection has up to 1 KiB of messages, the last ones 64 KiB."""
        for _ in range(1000):
            show(page, "a" * (256 - len(b'["call",null,1,"show",[""]]')))
        for connection, expected in [
            (2, [4, 8, 16]),
            (3, [4, 8, 16, 32, 64, 128, 256, 256, 208]),
        ]:
            browser.connection = connection
            counts = []
            answer = browser.hello()
            while len(counts) < len(expected):
                assert answer["first"] == browser.received + 1
                counts.append(len(answer["messages"]))
                browser.received += counts[-1]
                answer = browser.poll(wait=False).answer()
            assert counts == expected

    @pytest.mark.parametrize(("more", "expected"), [(0, 2), (1, 1)])
    def test_firstPiece(self, page: Page, browser: Poster, more: int, expected: int) -> None:
        """The first answer has exactly 1 KiB of messages, and not a byte more."""
        for size in (512, 512 + more):
            show(page, "a" * (size - len(b'["call",null,1,"show",[""]]')))
        browser.connection = 2
        assert len(browser.hello()["messages"]) == expected

    def test_largeMessage(self, page: Page, browser: Poster) -> None:
        """An answer has at least one message, however large."""
        for text in ("a" * 40_000, "b"):
            show(page, text)
        browser.connection = 2
        assert len(browser.hello()["messages"]) == 1

    def test_pipelined(self, page: Page, browser: Poster) -> None:
        """A poll behind another one, on one connection, is taken when that is answered."""
        poll = browser.poll()
        poll.wire.begin("/_live/poll", browser.headers(), "POST", browser.body(received=1))
        show(page, 1)
        data = poll.wire.take()
        assert data.count(b"HTTP/1.1 200 ") == 1
        show(page, 2)
        assert b'"first":2' in poll.wire.take()
        assert page.delivery.acknowledged == 1

    def test_pipelinedRelease(self, page: Page, browser: Poster) -> None:
        """So it is when a newer poll lets the first one go; the last one of all waits."""
        poll = browser.poll()
        poll.wire.begin("/_live/poll", browser.headers(), "POST", browser.body())
        other = browser.poll()
        assert poll.wire.take().count(b"HTTP/1.1 200 ") == 1
        assert other.answer() == {"received": 0}
        show(page, 1)
        assert b'"first":1' in poll.wire.take()

    def test_unknownConnection(self, page: Page, browser: Poster, log: Log) -> None:
        """A poll of a connection that has said no hello ends the page."""
        waiting = browser.poll()
        browser.connection = 2
        assert browser.poll().answer()["close"][0] == 4400
        assert page.ended is not None
        assert waiting.answer()["close"][0] == 4400
        log.take("page refused (4400)")

    def test_otherTransport(self, server: Server, page: Page, log: Log) -> None:
        """So does one of a connection that is another transport's."""
        socket = server.connect(page)
        browser = Poster(server.resource, page.pageId)
        assert browser.poll().answer()["close"][0] == 4400
        assert socket.code == 4400
        assert page.ended is not None
        log.take("page refused (4400)")

    def test_neverSent(self, page: Page, browser: Poster, log: Log) -> None:
        """One that acknowledges what was never sent ends the page; all that wait are told."""
        waiting = browser.poll()
        browser.received = 1
        assert browser.poll().answer()["close"][0] == 4400
        assert page.ended is not None
        assert page.ended.code == 4400
        assert waiting.answer()["close"][0] == 4400
        log.take("page refused (4400)")

    def test_neverTaken(self, page: Page, browser: Poster, log: Log) -> None:
        """So does one that acknowledges what waits and was in no answer."""
        show(page, 1)
        browser.received = 1
        assert browser.poll().answer()["close"][0] == 4400
        assert page.ended is not None
        log.take("page refused (4400)")

    def test_bodyIsNotKept(self, page: Page, browser: Poster) -> None:
        """While a poll waits, its body takes no room."""
        poll = browser.poll()
        [request] = poll.wire.transport.protocol._channel.requests
        assert request.content.closed

    def test_nothingIsKept(self, server: Server, page: Page, browser: Poster) -> None:
        """However many polls come, one waits."""
        polls = [browser.poll() for _ in range(20)]
        assert [poll.waits for poll in polls] == [False] * 19 + [True]
        assert len(server.clock.getDelayedCalls()) == 1


def test_bothWays(page: Page, browser: Poster) -> None:
    """A call and its answer: one request carries the call, the other has the answer."""
    poll = browser.poll()
    assert browser.send(Call(7, 1, "say", ["a"])) == {"received": 1}
    assert poll.answer() == {"received": 1, "first": 1, "messages": [["result", 7, "a"]]}
    assert echo(page).heard == ["a"]


def test_closesInAMethod(server: Server) -> None:
    """A method that closes its page: the poll that waits is told, and the send is not."""

    class Closing(LiveElement):
        @expose
        def bye(self) -> None:
            assert self.page is not None
            self.page.close("bye")

    page = server.resource.pages.make()
    page.attach(Closing())
    browser = Poster(server.resource, page.pageId)
    browser.hello()
    poll = browser.poll()
    assert browser.send(Call(7, 1, "bye", [])) == {"received": 1}
    assert poll.answer() == {"close": [4000, "bye"]}
    # One that has overtaken this.
    assert browser.send() == {"close": [4000, "bye"]}
