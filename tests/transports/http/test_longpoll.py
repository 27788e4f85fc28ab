"""Tests of C{livewidget.transports.http.longpoll}: polls that wait, in memory."""

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
    """Polls after the hello."""

    def test_pollWaitsForAMessage(self, page: Page, browser: Poster) -> None:
        """A poll waits for a message."""
        poll = browser.poll()
        assert poll.waits
        show(page, 1)
        assert poll.answer() == {"received": 0, "first": 1, "messages": calls(1)}

    def test_messagesBetweenPollsArriveInOrder(self, page: Page, browser: Poster) -> None:
        """Messages sent between two polls are in the second response, in order."""
        browser.poll()
        for number in (1, 2, 3):
            show(page, number)
        browser.received = 1
        answer = browser.poll().answer()
        assert answer == {"received": 0, "first": 2, "messages": calls(2, 3)}

    def test_pollAcknowledgesMessages(self, server: Server, page: Page, browser: Poster) -> None:
        """A poll acknowledges the messages received."""
        show(page, 1)
        assert server.resource.pages.bufferedBytes > 0
        browser.poll().answer()
        assert server.resource.pages.bufferedBytes > 0
        browser.received = 1
        browser.poll()
        assert server.resource.pages.bufferedBytes == 0
        assert page.delivery.bufferedBytes == 0

    def test_dueAcknowledgementAnswersTheNextPoll(self) -> None:
        """An acknowledgement due without a poll answers the next one immediately."""
        server = Server(limits=Limits(messages=4), callsPerSecond=1)
        browser = Poster(server.resource, server.page().pageId)
        browser.hello()
        say = Call(None, 1, "say", ["a"])
        assert browser.send(say, say) == {"received": 1}
        server.clock.pump([0.1] * 12)
        assert browser.poll().answer() == {"received": 2}
        assert browser.poll().waits

    @pytest.mark.parametrize("lost", [False, True])
    def test_repeatedPollGetsTheMessagesAgain(
        self, page: Page, browser: Poster, lost: bool
    ) -> None:
        """A poll after a lost response gets its messages again, and later ones."""
        first = browser.poll()
        show(page, 1)
        if lost:
            first.wire.lose()
        show(page, 2)
        answer = browser.poll().answer()
        assert answer == {"received": 0, "first": 1, "messages": calls(1, 2)}

    def test_newerPollReleasesTheOlder(self, page: Page, browser: Poster) -> None:
        """A newer poll releases the older, which gets nothing."""
        older = browser.poll()
        newer = browser.poll()
        assert older.answer() == {"received": 0}
        assert newer.waits
        show(page, 1)
        assert newer.answer()["messages"] == calls(1)

    def test_latePollIsAnsweredByNothing(self, page: Page, browser: Poster) -> None:
        """A late poll for acknowledged messages is answered immediately, by nothing."""
        show(page, 1)
        browser.poll().answer()
        browser.received = 1
        poll = browser.poll()
        browser.received = 0
        assert browser.poll().answer() == {"received": 0}
        assert poll.waits
        show(page, 2)
        assert poll.answer() == {"received": 0, "first": 2, "messages": calls(2)}

    def test_pollWithoutWaitIsAnsweredAtOnce(self, page: Page, browser: Poster) -> None:
        """A poll that does not wait is answered immediately, with messages or without."""
        assert browser.poll(wait=False).answer() == {"received": 0}
        show(page, 1)
        assert browser.poll(wait=False).answer()["messages"] == calls(1)
        browser.received = 1
        assert browser.poll(wait=False).answer() == {"received": 0}

    def test_pollWithoutWaitReleasesTheOlder(self, page: Page, browser: Poster) -> None:
        """A poll that does not wait releases one that does."""
        older = browser.poll()
        assert browser.poll(wait=False).answer() == {"received": 0}
        assert older.answer() == {"received": 0}

    def test_lostPollIsForgotten(self, page: Page, browser: Poster) -> None:
        """A lost poll is forgotten; later messages are in the next response."""
        poll = browser.poll()
        poll.wire.lose()
        show(page, 1)
        assert page.delivery.connected
        assert browser.poll().answer()["messages"] == calls(1)

    def test_lossOfAnOlderPollDoesNotDisturbTheNewer(self, page: Page, browser: Poster) -> None:
        """The loss of a released poll's connection changes nothing."""
        older = browser.poll()
        newer = browser.poll()
        older.wire.lose()
        show(page, 1)
        assert newer.answer()["messages"] == calls(1)

    def test_responsesGrowFromOneKiBTo64KiB(self, page: Page, browser: Poster) -> None:
        """The first response has up to 1 KiB of messages, later ones up to 64 KiB."""
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
    def test_firstResponseHasExactlyOneKiB(
        self, page: Page, browser: Poster, more: int, expected: int
    ) -> None:
        """The first response has exactly 1 KiB of messages, and not a byte more."""
        for size in (512, 512 + more):
            show(page, "a" * (size - len(b'["call",null,1,"show",[""]]')))
        browser.connection = 2
        assert len(browser.hello()["messages"]) == expected

    def test_responseHasAtLeastOneMessage(self, page: Page, browser: Poster) -> None:
        """A response has at least one message, of any size."""
        for text in ("a" * 40_000, "b"):
            show(page, text)
        browser.connection = 2
        assert len(browser.hello()["messages"]) == 1

    def test_pipelinedPollIsHandledAfterTheFirst(self, page: Page, browser: Poster) -> None:
        """A poll behind another one on a connection is handled after that."""
        poll = browser.poll()
        poll.wire.begin("/_live/poll", browser.headers(), "POST", browser.body(received=1))
        show(page, 1)
        data = poll.wire.take()
        assert data.count(b"HTTP/1.1 200 ") == 1
        show(page, 2)
        assert b'"first":2' in poll.wire.take()
        assert page.delivery.acknowledged == 1

    def test_releasedPollIsFollowedByThePipelinedOne(self, page: Page, browser: Poster) -> None:
        """A newer poll releases the first of two pipelined ones; the last waits."""
        poll = browser.poll()
        poll.wire.begin("/_live/poll", browser.headers(), "POST", browser.body())
        other = browser.poll()
        assert poll.wire.take().count(b"HTTP/1.1 200 ") == 1
        assert other.answer() == {"received": 0}
        show(page, 1)
        assert b'"first":1' in poll.wire.take()

    def test_pollOfUnknownConnectionEndsThePage(
        self, page: Page, browser: Poster, log: Log
    ) -> None:
        """A poll of a connection without a hello ends the page."""
        waiting = browser.poll()
        browser.connection = 2
        assert browser.poll().answer()["close"][0] == 4400
        assert page.ended is not None
        assert waiting.answer()["close"][0] == 4400
        log.take("page refused (4400)")

    def test_pollOfAnotherTransportEndsThePage(self, server: Server, page: Page, log: Log) -> None:
        """A poll with the number of another transport's connection ends the page."""
        socket = server.connect(page)
        browser = Poster(server.resource, page.pageId)
        assert browser.poll().answer()["close"][0] == 4400
        assert socket.code == 4400
        assert page.ended is not None
        log.take("page refused (4400)")

    def test_falseAcknowledgementEndsThePage(self, page: Page, browser: Poster, log: Log) -> None:
        """A poll that acknowledges unsent messages ends the page and all polls."""
        waiting = browser.poll()
        browser.received = 1
        assert browser.poll().answer()["close"][0] == 4400
        assert page.ended is not None
        assert page.ended.code == 4400
        assert waiting.answer()["close"][0] == 4400
        log.take("page refused (4400)")

    def test_acknowledgingUnansweredMessagesEndsThePage(
        self, page: Page, browser: Poster, log: Log
    ) -> None:
        """A poll that acknowledges messages of no response ends the page."""
        show(page, 1)
        browser.received = 1
        assert browser.poll().answer()["close"][0] == 4400
        assert page.ended is not None
        log.take("page refused (4400)")

    def test_bodyOfAWaitingPollIsFreed(self, page: Page, browser: Poster) -> None:
        """The body of a poll is freed while it waits."""
        poll = browser.poll()
        [request] = poll.wire.transport.protocol._channel.requests
        assert request.content.closed

    def test_onlyOnePollWaits(self, server: Server, page: Page, browser: Poster) -> None:
        """Only one poll waits, however many arrive."""
        polls = [browser.poll() for _ in range(20)]
        assert [poll.waits for poll in polls] == [False] * 19 + [True]
        assert len(server.clock.getDelayedCalls()) == 1


def test_callAndAnswerUseTwoRequests(page: Page, browser: Poster) -> None:
    """A call needs one request, and its answer is in the waiting poll."""
    poll = browser.poll()
    assert browser.send(Call(7, 1, "say", ["a"])) == {"received": 1}
    assert poll.answer() == {"received": 1, "first": 1, "messages": [["result", 7, "a"]]}
    assert echo(page).heard == ["a"]


def test_methodThatClosesThePageNotifiesThePoll(server: Server) -> None:
    """A method that closes its page notifies the poll, and not the send."""

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
    # A send that has overtaken the poll.
    assert browser.send() == {"close": [4000, "bye"]}
