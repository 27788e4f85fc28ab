"""Tests of L{livewidget.page.page}: answers to a browser's calls."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec import UNSET
from twisted.internet.defer import CancelledError, fail, succeed

from livewidget import ConnectionLost, LiveError
from livewidget.wire.messages import Call, ErrorInfo, Result
from tests.support.answers import Answers, Refused
from tests.support.log import Log
from tests.support.pages import Bench, FakeTransport


class TestAnswers:
    """Answers to the calls of exposed methods."""

    def test_argumentsReachTheMethodAndTheResultTheBrowser(self, browser: FakeTransport) -> None:
        """Positional and keyword arguments reach the method, and its result the browser."""
        assert browser.call("echo", 1, "a", x=[2]) == Result(7, [[1, "a"], {"x": [2]}])

    def test_callWithoutAnIdGetsNoAnswer(self, browser: FakeTransport, element: Answers) -> None:
        """A call without an id runs and gets no answer, not even for a LiveError."""
        browser.receive(Call(None, 1, "echo", ["a"]), Call(None, 1, "refuse", []))
        assert element.seen == [(("a",), {})]
        assert browser.sent == []

    def test_failingCallWithoutAnIdIsLogged(self, browser: FakeTransport, log: Log) -> None:
        """A failing call without an id is logged and gets no answer."""
        browser.receive(Call(None, 1, "breaks", []))
        assert browser.sent == []
        log.take("ValueError")

    def test_deferredIsAnsweredWhenItFires(self, browser: FakeTransport, element: Answers) -> None:
        """A Deferred is answered when it fires."""
        assert browser.call("wait") is None
        element.later.callback("late")
        assert browser.sent == [Result(7, "late")]

    def test_firedDeferredIsAnsweredAtOnce(self, browser: FakeTransport, element: Answers) -> None:
        """A Deferred that has already fired is answered immediately."""
        element.later = succeed("now")
        assert browser.call("wait") == Result(7, "now")

    def test_coroutineIsRunAndAnswered(self, browser: FakeTransport, element: Answers) -> None:
        """A coroutine is run, and its result is the answer."""
        assert browser.call("coroutine") is None
        element.later.callback(41)
        assert browser.sent == [Result(7, 42)]

    def test_waitingCallDoesNotDelayTheNext(self, browser: FakeTransport, element: Answers) -> None:
        """A call that waits does not delay the next one."""
        browser.receive(Call(1, 1, "wait", []), Call(2, 1, "echo", []))
        element.later.callback("late")
        assert browser.sent == [Result(2, [[], {}]), Result(1, "late")]

    def test_liveErrorOfADeferredIsSent(self, browser: FakeTransport, element: Answers) -> None:
        """A LiveError with which a Deferred fails is sent to the browser."""
        element.later = fail(Refused("later"))
        assert browser.error("wait") == ErrorInfo("Refused", "later")

    def test_answerWhileDisconnectedIsSentOnResume(
        self, browser: FakeTransport, element: Answers
    ) -> None:
        """An answer that is made while the connection is lost is sent on resume."""
        browser.call("wait")
        browser.lose()
        element.later.callback("late")
        again = browser.bench.connect(browser.page, 2)
        assert again.sent == [Result(7, "late")]

    def test_answerAfterTheEndIsDropped(self, browser: FakeTransport, element: Answers) -> None:
        """An answer after the end of the page is dropped silently."""
        browser.call("wait")
        browser.page.close()
        element.later.callback("late")
        assert browser.sent == []

    def test_unsendableAnswerAfterTheEndIsNotLogged(
        self, browser: FakeTransport, element: Answers
    ) -> None:
        """An answer that cannot be sent is not logged after the end of the page."""
        browser.call("wait")
        browser.page.close()
        element.later.callback(object())

    def test_methodThatLostTheBrowserIsNotAnError(
        self, browser: FakeTransport, element: Answers
    ) -> None:
        """A method that awaits the browser when the page ends is not reported as an error."""
        browser.call("wait")
        browser.page.close()
        element.later.errback(ConnectionLost(4000, "bye"))
        assert browser.sent == []

    def test_errorAfterTheEndIsLogged(
        self, browser: FakeTransport, element: Answers, log: Log
    ) -> None:
        """Any other error after the end of the page is logged."""
        browser.call("wait")
        browser.page.close()
        element.later.errback(ValueError("really"))
        log.take("ValueError: really")
        assert browser.sent == []

    def test_callsAfterTheOneThatEndsThePageAreNotDispatched(
        self, browser: FakeTransport, element: Answers
    ) -> None:
        """Calls after one that ends the page are not dispatched."""
        browser.receive(Call(1, 1, "close", []), Call(2, 1, "echo", []))
        assert browser.sent == []
        assert browser.closed == [(4000, "bye")]
        assert element.seen == []


class TestErrors:
    """Exposed methods that fail."""

    def test_liveErrorIsSentAndNotLogged(self, browser: FakeTransport, log: Log) -> None:
        """A LiveError is sent with its type, message and data, and is not logged."""
        assert browser.error("refuse") == ErrorInfo("Refused", "no such room", {"room": 7})
        assert log.texts() == []

    def test_liveErrorWithoutInitIsSentWithItsType(self, browser: FakeTransport) -> None:
        """A LiveError that does not call the base C{__init__} is sent with its type."""
        assert browser.error("refuseSilently") == ErrorInfo("Silent", "")

    def test_otherErrorsAreSentAsAnIdAlone(self, browser: FakeTransport, log: Log) -> None:
        """Any other error is sent as an id, under which the log has its traceback."""
        info = browser.error("breaks")
        assert info.type == "ServerError"
        found = re.fullmatch(r"the server failed \(error (\w{8})\)", info.message)
        assert found is not None
        assert (info.id, info.data, info.stack) == (found[1], None, UNSET)
        entry = log.take(f"error {found[1]} in 'breaks'")
        assert "ValueError: the password is xyzzy" in entry
        assert "Traceback" in entry
        assert browser.closed == []

    def test_eachErrorHasItsOwnId(self, browser: FakeTransport, log: Log) -> None:
        """Each error has its own id."""
        first, second = browser.error("breaks"), browser.error("breaks")
        assert first.id != second.id
        log.take(str(first.id))
        log.take(str(second.id))

    def test_debuggedBrowserGetsTheTraceback(self, log: Log) -> None:
        """A browser that is debugged gets the error with its traceback and its id."""
        browser = Bench(debug=True).live(Answers())
        info = browser.error("breaks")
        assert info.message == f"ValueError: the password is xyzzy (error {info.id})"
        assert "in breaks" in str(info.stack)
        log.take(str(info.id))

    def test_cancelledMethodIsAServerError(
        self, browser: FakeTransport, element: Answers, log: Log
    ) -> None:
        """A method that cancels its own Deferred fails with a ServerError, like any other."""
        browser.call("wait")
        element.later.cancel()
        assert browser.sent[0].info.type == "ServerError"
        log.take(CancelledError.__name__)

    @pytest.mark.parametrize(
        "value",
        [object(), float("inf"), {1: 2}, 2**60, 1j, {"a": ["\udc80"]}],
        ids=["object", "infinity", "integerKey", "largeInteger", "complex", "halfASurrogatePair"],
    )
    def test_unsendableAnswerIsALoggedError(
        self, browser: FakeTransport, element: Answers, log: Log, value: Any
    ) -> None:
        """An answer that cannot be encoded is a logged error; the page lives."""
        element.value = value
        info = browser.error("give")
        assert info.type == "ServerError"
        assert "EncodeError" in log.take(str(info.id))
        assert browser.call("echo") == Result(7, [[], {}])

    def test_answerThatContainsItselfIsALoggedError(
        self, browser: FakeTransport, element: Answers, log: Log
    ) -> None:
        """An answer that contains itself is a logged error."""
        element.value = []
        element.value.append(element.value)
        info = browser.error("give")
        assert "EncodeError" in log.take(str(info.id))

    def test_tooLargeAnswerIsLoggedWithItsMethod(
        self, browser: FakeTransport, element: Answers, log: Log
    ) -> None:
        """An answer that is too large is an error, logged with the method; the page lives."""
        limit = 64 * 1024 - len('["result",7,""]')
        element.value = "x" * limit
        assert browser.call("give") == Result(7, element.value)
        element.value = "x" * (limit + 1)
        info = browser.error("give")
        assert info.type == "LiveError"
        assert "cannot be sent" in info.message
        assert "65537 bytes" in log.take("give")
        assert browser.call("echo") == Result(7, [[], {}])

    def test_errorWhoseTextFailsIsOpaque(
        self, browser: FakeTransport, element: Answers, log: Log
    ) -> None:
        """An error whose C{__str__} raises is sent as an opaque one."""

        class Mute(LiveError):
            def __str__(self) -> str:
                raise ValueError("no text")

        element.later = fail(Mute())
        info = browser.error("wait")
        assert info.type == "ServerError"
        assert "no text" in log.take(str(info.id))

    @pytest.mark.parametrize(
        ("error", "text"),
        [
            (Refused("why", object()), "why"),
            (Refused("x" * 70_000), "x" * 1_000),
            (Refused("\ud800"), "?"),
        ],
        ids=["data", "length", "halfASurrogatePair"],
    )
    def test_unsendableErrorIsSentShortened(
        self, browser: FakeTransport, element: Answers, log: Log, error: Exception, text: str
    ) -> None:
        """An error that cannot be sent is sent without its data, shortened, and is logged."""
        element.later = fail(error)
        assert browser.error("wait") == ErrorInfo("Refused", text)
        log.take("Refused cannot be sent")
        assert browser.call("echo") == Result(7, [[], {}])
