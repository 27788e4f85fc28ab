"""Tests of C{livewidget.elements.element}: calls to the widget, children, hooks."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred

from livewidget import (
    BufferFull,
    ConnectionLost,
    EncodeError,
    LiveElement,
    MessageTooLarge,
    RemoteError,
)
from livewidget.elements.element import MAX_WAITING
from livewidget.wire.messages import Call, Error, ErrorInfo, Result
from tests.support.deferreds import outcome
from tests.support.log import Log
from tests.support.pages import Bench


class Room(LiveElement):
    """One whose class has a name."""


class TestCallRemote:
    """Calls from the server to the widget."""

    def test_answer(self) -> None:
        """The call crosses, and its Deferred fires with the browser's answer."""
        element = LiveElement()
        browser = Bench().live(element)
        answer = outcome(element.callRemote("show", "a", [1]))
        assert browser.sent == [Call(1, 1, "show", ["a", [1]])]
        assert answer == []
        browser.receive(Result(1, {"seen": True}))
        assert answer == [{"seen": True}]

    def test_awaited(self) -> None:
        """A coroutine may await the answer."""
        element = LiveElement()
        browser = Bench().live(element)

        async def ask() -> Any:
            return await element.callRemote("ask") + 1

        answer = outcome(Deferred.fromCoroutine(ask()))
        browser.receive(Result(1, 41))
        assert answer == [42]

    def test_remoteError(self) -> None:
        """An error in the browser comes with its type, message, data and stack."""
        element = LiveElement()
        browser = Bench().live(element)
        [error] = answer = outcome(element.callRemote("show")) or [None]
        assert error is None
        answer = outcome(element.callRemote("show"))
        browser.receive(Error(2, ErrorInfo("RangeError", "too far", [1], stack="at x.js")))
        [error] = answer
        assert isinstance(error, RemoteError)
        assert (error.type, error.message, error.data, error.stack) == (
            "RangeError",
            "too far",
            [1],
            "at x.js",
        )

    def test_unwatchedErrorIsLogged(self, log: Log) -> None:
        """An error from the browser that nobody watches comes into the log."""
        element = LiveElement()
        browser = Bench().live(element)
        element.callRemote("show")
        browser.receive(Error(1, ErrorInfo("RangeError", "too far")))
        log.take("RangeError: too far")

    def test_only(self) -> None:
        """A call without an answer has no id."""
        element = LiveElement()
        browser = Bench().live(element)
        element.callRemoteOnly("show", "a")
        assert browser.sent == [Call(None, 1, "show", ["a"])]

    def test_inOrder(self) -> None:
        """Both kinds of call keep their order, and ids are never used twice."""
        element = LiveElement()
        browser = Bench().live(element)
        element.callRemote("a")
        element.callRemoteOnly("b")
        element.callRemote("c")
        assert [(call.method, call.callId) for call in browser.sent] == [
            ("a", 1),
            ("b", None),
            ("c", 2),
        ]

    def test_answeredTwice(self) -> None:
        """A second answer, or one to a call that was never made, is ignored."""
        element = LiveElement()
        browser = Bench().live(element)
        answer = outcome(element.callRemote("ask"))
        browser.receive(Result(1, "first"), Result(1, "second"), Result(99, "none"))
        browser.receive(Error(1, ErrorInfo("Error", "late")))
        assert answer == ["first"]
        assert browser.closed == []

    def test_cancelled(self) -> None:
        """Cancelling the Deferred forgets the call; the answer is ignored."""
        element = LiveElement()
        browser = Bench().live(element)
        deferred = element.callRemote("ask")
        answer = outcome(deferred)
        deferred.cancel()
        assert isinstance(answer[0], CancelledError)
        assert len(browser.page.calls.inFlight) == 0
        browser.receive(Result(1, "late"))
        assert len(answer) == 1

    def test_callbackThatRaises(self, log: Log) -> None:
        """A callback that raises is logged, and what came after it is dispatched."""
        element = LiveElement()
        browser = Bench().live(element)
        element.callRemote("a").addCallback(lambda _: 1 / 0)
        second = outcome(element.callRemote("b"))
        browser.receive(Result(1, None), Result(2, "two"))
        assert second == ["two"]
        log.take("ZeroDivisionError")

    @pytest.mark.parametrize(
        ("value", "path"),
        [
            ({"a": [1, float("nan")]}, "args[0].a[1]"),
            ({1: 2}, "args[0]"),
            (2**53, "args[0]"),
            (object(), "args[0]"),
            ({(1, 2)}, "args[0]"),
            ("\ud800", "args[0]"),
        ],
    )
    def test_cannotCross(self, value: Any, path: str) -> None:
        """An argument that cannot be sent fails the call with the path to it; nothing is sent."""
        element = LiveElement()
        browser = Bench().live(element)
        [error] = outcome(element.callRemote("show", value))
        assert isinstance(error, EncodeError)
        assert str(error).startswith(f"{path}: ")
        with pytest.raises(EncodeError):
            element.callRemoteOnly("show", value)
        assert browser.sent == []
        assert len(browser.page.calls.inFlight) == 0
        assert browser.closed == []

    def test_cannotCrossAndIgnored(self, log: Log) -> None:
        """Where nobody watches, the log has it at once, with what was called and where."""
        room = Room()
        Bench().live(room)
        gc.disable()
        try:
            room.callRemote("show", {"a": [object()]})
            assert len(log.texts()) == 1
        finally:
            gc.enable()
        entry = log.take("Room.callRemote('show') was not called")
        assert "args[0].a[0]: a builtins.object cannot be sent" in entry
        assert f"in Room.callRemote('show')\n  File \"{__file__}\", line " in entry
        assert entry.rstrip().endswith(", in test_cannotCrossAndIgnored")

    def test_cannotCrossAndIgnoredBefore(self, log: Log) -> None:
        """So before there is a page."""
        Room().callRemote("show", object())
        assert "args[0]: a builtins.object" in log.take("Room.callRemote('show') was not called")

    def test_cannotCrossAndWatched(self, log: Log) -> None:
        """Where somebody does, it is theirs alone."""
        room = Room()
        Bench().live(room)
        [error] = outcome(room.callRemote("show", object()))
        assert error.__notes__[0].startswith("in Room.callRemote('show')\n  File ")
        assert log.texts() == []

    def test_cannotCrossWhenDebugging(self, log: Log) -> None:
        """When debugging, the browser is told too."""
        room = Room()
        browser = Bench(debug=True).live(room)
        room.callRemote("show", object())
        [error] = browser.sent
        assert (error.callId, error.info.data) == (None, "Room.callRemote('show')")
        log.take("was not called")

    def test_tooLarge(self) -> None:
        """A call over the limit of one message is refused before it is sent; one at it goes."""
        element = LiveElement()
        browser = Bench().live(element)
        frame = len('["call",1,1,"show",[""]]')
        element.callRemote("show", "x" * (64 * 1024 - frame))
        assert len(browser.sent) == 1
        [error] = outcome(element.callRemote("show", "x" * (64 * 1024 - frame + 1)))
        assert isinstance(error, MessageTooLarge)
        with pytest.raises(MessageTooLarge):
            element.callRemoteOnly("show", "x" * 64 * 1024)
        assert len(browser.sent) == 1
        assert browser.closed == []


class TestBeforeThePage:
    """Calls of an element that has no page yet."""

    def test_waits(self) -> None:
        """Calls wait for the page and for the browser, and go out in order."""
        element = LiveElement()
        answer = outcome(element.callRemote("first", 1))
        element.callRemoteOnly("second")
        bench = Bench()
        page = bench.page(element)
        element.callRemote("third")
        browser = bench.connect(page)
        assert [call.method for call in browser.sent] == ["first", "second", "third"]
        browser.receive(Result(1, "done"))
        assert answer == ["done"]

    def test_argumentsAreThoseOfTheCall(self) -> None:
        """An argument list that grows later is another one."""
        element = LiveElement()
        arguments = ["a"]
        element.callRemoteOnly("show", *arguments)
        arguments.append("b")
        assert Bench().live(element).sent == [Call(None, 1, "show", ["a"])]

    def test_inTheOrderOfTheCalls(self) -> None:
        """Calls of several elements of a page go out in the order in which they were made."""
        parent, child = LiveElement(), LiveElement()
        parent.addChild(child)
        child.callRemoteOnly("first")
        parent.callRemoteOnly("second")
        child.callRemoteOnly("third")
        sent = Bench().live(parent).sent
        assert [(call.elementId, call.method) for call in sent] == [
            (2, "first"),
            (1, "second"),
            (2, "third"),
        ]

    def test_oneThatIsTooLarge(self, log: Log) -> None:
        """A call that is too large fails alone, and after those that were made before."""
        element = LiveElement()
        large = element.callRemote("large", "x" * 70_000)
        answer = outcome(large)
        large.addBoth(lambda _: element.callRemoteOnly("late"))
        element.callRemoteOnly("also large", "x" * 70_000)
        element.callRemoteOnly("early")
        browser = Bench().live(element)
        assert isinstance(answer[0], MessageTooLarge)
        assert [call.method for call in browser.sent] == ["early", "late"]
        log.take("'also large' was not called: the message was not sent: it has")

    def test_cancelledOnceThePageIsThere(self) -> None:
        """A call that was made before the page is forgotten when it is cancelled after."""
        element = LiveElement()
        answer = element.callRemote("first")
        answer.addErrback(lambda failure: failure.trap(CancelledError))
        page = Bench().page(element)
        assert len(page.calls.inFlight) == 1
        answer.cancel()
        assert len(page.calls.inFlight) == 0

    def test_bounded(self) -> None:
        """No more than a bounded number waits."""
        element = LiveElement()
        for number in range(MAX_WAITING):
            element.callRemoteOnly("show", number)
        with pytest.raises(BufferFull):
            element.callRemoteOnly("show")
        assert isinstance(outcome(element.callRemote("show"))[0], BufferFull)
        assert len(Bench().live(element).sent) == MAX_WAITING

    def test_cannotCross(self) -> None:
        """Arguments that cannot be sent are refused at once, not when the page is there."""
        element = LiveElement()
        with pytest.raises(EncodeError, match=r"args\[1\]\.x: a builtins\.range cannot be sent"):
            element.callRemoteOnly("show", 1, {"x": range(2)})
        assert isinstance(outcome(element.callRemote("show", range(2)))[0], EncodeError)
        assert Bench().live(element).sent == []

    def test_cancelled(self) -> None:
        """A call that is cancelled while it waits is never made."""
        element = LiveElement()
        deferred = element.callRemote("first")
        element.callRemote("second")
        answer = outcome(deferred)
        deferred.cancel()
        assert isinstance(answer[0], CancelledError)
        assert [call.method for call in Bench().live(element).sent] == ["second"]

    def test_elementsDoNotShareWhatWaits(self) -> None:
        """What waits for one element does not go to another of its class."""
        first, second = LiveElement(), LiveElement()
        first.callRemoteOnly("show")
        assert Bench().live(second).sent == []

    def test_tooMuchForThePage(self) -> None:
        """Calls that wait and do not fit into the page all fail: none is left hanging."""
        element = LiveElement()
        answers = [outcome(element.callRemote("show", "x" * 60_000)) for _ in range(40)]
        bench = Bench()
        page = bench.page(element)
        bench.clock.advance(0)
        assert page.ended is not None
        assert page.ended.code == 4429
        assert [type(error) for [error] in answers] == [ConnectionLost] * 40


class TestAfterThePage:
    """Calls of an element whose page has ended."""

    def test_failsSilently(self) -> None:
        """A call fails with the end's code and reason; nobody has to watch it."""
        element = LiveElement()
        browser = Bench().live(element)
        browser.page.close("bye")
        [error] = outcome(element.callRemote("show"))
        assert isinstance(error, ConnectionLost)
        assert (error.code, error.reason) == (4000, "bye")
        element.callRemote("unwatched")
        element.callRemoteOnly("show")

    def test_pendingFail(self) -> None:
        """A call in flight fails when the page ends, once; unwatched, it fails in silence."""
        element = LiveElement()
        browser = Bench().live(element)
        answer = outcome(element.callRemote("ask"))
        element.callRemote("unwatched")
        browser.page.close("bye")
        [error] = answer
        assert isinstance(error, ConnectionLost)
        assert len(browser.page.calls.inFlight) == 0

    def test_errorInItsErrback(self, log: Log) -> None:
        """Another error that comes of the loss is logged."""
        element = LiveElement()
        browser = Bench().live(element)
        element.callRemote("ask").addErrback(lambda _: 1 / 0)
        browser.page.close("bye")
        log.take("ZeroDivisionError")

    def test_pageIsGone(self) -> None:
        """The element does not hold its page."""
        element = LiveElement()
        browser = Bench().live(element)
        browser.page.close()
        assert element.page is None


class TestDefaults:
    """What an element is when nothing is overridden."""

    def test_hooks(self) -> None:
        """The hooks are there and do nothing."""
        element = LiveElement()
        assert element.getInitialArguments() == []
        browser = Bench().live(element)
        browser.page.close()
        assert browser.sent == []

    def test_attributes(self) -> None:
        """An element begins without a page, and with the plain widget."""
        element = LiveElement()
        assert (element.page, element.elementId, element.elementParent) == (None, 0, None)
        assert (element.template, element.jsClass, element.cssModule) == (
            "",
            "livewidget.Widget",
            None,
        )
