"""Tests of L{livewidget.page.page}: the hooks of its elements, and its end."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from livewidget import ConnectionLost, Limits, LiveElement, ProtocolError, expose
from livewidget.wire.messages import Call, Result
from tests.support.lifecycle import Diary
from tests.support.log import Log
from tests.support.pages import Bench


def family() -> tuple[Diary, list[str]]:
    """Return a parent with two children, and the notes that they share."""
    notes: list[str] = []
    parent = Diary("parent", notes)
    parent.addChild(Diary("one", notes))
    parent.addChild(Diary("two", notes))
    return parent, notes


class TestHooks:
    """The hooks of elements, and the order of their calls."""

    def test_connectionMadeIsCalledInOrderWhenTheBrowserConnects(self) -> None:
        """C{connectionMade} is called on each element, in order, when the browser connects."""
        parent, notes = family()
        bench = Bench()
        page = bench.page(parent)
        assert notes == []
        bench.connect(page)
        assert notes == ["made parent", "made one", "made two"]

    def test_lostConnectionsAndResumesCallNoHook(self) -> None:
        """Lost connections and resumes call no hook."""
        diary = Diary()
        bench = Bench()
        page = bench.page(diary)
        bench.connect(page, 1).lose()
        bench.connect(page, 2)
        bench.connect(page, 3)
        assert diary.notes == ["made"]

    def test_endCallsConnectionLostThenDetached(self) -> None:
        """The end calls C{connectionLost} on all elements, and then C{detached}."""
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

    def test_pageEndsOnce(self) -> None:
        """A page ends once: anything that follows is ignored."""
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

    def test_refusalAfterTheEndIsNotLogged(self, log: Log) -> None:
        """A message that is refused after the end is not logged."""
        browser = Bench().live(Diary())
        browser.page.close()
        browser.page.refuse(ProtocolError(4400, "late"))
        assert log.texts() == []

    def test_pageWhoseTransportFailsToCloseIsForgotten(self) -> None:
        """A page is forgotten even if its transport fails to close."""
        browser = Bench().live(Diary())

        def fail(code: int, reason: str) -> None:
            raise RuntimeError("it does not close")

        browser.close = fail  # type: ignore[method-assign]
        with pytest.raises(RuntimeError):
            browser.page.close()
        assert len(browser.bench.pages) == 0

    def test_callInAnErrbackOfTheEndFailsAtOnce(self) -> None:
        """A call made in an errback while the page ends fails immediately."""
        diary = Diary()
        browser = Bench().live(diary)
        failures: list[Failure] = []

        def again(failure: Failure) -> None:
            diary.callRemote("ask").addErrback(failures.append)

        diary.callRemote("ask").addErrback(again)
        browser.page.close()
        assert [failure.type for failure in failures] == [ConnectionLost]

    def test_elementThatWasNeverConnectedIsOnlyDetached(self) -> None:
        """An element whose browser never connected is not notified of a loss."""
        diary = Diary()
        Bench().page(diary).close()
        assert diary.notes == ["detached"]

    def test_callsFailBeforeConnectionLost(self) -> None:
        """Calls in flight have failed when C{connectionLost} is called."""
        diary = Diary()
        browser = Bench().live(diary)
        diary.callRemote("ask").addErrback(lambda _: diary.notes.append("failed"))
        browser.page.close()
        assert diary.notes == ["made", "failed", "lost", "detached"]

    @pytest.mark.parametrize("hook", ["connectionMade", "connectionLost", "detached"])
    @pytest.mark.parametrize("late", [False, True], ids=["atOnce", "inACoroutine"])
    def test_hookThatRaisesIsLoggedAndOthersAreCalled(
        self, log: Log, hook: str, late: bool
    ) -> None:
        """A hook that raises, also in a coroutine, is logged; the others are called."""

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

    def test_connectionMadeMayAwaitTheBrowser(self) -> None:
        """C{connectionMade} may be a coroutine that calls the browser."""

        class Asking(Diary):
            async def connectionMade(self) -> None:
                self.notes.append(await self.callRemote("ask"))

        asking = Asking()
        browser = Bench().live(asking)
        browser.receive(Result(1, "answer"))
        assert asking.notes == ["answer"]

    def test_hookThatAwaitsTheBrowserAtTheEndIsNotAnError(self) -> None:
        """A hook that awaits the browser when the page ends is not reported as an error."""

        class Asking(Diary):
            async def connectionMade(self) -> None:
                await self.callRemote("ask")

        Bench().live(Asking()).page.close()

    def test_callsInConnectionMadeAreSentAfterTheWelcome(self) -> None:
        """Calls made in C{connectionMade} are sent after the answer to the hello."""

        class Calling(LiveElement):
            def connectionMade(self) -> None:
                self.callRemoteOnly("hear")

        browser = Bench().live(Calling())
        assert browser.sent == [Call(None, 1, "hear", [])]

    def test_elementsAfterTheOneThatClosesThePageAreNotTold(self) -> None:
        """Elements after the one whose hook ends the page are not notified of the connection."""

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

    @pytest.mark.parametrize("refused", [False, True], ids=["closed", "refused"])
    def test_messagesOfAMethodThatEndsThePageAreSent(self, refused: bool) -> None:
        """Messages that a method sent before the page ended are sent before the close."""

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

    def test_closeInConnectionLostDoesNothing(self) -> None:
        """C{close} in C{connectionLost} does nothing."""

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

    def test_detachedWaitsForEveryConnectionLost(self) -> None:
        """Elements are detached after every C{connectionLost} has finished, coroutines too."""
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

    def test_childThatWasNotToldOfTheConnectionIsOnlyDetached(self) -> None:
        """A child that was not notified of the connection is not notified of its loss."""
        diary = Diary()
        browser = Bench().live(diary)
        late = Diary()
        diary.addChild(late)
        browser.page.close()
        assert late.notes == ["detached"]


class TestCallsInALoop:
    """Calls of many elements in a loop, as in a chat room."""

    def test_memberThatIsTooSlowLeavesAfterTheLoop(self) -> None:
        """A page whose buffer is full ends after the loop, so that all others get every call."""
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

    def test_nothingIsSentAfterAMessageThatDidNotFit(self) -> None:
        """A page that is about to end sends nothing after the message that did not fit."""
        diary = Diary()
        bench = Bench(limits=Limits(message=100, bytes=100))
        browser = bench.live(diary)
        diary.callRemoteOnly("a", "x" * 50)
        diary.callRemoteOnly("b", "x" * 50)
        diary.callRemoteOnly("c")
        assert [call.method for call in browser.sent] == ["a"]

    def test_pageAboutToEndEndsWhenTheServerStops(self) -> None:
        """A page that is about to end ends when the server stops."""
        diary = Diary()
        bench = Bench(limits=Limits(messages=1))
        bench.live(diary)
        diary.callRemoteOnly("a")
        diary.callRemoteOnly("b")
        assert diary.notes == ["made"]
        bench.pages.stop()
        assert diary.notes == ["made", "lost", "detached"]
        assert bench.clock.getDelayedCalls() == []


class TestAttributeNames:
    """Names of attributes that elements may have."""

    def test_ordinaryNamesAreFree(self) -> None:
        """An element may have attributes with ordinary names such as C{ended} or C{parent}."""

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
    def test_assignmentToAttributesOfTheBaseRaises(self, name: str) -> None:
        """An assignment to an attribute of the base class raises an AttributeError."""
        with pytest.raises(AttributeError, match=name):
            setattr(LiveElement(), name, 1)
