"""Tests of L{livewidget.session.session}: hellos, takeovers and limits."""

from __future__ import annotations

import pytest
from twisted.python.failure import Failure

from livewidget import ConnectionLost, Limits, LiveElement, ProtocolError, expose
from livewidget.wire.controls import Hello
from livewidget.wire.messages import Call, Result
from tests.support.lifecycle import Diary
from tests.support.log import Log
from tests.support.pages import CLAIM, Bench, FakeTransport


def sentThree(diary: Diary) -> FakeTransport:
    """Return a connection that has sent three messages, of which one is acknowledged."""
    connection = Bench().live(diary)
    for _ in range(3):
        diary.callRemoteOnly("show")
    connection.acknowledge(1)
    return connection


class TestConnections:
    """Connections of one page: hellos, takeovers, refusals."""

    def test_welcomeHasCountsTimesAndLimits(self) -> None:
        """The answer to a hello has the counts, the times and the limits."""
        bench = Bench(heartbeat=11.0, timeout=7.0, limits=Limits(100, 20, 3000))
        welcome = bench.live(LiveElement()).welcome
        assert welcome is not None
        assert (welcome.connection, welcome.received) == (1, 0)
        assert (welcome.heartbeat, welcome.timeout) == (11.0, 7.0)
        assert welcome.limits == Limits(100, 20, 3000)

    def test_lostConnectionResumesWithoutLossOrRepetition(self) -> None:
        """Messages are neither lost nor repeated when a new connection resumes a lost one."""
        diary = Diary()
        bench = Bench()
        page = bench.page(diary)
        first = bench.connect(page)
        for name in "abc":
            diary.callRemoteOnly(name)
        first.receive(Call(None, 1, "note", ["one"]))
        first.lose()
        diary.callRemoteOnly("d")
        again = bench.connect(page, 2, received=1)
        assert again.welcome is not None
        assert again.welcome.received == 1
        assert [call.method for call in again.sent] == ["b", "c", "d"]
        again.receive(Call(None, 1, "note", ["two"]))
        assert diary.notes == ["made", "one", "two"]

    def test_newerConnectionTakesOverAndClosesTheOlder(self) -> None:
        """A newer connection takes over immediately. The older is closed with 4409 and ignored."""
        diary = Diary()
        bench = Bench()
        page = bench.page(diary)
        older = bench.connect(page, 1)
        newer = bench.connect(page, 2)
        assert [code for code, _ in older.closed] == [4409]
        page.receiveNext(1, b'["call",null,1,"note",["from the older"]]')
        older.acknowledge(0)
        older.lose()
        assert page.delivery.connected
        diary.callRemoteOnly("show")
        assert (len(older.sent), len(newer.sent)) == (0, 1)
        assert diary.notes == ["made"]

    def test_repeatedHelloRestartsTheConnectionIfAllowed(self) -> None:
        """A repeated hello gets 4409, or restarts the connection where repeats are allowed."""
        diary = Diary()
        bench = Bench()
        page = bench.page(diary)
        diary.callRemoteOnly("a")
        older = bench.connect(page, 1)
        hello = Hello(page.pageId, CLAIM, 1, 0)
        with pytest.raises(ProtocolError) as caught:
            page.hello(older, hello)
        assert caught.value.code == 4409
        newer = bench.connect(page, 1, again=True)
        assert newer.sent == older.sent != []
        assert diary.notes == ["made"]

    def test_connectionDuringDispatchIsToTryAgain(self) -> None:
        """A connection that arrives while a method runs the reactor is refused with 1001."""
        codes = []

        class Busy(LiveElement):
            @expose
            def run(self) -> None:
                with pytest.raises(ProtocolError) as caught:
                    bench.connect(page, 2)
                codes.append(caught.value.code)

        bench = Bench()
        page = bench.page(Busy())
        first = bench.connect(page)
        first.receive(Call(1, 1, "run", []))
        assert codes == [1001]
        assert first.sent == [Result(1, None)]
        assert bench.connect(page, 3, received=1).welcome is not None

    @pytest.mark.parametrize("connection", [1, 2])
    def test_connectionThatIsNotNewerIsRefused(self, connection: int) -> None:
        """A connection with a lower or equal number gets 4409, and the one in use stays open."""
        bench = Bench()
        page = bench.page(Diary())
        used = bench.connect(page, 2)
        with pytest.raises(ProtocolError) as caught:
            bench.connect(page, connection)
        assert caught.value.code == 4409
        assert used.closed == []
        assert page.ended is None

    def test_otherClaimIsRefusedAndThePageGoesOn(self) -> None:
        """The first claim binds the page. Another claim gets 4404, and the page goes on."""
        bench = Bench()
        page = bench.page(Diary())
        used = bench.connect(page, 1)
        with pytest.raises(ProtocolError) as caught:
            bench.connect(page, 2, claim="another-claim-of-a-test")
        assert caught.value.code == 4404
        assert used.closed == []
        bench.connect(page, 2)

    def test_claimMayHaveAnyCharacters(self) -> None:
        """A claim may have non-ASCII characters, and all of them are compared."""
        bench = Bench()
        page = bench.page(Diary())
        bench.connect(page, 1, claim="a-claim-with-\u20ac")
        bench.connect(page, 2, claim="a-claim-with-\u20ac")
        with pytest.raises(ProtocolError) as caught:
            bench.connect(page, 3, claim="a-claim-with-\u00e9")
        assert caught.value.code == 4404

    def test_outdatedHelloGetsTheMissingMessages(self) -> None:
        """An outdated hello gets the missing messages, and its answer says where they begin."""
        diary = Diary()
        first = sentThree(diary)
        second = first.bench.connect(first.page, 2, received=0)
        assert second.welcome is not None
        assert second.welcome.first == 2
        assert len(second.sent) == 2

    def test_helloThatCountsUnsentMessagesEndsThePage(self, log: Log) -> None:
        """A hello that counts messages that were never sent ends the page with 4404."""
        diary = Diary()
        first = sentThree(diary)
        with pytest.raises(ProtocolError) as caught:
            first.bench.connect(first.page, 2, received=4)
        assert caught.value.code == 4404
        assert [code for code, _ in first.closed] == [4404]
        assert diary.notes == ["made", "lost", "detached"]
        assert len(first.bench.pages) == 0

    def test_longReasonIsCutForTheBrowserAndTheLog(self, log: Log) -> None:
        """A long reason is cut to 100 characters for the browser and to 500 for the log."""
        browser = Bench().live(Diary())
        browser.page.refuse(ProtocolError(4400, "x" * 600))
        assert browser.closed == [(4400, "x" * 100)]
        assert log.take("page refused (4400)").count("x") == 500

    def test_acknowledgementOfUnsentMessagesEndsThePage(self, log: Log) -> None:
        """An acknowledgement of messages that were never sent ends the page with 4400."""
        browser = Bench().live(Diary())
        browser.acknowledge(1)
        assert [code for code, _ in browser.closed] == [4400]
        log.take("page refused (4400)")

    def test_helloAfterTheEndIsRefused(self) -> None:
        """A hello for a page that has ended is refused with 4404."""
        bench = Bench()
        page = bench.page(Diary())
        page.end(4404, "gone")
        with pytest.raises(ProtocolError) as caught:
            bench.connect(page)
        assert caught.value.code == 4404

    def test_receivedMessageIsAcknowledgedAfterASecond(self) -> None:
        """A received message is acknowledged after one second, without further traffic."""
        browser = Bench().live(Diary())
        browser.receive(Call(None, 1, "note", ["x"]))
        browser.bench.clock.advance(0.9)
        assert browser.acknowledged == []
        browser.bench.clock.advance(0.1)
        assert browser.acknowledged == [1]


class TestLimits:
    """Limits of the messages that wait for a browser, and of a single message."""

    def test_tooManyUnacknowledgedBytesEndThePage(self) -> None:
        """A page with more unacknowledged bytes than the limit ends with 4429."""
        diary = Diary()
        bench = Bench(limits=Limits(message=100, bytes=1000))
        browser = bench.live(diary)
        message = len('["call",null,1,"show",[""]]')
        for _ in range(10):
            diary.callRemoteOnly("show", "x" * (100 - message))
        assert browser.page.delivery.bufferedBytes == 1000
        assert browser.closed == []
        diary.callRemoteOnly("show")
        bench.clock.advance(0)
        assert [code for code, _ in browser.closed] == [4429]
        assert diary.reasons[0].code == 4429

    def test_tooManyUnacknowledgedMessagesEndThePage(self) -> None:
        """A page with too many unacknowledged messages ends with 4429, and its calls fail."""
        diary = Diary()
        browser = Bench(limits=Limits(messages=3)).live(diary)
        answers = [diary.callRemote("show") for _ in range(3)]
        assert browser.closed == []
        answers.append(diary.callRemote("show"))
        browser.bench.clock.advance(0)
        assert [code for code, _ in browser.closed] == [4429]
        lost: list[Failure] = []
        for answer in answers:
            answer.addErrback(lost.append)
        assert [failure.type for failure in lost] == [ConnectionLost] * 4

    def test_acknowledgedMessagesDoNotCount(self) -> None:
        """Acknowledged messages do not count towards the limit."""
        diary = Diary()
        browser = Bench(limits=Limits(messages=3)).live(diary)
        for count in range(1, 50):
            diary.callRemoteOnly("show")
            browser.acknowledge(count)
        assert browser.closed == []

    def test_limitHoldsWithoutAConnection(self) -> None:
        """The limit holds while no browser is connected."""
        diary = Diary()
        bench = Bench(limits=Limits(messages=3))
        page = bench.page(diary)
        for _ in range(4):
            diary.callRemoteOnly("show")
        bench.clock.advance(0)
        assert page.ended is not None
        assert page.ended.code == 4429

    def test_oversizedMessageEndsThePage(self, log: Log) -> None:
        """A message over the limit ends the page with 4413. One at the limit is dispatched."""
        diary = Diary()
        browser = Bench(limits=Limits(message=100)).live(diary)
        frame = len('["call",null,1,"note",[""]]')
        browser.receive(Call(None, 1, "note", ["x" * (100 - frame)]))
        assert len(diary.notes) == 2
        browser.receive(Call(None, 1, "note", ["x" * (101 - frame)]))
        assert [code for code, _ in browser.closed] == [4413]
        assert diary.notes[2:] == ["lost", "detached"]
        log.take("page refused (4413)")
