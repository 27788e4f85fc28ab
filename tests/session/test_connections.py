"""Tests of C{livewidget.page.page}: its connections, its times, its bounds."""

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
    """The connection of a page that has sent three messages, of which one is acknowledged."""
    connection = Bench().live(diary)
    for _ in range(3):
        diary.callRemoteOnly("show")
    connection.acknowledge(1)
    return connection


class TestConnections:
    """Hellos, and what becomes of older connections."""

    def test_welcome(self) -> None:
        """The hello's answer has the counts, the times and the limits."""
        bench = Bench(heartbeat=11.0, timeout=7.0, limits=Limits(100, 20, 3000))
        welcome = bench.live(LiveElement()).welcome
        assert welcome is not None
        assert (welcome.connection, welcome.received) == (1, 0)
        assert (welcome.heartbeat, welcome.timeout) == (11.0, 7.0)
        assert welcome.limits == Limits(100, 20, 3000)

    def test_resume(self) -> None:
        """Nothing is lost or doubled when a connection is lost and comes back."""
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

    def test_takeover(self) -> None:
        """A newer connection takes over at once; the older is closed with 4409 and forgotten."""
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

    def test_helloAgain(self) -> None:
        """The hello of the connection in use, if it may come twice, begins it again."""
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

    def test_duringDispatch(self) -> None:
        """A connection that comes while a method runs the reactor is to try again."""
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
    def test_lowerOrEqual(self, connection: int) -> None:
        """A connection that is not newer is refused with 4409; the one in use goes on."""
        bench = Bench()
        page = bench.page(Diary())
        used = bench.connect(page, 2)
        with pytest.raises(ProtocolError) as caught:
            bench.connect(page, connection)
        assert caught.value.code == 4409
        assert used.closed == []
        assert page.ended is None

    def test_claim(self) -> None:
        """The first claim binds the page: another is refused with 4404, the page lives."""
        bench = Bench()
        page = bench.page(Diary())
        used = bench.connect(page, 1)
        with pytest.raises(ProtocolError) as caught:
            bench.connect(page, 2, claim="another-claim-of-a-test")
        assert caught.value.code == 4404
        assert used.closed == []
        bench.connect(page, 2)

    def test_claimOfAnyText(self) -> None:
        """A claim may have any characters."""
        bench = Bench()
        page = bench.page(Diary())
        bench.connect(page, 1, claim="a-claim-with-\u20ac")
        bench.connect(page, 2, claim="a-claim-with-\u20ac")
        with pytest.raises(ProtocolError) as caught:
            bench.connect(page, 3, claim="a-claim-with-\u00e9")
        assert caught.value.code == 4404

    def test_outOfDate(self) -> None:
        """After a hello that was long on its way comes what is missing, and the answer says so."""
        diary = Diary()
        first = sentThree(diary)
        second = first.bench.connect(first.page, 2, received=0)
        assert second.welcome is not None
        assert second.welcome.first == 2
        assert len(second.sent) == 2

    def test_impossibleCount(self, log: Log) -> None:
        """A browser that has what was never sent ends the page."""
        diary = Diary()
        first = sentThree(diary)
        with pytest.raises(ProtocolError) as caught:
            first.bench.connect(first.page, 2, received=4)
        assert caught.value.code == 4404
        assert [code for code, _ in first.closed] == [4404]
        assert diary.notes == ["made", "lost", "detached"]
        assert len(first.bench.pages) == 0

    def test_longReason(self, log: Log) -> None:
        """The browser hears a part of a long reason, the log a longer one."""
        browser = Bench().live(Diary())
        browser.page.refuse(ProtocolError(4400, "x" * 600))
        assert browser.closed == [(4400, "x" * 100)]
        assert log.take("page refused (4400)").count("x") == 500

    def test_acknowledgedTooMuch(self, log: Log) -> None:
        """An acknowledgement of what was never sent ends the page with 4400."""
        browser = Bench().live(Diary())
        browser.acknowledge(1)
        assert [code for code, _ in browser.closed] == [4400]
        log.take("page refused (4400)")

    def test_afterTheEnd(self) -> None:
        """No connection finds a page that has ended."""
        bench = Bench()
        page = bench.page(Diary())
        page.end(4404, "gone")
        with pytest.raises(ProtocolError) as caught:
            bench.connect(page)
        assert caught.value.code == 4404

    def test_acknowledgesAfterASecond(self) -> None:
        """What came is acknowledged after a second, by itself."""
        browser = Bench().live(Diary())
        browser.receive(Call(None, 1, "note", ["x"]))
        browser.bench.clock.advance(0.9)
        assert browser.acknowledged == []
        browser.bench.clock.advance(0.1)
        assert browser.acknowledged == [1]


class TestTime:
    """Heartbeats, windows."""

    def test_neverConnected(self) -> None:
        """A page that is not connected within 30 s is dropped."""
        diary = Diary()
        bench = Bench()
        page = bench.page(diary)
        bench.clock.advance(29.9)
        assert page.ended is None
        bench.clock.advance(0.1)
        assert page.ended is not None
        assert page.ended.code == 4404
        assert diary.notes == ["detached"]
        assert len(bench.pages) == 0

    def test_resumeWindow(self) -> None:
        """After a lost connection the page waits for 60 s, and then ends."""
        diary = Diary()
        browser = Bench().live(diary)
        clock = browser.bench.clock
        clock.advance(10)
        browser.lose()
        clock.advance(59.9)
        assert diary.notes == ["made"]
        clock.advance(0.1)
        assert diary.notes == ["made", "lost", "detached"]
        assert diary.reasons[0].code == 4404

    def test_windowStartsAnew(self) -> None:
        """Each lost connection has a window of its own."""
        bench = Bench()
        page = bench.page(Diary())
        for connection in range(1, 5):
            bench.connect(page, connection).lose()
            bench.clock.advance(59)
        assert page.ended is None

    def test_leaving(self) -> None:
        """A page that was left ends after 4 s, whether its connection is lost or not."""
        for lost in (True, False):
            browser = Bench().live(Diary())
            browser.page.leaving(browser.connection)
            if lost:
                browser.lose()
            browser.bench.clock.advance(3.9)
            assert browser.page.ended is None
            browser.bench.clock.advance(0.1)
            assert browser.page.ended is not None
            assert browser.bench.clock.getDelayedCalls() == []

    def test_leavingAfterTheLoss(self) -> None:
        """It may be heard of only after the connection was lost; hearing it twice is once."""
        browser = Bench().live(Diary())
        browser.lose()
        browser.page.leaving(1)
        browser.bench.clock.advance(3)
        browser.page.leaving(1)
        browser.bench.clock.advance(1)
        assert browser.page.ended is not None

    def test_leavingAndBack(self) -> None:
        """One that came back (from the back/forward cache, say) has the long window again."""
        bench = Bench()
        page = bench.page(Diary())
        first = bench.connect(page, 1)
        page.leaving(1)
        first.lose()
        bench.clock.advance(3)
        bench.connect(page, 2).lose()
        bench.clock.advance(59)
        assert page.ended is None

    def test_leavingOvertaken(self) -> None:
        """A hello that was made before the page was left, and comes after it, is refused."""
        bench = Bench()
        page = bench.page(Diary())
        bench.connect(page, 1)
        page.leaving(2)
        with pytest.raises(ProtocolError) as caught:
            bench.connect(page, 2)
        assert caught.value.code == 4409
        bench.clock.advance(4)
        assert page.ended is not None

    def test_copyOfALeftPage(self) -> None:
        """Another copy of a page that was left is told that it is one, and gets a fresh page."""
        bench = Bench()
        page = bench.page(Diary())
        bench.connect(page, 1)
        page.leaving(1)
        with pytest.raises(ProtocolError) as caught:
            bench.connect(page, 1, claim="another-claim-of-a-test")
        assert caught.value.code == 4404

    def test_leavingBeforeConnecting(self) -> None:
        """A page that was left before it was connected ends as soon."""
        bench = Bench()
        page = bench.page(Diary())
        page.leaving(1)
        bench.clock.advance(4)
        assert page.ended is not None

    def test_leavingOnAnOldConnection(self) -> None:
        """A connection that was taken over cannot say that the page is left."""
        bench = Bench()
        page = bench.page(Diary())
        bench.connect(page, 1)
        newer = bench.connect(page, 2)
        page.leaving(1)
        newer.lose()
        bench.clock.advance(59)
        assert page.ended is None

    def test_shorterHeartbeat(self) -> None:
        """A hello may ask for a shorter heartbeat, for its own connection; not for a longer."""
        bench = Bench()
        page = bench.page(Diary())
        for connection, wanted, given in [(1, 4.0, 4.0), (2, None, 25.0), (3, 30.0, 25.0)]:
            browser = bench.connect(page, connection, heartbeat=wanted)
            assert browser.welcome is not None
            assert browser.welcome.heartbeat == given
            bench.clock.advance(given - 0.1)
            assert browser.acknowledged == []
            bench.clock.advance(0.1)
            assert browser.acknowledged == [0]

    def test_heartbeat(self) -> None:
        """After 25 s of its own silence the server says that it is there."""
        browser = Bench().live(Diary())
        clock = browser.bench.clock
        clock.advance(24.9)
        assert browser.acknowledged == []
        clock.advance(0.1)
        assert browser.acknowledged == [0]

    def test_heartbeatIsPutOff(self) -> None:
        """What the server sends is a sign of life too."""
        diary = Diary()
        browser = Bench().live(diary)
        clock = browser.bench.clock
        clock.advance(20)
        browser.acknowledge(0)
        diary.callRemoteOnly("show")
        clock.advance(24)
        assert browser.acknowledged == []
        clock.advance(1)
        assert browser.acknowledged == [0]

    def test_silence(self) -> None:
        """A connection on which nothing was heard for 45 s is closed; the page has its window."""
        browser = Bench().live(Diary())
        clock = browser.bench.clock
        clock.pump([1] * 44)
        assert browser.closed == []
        clock.advance(1)
        assert [code for code, _ in browser.closed] == [4408]
        assert browser.page.ended is None
        clock.pump([1] * 59)
        assert browser.page.ended is None
        clock.advance(1)
        assert browser.page.ended is not None

    def test_answersKeepItOpen(self) -> None:
        """A browser that answers each heartbeat stays connected for hours."""
        browser = Bench().live(Diary())
        for _ in range(300):
            browser.bench.clock.advance(25)
            browser.acknowledge(0)
        assert browser.closed == []
        assert len(browser.acknowledged) == 300


class TestBounds:
    """How much may wait."""

    def test_bytes(self) -> None:
        """A page with more unacknowledged bytes than its bound ends with 4429."""
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

    def test_messages(self) -> None:
        """A page with more unacknowledged messages than its bound ends with 4429."""
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

    def test_acknowledgedIsFree(self) -> None:
        """What is acknowledged does not count."""
        diary = Diary()
        browser = Bench(limits=Limits(messages=3)).live(diary)
        for count in range(1, 50):
            diary.callRemoteOnly("show")
            browser.acknowledge(count)
        assert browser.closed == []

    def test_whileDisconnected(self) -> None:
        """The bound holds while no browser is there."""
        diary = Diary()
        bench = Bench(limits=Limits(messages=3))
        page = bench.page(diary)
        for _ in range(4):
            diary.callRemoteOnly("show")
        bench.clock.advance(0)
        assert page.ended is not None
        assert page.ended.code == 4429

    def test_tooLarge(self, log: Log) -> None:
        """A message over the limit ends the page with 4413; one at the limit is dispatched."""
        diary = Diary()
        browser = Bench(limits=Limits(message=100)).live(diary)
        frame = len('["call",null,1,"note",[""]]')
        browser.receive(Call(None, 1, "note", ["x" * (100 - frame)]))
        assert len(diary.notes) == 2
        browser.receive(Call(None, 1, "note", ["x" * (101 - frame)]))
        assert [code for code, _ in browser.closed] == [4413]
        assert diary.notes[2:] == ["lost", "detached"]
        log.take("page refused (4413)")
