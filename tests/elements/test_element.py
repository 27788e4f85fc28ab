"""Tests of L{livewidget.elements.element}: calls to the widget."""

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
    """An element whose class has a name, for error texts."""


class TestCallRemote:
    """Calls from the server to the widget."""

    def test_callFiresWithTheBrowsersAnswer(self) -> None:
        """A call is sent, and its Deferred fires with the browser's answer."""
        element = LiveElement()
        browser = Bench().live(element)
        answer = outcome(element.callRemote("show", "a", [1]))
        assert browser.sent == [Call(1, 1, "show", ["a", [1]])]
        assert answer == []
        browser.receive(Result(1, {"seen": True}))
        assert answer == [{"seen": True}]

    def test_callMayBeAwaited(self) -> None:
        """A coroutine may await a call."""
        element = LiveElement()
        browser = Bench().live(element)

        async def ask() -> Any:
            return await element.callRemote("ask") + 1

        answer = outcome(Deferred.fromCoroutine(ask()))
        browser.receive(Result(1, 41))
        assert answer == [42]

    def test_browserErrorFailsTheCallWithAllItsParts(self) -> None:
        """An error in the browser fails the call with its type, message, data and stack."""
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

    def test_unhandledBrowserErrorIsLogged(self, log: Log) -> None:
        """An unhandled error from the browser is logged."""
        element = LiveElement()
        browser = Bench().live(element)
        element.callRemote("show")
        browser.receive(Error(1, ErrorInfo("RangeError", "too far")))
        log.take("RangeError: too far")

    def test_callRemoteOnlySendsNoCallId(self) -> None:
        """A call by C{callRemoteOnly} is sent without a call id."""
        element = LiveElement()
        browser = Bench().live(element)
        element.callRemoteOnly("show", "a")
        assert browser.sent == [Call(None, 1, "show", ["a"])]

    def test_callsKeepTheirOrderAndIdsAreNotReused(self) -> None:
        """Both kinds of calls keep their order, and call ids are not reused."""
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

    def test_secondOrUnknownAnswerIsIgnored(self) -> None:
        """A second answer, and an answer to an unknown call, are ignored."""
        element = LiveElement()
        browser = Bench().live(element)
        answer = outcome(element.callRemote("ask"))
        browser.receive(Result(1, "first"), Result(1, "second"), Result(99, "none"))
        browser.receive(Error(1, ErrorInfo("Error", "late")))
        assert answer == ["first"]
        assert browser.closed == []

    def test_cancelledCallIgnoresItsAnswer(self) -> None:
        """A cancelled call is forgotten, and its answer is ignored."""
        element = LiveElement()
        browser = Bench().live(element)
        deferred = element.callRemote("ask")
        answer = outcome(deferred)
        deferred.cancel()
        assert isinstance(answer[0], CancelledError)
        assert len(browser.page.calls.inFlight) == 0
        browser.receive(Result(1, "late"))
        assert len(answer) == 1

    def test_failingCallbackIsLoggedAndLaterMessagesAreDispatched(self, log: Log) -> None:
        """A callback that raises is logged, and the messages after it are dispatched."""
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
        ids=[
            "NaN in a list",
            "integer key",
            "large integer",
            "object",
            "set of tuples",
            "half surrogate",
        ],
    )
    def test_unsendableArgumentFailsTheCallWithItsPath(self, value: Any, path: str) -> None:
        """An argument that cannot be sent fails the call with its path, and nothing is sent."""
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

    def test_unhandledEncodeErrorIsLoggedWithTheCallersLine(self, log: Log) -> None:
        """An unhandled EncodeError is logged immediately, with the method and the caller's line."""
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
        assert entry.rstrip().endswith(", in test_unhandledEncodeErrorIsLoggedWithTheCallersLine")

    def test_unhandledEncodeErrorIsLoggedBeforeThereIsAPage(self, log: Log) -> None:
        """An unhandled EncodeError of an element without a page is logged."""
        Room().callRemote("show", object())
        assert "args[0]: a builtins.object" in log.take("Room.callRemote('show') was not called")

    def test_handledEncodeErrorIsNotLogged(self, log: Log) -> None:
        """An EncodeError that an errback handles is not logged, and notes the line of the call."""
        room = Room()
        Bench().live(room)
        [error] = outcome(room.callRemote("show", object()))
        assert error.__notes__[0].startswith("in Room.callRemote('show')\n  File ")
        assert log.texts() == []

    def test_encodeErrorIsShownInTheBrowserWhenDebugging(self, log: Log) -> None:
        """An EncodeError is also sent to the browser with debugging."""
        room = Room()
        browser = Bench(debug=True).live(room)
        room.callRemote("show", object())
        [error] = browser.sent
        assert (error.callId, error.info.data) == (None, "Room.callRemote('show')")
        log.take("was not called")

    def test_oversizedCallIsRefusedBeforeItIsSent(self) -> None:
        """A call over the limit of one message is not sent, and one at the limit is."""
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

    def test_callsWaitForThePageAndTheBrowser(self) -> None:
        """Calls wait for the page and for the browser, and are then sent in order."""
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

    def test_laterChangeOfAnArgumentIsNotSent(self) -> None:
        """A list of arguments that grows after the call is sent as it was."""
        element = LiveElement()
        arguments = ["a"]
        element.callRemoteOnly("show", *arguments)
        arguments.append("b")
        assert Bench().live(element).sent == [Call(None, 1, "show", ["a"])]

    def test_callsOfSeveralElementsKeepTheirOrder(self) -> None:
        """Calls of several elements of a page are sent in the order in which they were made."""
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

    def test_oversizedWaitingCallFailsAlone(self, log: Log) -> None:
        """A waiting call that is too large fails alone, after the calls before it are sent."""
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

    def test_waitingCallCancelledOnThePageIsForgotten(self) -> None:
        """A call from before the page is forgotten when it is cancelled on the page."""
        element = LiveElement()
        answer = element.callRemote("first")
        answer.addErrback(lambda failure: failure.trap(CancelledError))
        page = Bench().page(element)
        assert len(page.calls.inFlight) == 1
        answer.cancel()
        assert len(page.calls.inFlight) == 0

    def test_tooManyWaitingCallsAreRefused(self) -> None:
        """Calls beyond the maximum of waiting calls are refused with BufferFull."""
        element = LiveElement()
        for number in range(MAX_WAITING):
            element.callRemoteOnly("show", number)
        with pytest.raises(BufferFull):
            element.callRemoteOnly("show")
        assert isinstance(outcome(element.callRemote("show"))[0], BufferFull)
        assert len(Bench().live(element).sent) == MAX_WAITING

    def test_unsendableArgumentIsRefusedAtOnce(self) -> None:
        """Arguments that cannot be sent are refused immediately, not when the page exists."""
        element = LiveElement()
        with pytest.raises(EncodeError, match=r"args\[1\]\.x: a builtins\.range cannot be sent"):
            element.callRemoteOnly("show", 1, {"x": range(2)})
        assert isinstance(outcome(element.callRemote("show", range(2)))[0], EncodeError)
        assert Bench().live(element).sent == []

    def test_cancelledWaitingCallIsNeverSent(self) -> None:
        """A call that is cancelled while it waits is never sent."""
        element = LiveElement()
        deferred = element.callRemote("first")
        element.callRemote("second")
        answer = outcome(deferred)
        deferred.cancel()
        assert isinstance(answer[0], CancelledError)
        assert [call.method for call in Bench().live(element).sent] == ["second"]

    def test_elementsDoNotShareWaitingCalls(self) -> None:
        """Elements of one class do not share their waiting calls."""
        first, second = LiveElement(), LiveElement()
        first.callRemoteOnly("show")
        assert Bench().live(second).sent == []

    def test_waitingCallsThatDoNotFitIntoThePageAllFail(self) -> None:
        """Waiting calls that overflow the page's buffer end the page, and all of them fail."""
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

    def test_callAfterTheEndFailsWithoutALogEntry(self) -> None:
        """A call after the end fails with its code and reason, and is not logged if unhandled."""
        element = LiveElement()
        browser = Bench().live(element)
        browser.page.close("bye")
        [error] = outcome(element.callRemote("show"))
        assert isinstance(error, ConnectionLost)
        assert (error.code, error.reason) == (4000, "bye")
        element.callRemote("unwatched")
        element.callRemoteOnly("show")

    def test_callInFlightFailsAtTheEndWithoutALogEntry(self) -> None:
        """A call in flight fails once when the page ends, and is not logged if unhandled."""
        element = LiveElement()
        browser = Bench().live(element)
        answer = outcome(element.callRemote("ask"))
        element.callRemote("unwatched")
        browser.page.close("bye")
        [error] = answer
        assert isinstance(error, ConnectionLost)
        assert len(browser.page.calls.inFlight) == 0

    def test_failingErrbackOfALostCallIsLogged(self, log: Log) -> None:
        """An exception raised by an errback of a lost call is logged."""
        element = LiveElement()
        browser = Bench().live(element)
        element.callRemote("ask").addErrback(lambda _: 1 / 0)
        browser.page.close("bye")
        log.take("ZeroDivisionError")

    def test_elementDropsItsPage(self) -> None:
        """An element does not keep its page after the end."""
        element = LiveElement()
        browser = Bench().live(element)
        browser.page.close()
        assert element.page is None


class TestDefaults:
    """An element whose class overrides nothing."""

    def test_defaultHooksDoNothing(self) -> None:
        """The default hooks do nothing."""
        element = LiveElement()
        assert element.getInitialArguments() == []
        browser = Bench().live(element)
        browser.page.close()
        assert browser.sent == []

    def test_elementBeginsWithoutPageAndWithThePlainWidget(self) -> None:
        """An element begins without a page, and with the plain widget."""
        element = LiveElement()
        assert (element.page, element.elementId, element.elementParent) == (None, 0, None)
        assert (element.template, element.jsClass, element.cssModule) == (
            "",
            "livewidget.Widget",
            None,
        )
