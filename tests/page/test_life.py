"""Tests of C{livewidget.page.page}: its hooks and its end."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget import ConnectionLost, Limits, LiveElement, ProtocolError, expose
from livewidget.wire.messages import Call, Result
from tests.support.lifecycle import Diary
from tests.support.log import Log
from tests.support.pages import Bench, FakeTransport


def family() -> tuple[Diary, list[str]]:
    """A parent with two children, and their common notes."""
    notes: list[str] = []
    parent = Diary("parent", notes)
    parent.addChild(Diary("one", notes))
    parent.addChild(Diary("two", notes))
    return parent, notes


class TestHooks:
    """What elements are told."""

    def test_made(self) -> None:
        """Before a browser connects nothing is called; then each element is told, in order."""
        parent, notes = family()
        bench = Bench()
        page = bench.page(parent)
        assert notes == []
        bench.connect(page)
        assert notes == ["made parent", "made one", "made two"]

    def test_onceThroughConnections(self) -> None:
        """Lost connections and resumes are no events for an element."""
        diary = Diary()
        bench = Bench()
        page = bench.page(diary)
        bench.connect(page, 1).lose()
        bench.connect(page, 2)
        bench.connect(page, 3)
        assert diary.notes == ["made"]

    def test_end(self) -> None:
        """At the end all are told that the connection is lost, and last that they are detached."""
        parent, notes = family()
        page = Bench().live(parent).page
        notes.clear()
        page.close("bye")
        assert notes == [
            "lost two",
            "lost one",
            "lost parent",
            "detached two",
            "detached one",
            "detached parent",
        ]
        assert isinstance(parent.reasons[0], ConnectionLost)
        assert (parent.reasons[0].code, parent.reasons[0].reason) == (4000, "bye")

    def test_endOnce(self) -> None:
        """A page ends once, whatever comes after."""
        diary = Diary()
        browser = Bench().live(diary)
        browser.page.close("first")
        browser.page.close("second")
        browser.page.end(4500, "third")
        browser.receive(Call(1, 1, "note", ["late"]))
        browser.acknowledge(99)
        assert browser.closed == [(4000, "first")]
        assert (browser.page.ended.code, browser.page.ended.reason) == (4000, "first")
        assert diary.notes == ["made", "lost", "detached"]

    def test_refusedAfterTheEnd(self, log: Log) -> None:
        """What comes after the end is not refused once more."""
        browser = Bench().live(Diary())
        browser.page.close()
        browser.page.refuse(ProtocolError(4400, "late"))
        assert log.texts() == []

    def test_transportThatFails(self) -> None:
        """A page whose connection fails to close is not found any more all the same."""
        browser = Bench().live(Diary())

        def fail(code: int, reason: str) -> None:
            raise RuntimeError("it does not close")

        browser.close = fail  # type: ignore[method-assign]
        with pytest.raises(RuntimeError):
            browser.page.close()
        assert len(browser.bench.pages) == 0

    def test_callsWhenACallIsLost(self) -> None:
        """Who is told of the end by a call, and calls again, is told at once."""
        diary = Diary()
        browser = Bench().live(diary)
        failures: list[Failure] = []

        def again(failure: Failure) -> None:
            diary.callRemote("ask").addErrback(failures.append)

        diary.callRemote("ask").addErrback(again)
        browser.page.close()
        assert [failure.type for failure in failures] == [ConnectionLost]

    def test_neverMade(self) -> None:
        """An element whose browser never came is not told of a loss."""
        diary = Diary()
        Bench().page(diary).close()
        assert diary.notes == ["detached"]

    def test_callsLoseFirst(self) -> None:
        """Calls in flight have failed when C{connectionLost} is called."""
        diary = Diary()
        browser = Bench().live(diary)
        diary.callRemote("ask").addErrback(lambda _: diary.notes.append("failed"))
        browser.page.close()
        assert diary.notes == ["made", "failed", "lost", "detached"]

    @pytest.mark.parametrize("hook", ["connectionMade", "connectionLost", "detached"])
    @pytest.mark.parametrize("late", [False, True])
    def test_hookThatRaises(self, log: Log, hook: str, late: bool) -> None:
        """A hook that raises, at once or in a coroutine, is logged; the others go on."""

        def broken(*args: Any) -> Any:
            if late:
                return coroutine()
            raise RuntimeError("broken")

        async def coroutine() -> None:
            raise RuntimeError("broken")

        parent, notes = family()
        setattr(parent, hook, broken)
        browser = Bench().live(parent)
        browser.page.close()
        assert len(notes) == 8
        assert notes[-1] == ("detached one" if hook == "detached" else "detached parent")
        assert "RuntimeError: broken" in log.take("a hook of")

    def test_hookThatAwaitsTheBrowser(self) -> None:
        """C{connectionMade} may be a coroutine that calls the browser."""

        class Asking(Diary):
            async def connectionMade(self) -> None:
                self.notes.append(await self.callRemote("ask"))

        asking = Asking()
        browser = Bench().live(asking)
        browser.receive(Result(1, "answer"))
        assert asking.notes == ["answer"]

    def test_hookThatLosesTheBrowser(self) -> None:
        """A hook that waits for the browser when the page ends is no error."""

        class Asking(Diary):
            async def connectionMade(self) -> None:
                await self.callRemote("ask")

        Bench().live(Asking()).page.close()

    def test_callsInConnectionMade(self) -> None:
        """What C{connectionMade} calls is sent after the hello was answered."""

        class Calling(LiveElement):
            def connectionMade(self) -> None:
                self.callRemoteOnly("hear")

        browser = Bench().live(Calling())
        assert browser.sent == [Call(None, 1, "hear", [])]

    def test_hookThatClosesThePage(self) -> None:
        """When one element's hook ends the page, those after it are not told that it began."""

        class Closing(Diary):
            def connectionMade(self) -> None:
                super().connectionMade()
                assert self.page is not None
                self.page.close("at once")

        notes: list[str] = []
        parent = Closing("parent", notes)
        parent.addChild(Diary("child", notes))
        browser = Bench().live(parent)
        assert browser.closed == [(4000, "at once")]
        assert notes == ["made parent", "lost parent", "detached child", "detached parent"]

    @pytest.mark.parametrize("refused", [False, True])
    def test_sendAndClose(self, refused: bool) -> None:
        """What a method sent before the page ended still goes out before the close."""

        class Goodbye(LiveElement):
            @expose
            def leave(self) -> None:
                self.callRemoteOnly("farewell")
                if not refused:
                    self.page.close()

        live = Bench().live(Goodbye())
        live.receive(Call(None, 1, "leave", []), *[b"[]"] * refused)
        assert live.sent == [Call(None, 1, "farewell", [])]
        assert [code for code, _ in live.closed] == [4400 if refused else 4000]

    def test_closeInConnectionLost(self) -> None:
        """C{close} in a hook of the end changes nothing."""

        class Closing(Diary):
            def connectionLost(self, reason: Failure) -> None:
                super().connectionLost(reason)
                page.close("again")

        closing = Closing()
        browser = Bench().live(closing)
        page = browser.page
        page.close("once")
        assert browser.closed == [(4000, "once")]
        assert closing.notes == ["made", "lost", "detached"]

    def test_detachedComesLast(self) -> None:
        """Elements are detached when all have finished with the loss of the connection."""
        parent, notes = family()
        saved: Deferred[None] = Deferred()

        class Saving(Diary):
            async def connectionLost(self, reason: Failure) -> None:
                await saved
                self.notes.append("saved")

        parent.addChild(Saving("three", notes))
        Bench().live(parent).page.close()
        assert "detached parent" not in notes
        saved.callback(None)
        assert notes[-5:] == [
            "saved",
            *(f"detached {n}" for n in ("three", "two", "one", "parent")),
        ]

    def test_childAddedLate(self) -> None:
        """An element that was not told of the connection is not told of its loss."""
        diary = Diary()
        browser = Bench().live(diary)
        late = Diary()
        diary.addChild(late)
        browser.page.close()
        assert late.notes == ["detached"]


class TestLoops:
    """Many elements are called in a loop, as a chat room does."""

    def test_endOfOneDisturbsNoOther(self) -> None:
        """A listener whose buffer is full leaves after the loop, so that all others hear."""
        room: list[Member] = []

        class Member(LiveElement):
            def connectionMade(self) -> None:
                room.append(self)

            def connectionLost(self, reason: Failure) -> None:
                room.remove(self)
                tell("left")

        def tell(text: str) -> None:
            for member in room:
                member.callRemoteOnly("hear", text)

        bench = Bench(limits=Limits(messages=3))
        browsers = [bench.live(Member()) for _ in range(3)]
        for number in range(4):
            tell(f"line {number}")
            for browser in browsers[1:]:
                browser.acknowledge(len(browser.sent))
        bench.clock.advance(0)
        for browser in browsers[1:]:
            heard = [message.args[0] for message in browser.sent]
            assert heard == ["line 0", "line 1", "line 2", "line 3", "left"]
        assert [code for code, _ in browsers[0].closed] == [4429]
        assert len(room) == 2

    def test_nothingAfterWhatDidNotFit(self) -> None:
        """Of what is sent to a page that is about to end, nothing goes out of order."""
        diary = Diary()
        bench = Bench(limits=Limits(message=100, bytes=100))
        browser = bench.live(diary)
        diary.callRemoteOnly("a", "x" * 50)
        diary.callRemoteOnly("b", "x" * 50)
        diary.callRemoteOnly("c")
        assert [call.method for call in browser.sent] == ["a"]

    def test_stoppedMeanwhile(self) -> None:
        """A page that is about to end ends when the server goes down, too."""
        diary = Diary()
        bench = Bench(limits=Limits(messages=1))
        bench.live(diary)
        diary.callRemoteOnly("a")
        diary.callRemoteOnly("b")
        assert diary.notes == ["made"]
        bench.pages.stop()
        assert diary.notes == ["made", "lost", "detached"]
        assert bench.clock.getDelayedCalls() == []


class TestNames:
    """An element may have names of its own that ours could be taken for."""

    def test_gameOver(self) -> None:
        """Attributes with ordinary names do not get into our way."""

        class Game(Diary):
            ended = False
            attached = "yes"
            isNew = 3
            waiting = children = parent = lost = None

        game = Game()
        browser = Bench().live(game)
        browser.page.close()
        assert game.notes == ["made", "lost", "detached"]

    @pytest.mark.parametrize("name", ["page", "elementId", "elementParent", "childElements"])
    def test_ours(self, name: str) -> None:
        """What is ours cannot be overwritten by mistake: the error is where it happens."""
        with pytest.raises(AttributeError, match=name):
            setattr(LiveElement(), name, 1)


class TestNothingStays:
    """A page that has ended leaves nothing behind."""

    @pytest.mark.parametrize("how", ["close", "expire", "refuse", "never"])
    def test_collected(self, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """No timer, no entry, no reference is left, and the elements are free."""
        # An entry of the log knows the page it is about, and Twisted keeps entries.
        monkeypatch.setattr("livewidget.page.page._log", Logger(observer=lambda event: None))
        bench = Bench()
        page = bench.page(Diary())
        if how != "never":
            browser = bench.connect(page)
            page.elements[1].callRemote("ask")
            browser.receive(Call(1, 1, "note", ["x"]))
            end(browser, how)
            del browser
        else:
            bench.clock.advance(30)
        assert bench.clock.getDelayedCalls() == []
        assert len(bench.pages) == 0
        assert page.elements == {}
        gone = weakref.ref(page)
        del page
        gc.collect()
        assert gone() is None

    def test_refused(self, log: Log) -> None:
        """A page that ends by what it receives has no timer any more."""
        browser = Bench().live(Diary())
        browser.receive(b"[]")
        assert browser.bench.clock.getDelayedCalls() == []
        log.take("page refused (4400)")

    def test_elementIsFree(self) -> None:
        """The page, while somebody holds it, does not hold its elements."""
        bench = Bench()
        element = Diary()
        page = bench.live(element).page
        page.close()
        gone = weakref.ref(element)
        del element
        gc.collect()
        assert gone() is None

    def test_answerThatNeverComes(self) -> None:
        """A method that waits for ever does not keep its page's timers or entry."""

        class Waits(LiveElement):
            @expose
            def wait(self) -> Deferred[Any]:
                return Deferred()

        bench = Bench()
        bench.live(Waits()).call("wait")
        page = next(iter(bench.pages._sessions.values()))
        page.close()
        gone = weakref.ref(page)
        del page
        gc.collect()
        assert gone() is None

    def test_manyThatNeverConnect(self) -> None:
        """After hundreds of pages that nobody connects to, all is as it was."""
        bench = Bench()
        for _ in range(500):
            bench.page(LiveElement())
        assert len(bench.pages) == 500
        bench.clock.advance(30)
        assert len(bench.pages) == 0
        assert bench.clock.getDelayedCalls() == []


def end(browser: FakeTransport, how: str) -> None:
    """End the page of a browser, in one of several ways."""
    if how == "close":
        browser.page.close()
    elif how == "expire":
        browser.lose()
        browser.bench.clock.advance(60)
    else:
        browser.page.refuse(ProtocolError(4400, "for a test"))
