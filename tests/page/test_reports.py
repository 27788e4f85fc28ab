"""Tests of L{livewidget.page.reports}: failures that belong to no call, in both directions."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from livewidget import JSError, Limits, LiveElement, LiveError, RemoteError, expose
from livewidget.assets.catalog import Catalog
from livewidget.page.reports import LOGGED, MAX_MESSAGE, MAX_TRACEBACK, TRACED
from livewidget.wire.messages import Call, Error, ErrorInfo
from tests.support.log import Log
from tests.support.pages import Bench, FakeTransport

STACK = "TypeError: no\n    at Chat.hear (http://x/Chat.js:12:5)"
INFO = ErrorInfo("TypeError", "no", stack=STACK)


class Chat(LiveElement):
    """An element that calls its widget, and fails."""

    failsWhen = ""

    def connectionMade(self) -> None:
        self.fails("connectionMade")

    def connectionLost(self, reason: Any) -> None:
        self.fails("connectionLost")

    def fails(self, when: str) -> None:
        if when == self.failsWhen:
            raise KeyError(when)

    @expose
    def crash(self, text: str = "wrong") -> None:
        raise ValueError(text)

    @expose
    def deep(self) -> None:
        self.deep()

    @expose
    def refuse(self) -> None:
        raise LiveError("no")

    @expose
    async def ask(self) -> Any:
        return await self.callRemote("hear")


def debugged(**settings: Any) -> tuple[Chat, FakeTransport]:
    """Return an element, and the connection of its page, which is debugged."""
    element = Chat()
    return element, Bench(debug=True, **settings).live(element)


class TestJSError:
    """Errors that a widget's method throws."""

    def fail(self, info: ErrorInfo, **settings: Any) -> RemoteError:
        """Return the error with which a call fails."""
        element = Chat()
        browser = Bench(**settings).live(element)
        caught: list[Any] = []
        element.callRemote("hear").addErrback(lambda failure: caught.append(failure.value))
        browser.receive(Error(1, info))
        (error,) = caught
        assert isinstance(error, RemoteError)
        return error

    def test_thrownErrorHasFramesAndATraceback(self) -> None:
        """A thrown error has frames, a one-line text, and a traceback that Python shows."""
        error = self.fail(INFO)
        assert isinstance(error, JSError)
        (frame,) = error.frames
        assert (frame.function, frame.file, frame.line, frame.column) == (
            "Chat.hear",
            "http://x/Chat.js",
            12,
            5,
        )
        assert error.traceback.endswith('\n  File "http://x/Chat.js", line 12, in Chat.hear')
        assert str(error) == "TypeError: no"
        assert error.stack == STACK
        assert error.traceback in "".join(traceback.format_exception(error))

    def test_thrownValueWithoutAStackHasNoFrames(self) -> None:
        """A thrown value without a stack has no frames and no traceback."""
        error = self.fail(ErrorInfo("Error", "oh", stack=""))
        assert isinstance(error, JSError)
        assert (error.frames, error.traceback) == ((), "")
        assert getattr(error, "__notes__", []) == []

    def test_liveErrorOfTheBrowserIsNotAJSError(self) -> None:
        """A LiveError of the browser is a plain RemoteError."""
        error = self.fail(ErrorInfo("Busy", "later", {"after": 5}))
        assert type(error) is RemoteError
        assert (error.type, error.message, error.data) == ("Busy", "later", {"after": 5})

    def test_frameInAServedModuleNamesItsFile(self, tmp_path: Path) -> None:
        """A frame in a served module names its file on disk, with the line as it was served."""
        (tmp_path / "js").mkdir()
        module = tmp_path / "js" / "Chat.js"
        module.write_text("one;\n  two();\n")
        catalog = Catalog()
        package = catalog.add(tmp_path / "js", "js")
        module.write_text("changed\nchanged\n")
        element, bench = Chat(), Bench()
        bench.pages.renderer.catalog = catalog
        browser = bench.live(element)
        answer = element.callRemote("hear")
        url = f"https://example.com/app/_live/{package.url('Chat.js')}"
        browser.receive(Error(1, ErrorInfo("TypeError", "no", stack=f"hear@{url}:2:3")))
        with pytest.raises(JSError) as caught:
            raise answer.addErrback(lambda failure: failure.value).result
        assert caught.value.traceback.endswith(f'  File "{module}", line 2, in hear\n    two();')

    def test_firstUnhandledErrorsAreLoggedWithTracebacks(self, log: Log) -> None:
        """Unhandled errors are logged, and the first ones of a page with their tracebacks."""
        element = Chat()
        browser = Bench().live(element)
        for callId in range(1, TRACED + 4):
            element.callRemote("hear")
            browser.receive(Error(callId, INFO))
        texts = log.texts()
        assert len(texts) == TRACED + 3
        assert all(text.startswith("a call failed in the browser: TypeError: no") for text in texts)
        traced = ["line 12, in Chat.hear" in text for text in texts]
        assert traced == [True] * TRACED + [False] * 3

    def test_awaitedErrorIsLoggedWithBothTracebacks(self, log: Log) -> None:
        """An error that a method awaits is logged with the tracebacks of both sides."""
        _, browser = debugged()
        browser.receive(Call(7, 1, "ask", []))
        browser.receive(Error(1, INFO))
        text = log.take("in 'ask'")
        assert "in ask" in text
        assert text.index("JSError: TypeError: no") < text.index('File "http://x/Chat.js", line 12')
        info = browser.sent[-1].info
        assert 'File "http://x/Chat.js", line 12, in Chat.hear' in info.stack

    def test_answerToAnUnknownCallIsNotRead(self) -> None:
        """The stack in an answer to an unknown call is not read."""
        bench = Bench()
        asked: list[str] = []
        bench.pages.renderer.catalog.locate = lambda url, line: asked.append(url)
        bench.live(Chat()).receive(Error(5, INFO))
        assert asked == []


class TestReported:
    """Failures that a browser reports outside of its calls."""

    def test_reportIsLoggedWhenDebugging(self, log: Log) -> None:
        """A report is logged when debugging, with its place and traceback; the page lives."""
        _, browser = debugged()
        browser.receive(Error(None, ErrorInfo("TypeError", "no", "Chat.loaded", stack=STACK)))
        text = log.take("an error in the browser, in Chat.loaded: TypeError: no")
        assert text.endswith('\n  File "http://x/Chat.js", line 12, in Chat.hear')
        assert browser.closed == []
        assert browser.sent == []

    def test_reportEndsThePageUnlessDebugging(self, log: Log) -> None:
        """A report is malformed unless the page is debugged, as all that browsers do not send."""
        browser = Bench().live(Chat())
        browser.receive(Error(None, INFO), Error(None, INFO))
        assert browser.closed == [(4400, "a browser reports errors only when debugging")]
        log.take("page refused (4400)")
        assert log.texts() == []

    def test_loggedReportsAreLimited(self, log: Log) -> None:
        """A browser cannot fill the log with reports; the last one says so."""
        _, browser = debugged()
        for _ in range(LOGGED + 20):
            browser.receive(Error(None, INFO))
            browser.bench.clock.advance(0.01)
        texts = log.texts()
        assert len(texts) == LOGGED
        said = "Other errors of this page are not logged."
        assert [said in text for text in texts] == [False] * (LOGGED - 1) + [True]

    @pytest.mark.parametrize(
        "where",
        [None, {"a": 1}, "x\x1b[2J\n[-] forged" + "y" * 9_000],
        ids=["none", "object", "forgedText"],
    )
    def test_reportIsBoundedAndEscaped(self, log: Log, where: Any) -> None:
        """A report is bounded and escaped, line by line."""
        _, browser = debugged()
        stack = "at \x1b[2J\r[-] forged (http://x/\u202ea.js:1:2)\n" * 900
        browser.receive(
            Error(None, ErrorInfo("T\n", "why\n[-]\x1b" + "x" * 9_000, where, stack=stack))
        )
        text = log.take("an error in the browser")
        assert len(text) < 12_000
        lines = text.split("\n")
        assert len(lines) == 2 + 30
        assert all(line.removeprefix("\t").isprintable() for line in lines)


class TestFailureReportedToTheBrowser:
    """Failures of the server that no answer tells the browser about."""

    def test_failedHookIsReportedWhenDebugging(self, log: Log) -> None:
        """A failed hook is reported with its traceback to a browser that is debugged."""
        element = Chat()
        element.failsWhen = "connectionMade"
        browser = Bench(debug=True).live(element)
        (error,) = browser.sent
        assert (error.callId, error.info.type, error.info.message) == (
            None,
            "KeyError",
            "'connectionMade'",
        )
        assert error.info.data == "Chat.connectionMade"
        assert "in connectionMade" in error.info.stack
        log.take("a hook of")

    def test_failedCallWithoutAnAnswerIsReportedWhenDebugging(self, log: Log) -> None:
        """A failed call without an answer is reported to a browser that is debugged."""
        _, browser = debugged()
        browser.receive(Call(None, 1, "crash", []))
        (error,) = browser.sent
        assert (error.callId, error.info.type, error.info.data) == (
            None,
            "ValueError",
            "Chat.crash",
        )
        assert "in crash" in error.info.stack
        log.take("ValueError: wrong")

    def test_failedCallWithAnAnswerIsNotReported(self, log: Log) -> None:
        """A failed call that wants an answer is not reported besides."""
        _, browser = debugged()
        browser.receive(Call(7, 1, "crash", []))
        assert [message.callId for message in browser.sent] == [7]
        log.take("ValueError")

    def test_nothingIsReportedUnlessDebugging(self, log: Log) -> None:
        """A browser that is not debugged gets no report."""
        element = Chat()
        element.failsWhen = "connectionMade"
        browser = Bench().live(element)
        browser.receive(Call(None, 1, "crash", []))
        assert browser.sent == []
        log.take("a hook of")
        log.take("ValueError")

    def test_refusalsAreNotReported(self, log: Log) -> None:
        """Refused calls and LiveErrors are not reported as failures."""
        _, browser = debugged()
        browser.receive(Call(None, 1, "nothing", []), Call(None, 1, "refuse", []))
        assert browser.sent == []
        log.take("call refused")

    def test_nothingIsReportedAfterTheEnd(self, log: Log) -> None:
        """A page that has ended reports nothing."""
        element, browser = debugged()
        element.failsWhen = "connectionLost"
        browser.page.close()
        assert browser.sent == []
        log.take("a hook of")

    @pytest.mark.parametrize("callId", [None, 7], ids=["withoutAnAnswer", "withAnAnswer"])
    def test_longTracebackKeepsItsEnd(self, log: Log, callId: int | None) -> None:
        """A long traceback is cut to its end, so that it fits into a message."""
        _, browser = debugged()
        browser.receive(Call(callId, 1, "deep", []))
        (error,) = browser.sent
        assert error.callId == callId
        assert error.info.stack.startswith("…")
        assert len(error.info.stack) == MAX_TRACEBACK + 1
        assert "RecursionError" in error.info.stack[-300:]
        log.take("in 'deep'")

    def test_unsendableTextIsReplaced(self, log: Log) -> None:
        """A text that cannot be sent is replaced and cut."""
        _, browser = debugged()
        browser.page.answerCall(Call(None, 1, "crash", ["\ud800" + "x" * 90_000]))
        (error,) = browser.sent
        assert error.info.message == "?" + "x" * (MAX_MESSAGE - 1)
        log.take("ValueError")

    def test_reportBeyondTheMessageLimitIsOnlyLogged(self, log: Log) -> None:
        """A report that is larger than a message may be is only logged."""
        _, browser = debugged(limits=Limits(message=200))
        browser.receive(Call(None, 1, "crash", []))
        assert browser.sent == []
        log.take("ValueError: wrong")
        log.take("the browser is not told")

    def test_manyReportsDoNotEndThePage(self, log: Log) -> None:
        """Reports of a method that fails all the time do not fill the page's buffer."""
        _, browser = debugged(limits=Limits(bytes=80_000))
        browser.open = False
        for _ in range(400):
            browser.page.answerCall(Call(None, 1, "crash", []))
        assert not browser.page.ending
        assert browser.page.delivery.heldBytes < 30_000
        assert len(log.texts()) == 400
        log.events.clear()


def test_errbackAddedLaterGetsTheError(log: Log) -> None:
    """An errback that is added after the call failed gets the error, which is not logged."""
    element, browser = debugged()
    answer: Deferred[Any] = element.callRemote("hear")
    browser.receive(Error(1, INFO))
    caught: list[Any] = []
    answer.addErrback(lambda failure: caught.append(failure.value))
    assert isinstance(caught[0], JSError)
    assert log.texts() == []
