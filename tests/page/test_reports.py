"""Tests of C{livewidget.page.reports}: failures that belong to no call, both ways."""

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
    """Calls its widget, and fails."""

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
    """A page that is debugged."""
    element = Chat()
    return element, Bench(debug=True, **settings).live(element)


class TestJSError:
    """A widget's method has failed."""

    def fail(self, info: ErrorInfo, **settings: Any) -> RemoteError:
        """What a call fails with."""
        element = Chat()
        browser = Bench(**settings).live(element)
        caught: list[Any] = []
        element.callRemote("hear").addErrback(lambda failure: caught.append(failure.value))
        browser.receive(Error(1, info))
        (error,) = caught
        assert isinstance(error, RemoteError)
        return error

    def test_frames(self) -> None:
        """It has the frames and a traceback, which Python shows; its text is one line."""
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

    def test_withoutFrames(self) -> None:
        """What was thrown may have no stack."""
        error = self.fail(ErrorInfo("Error", "oh", stack=""))
        assert isinstance(error, JSError)
        assert (error.frames, error.traceback) == ((), "")
        assert getattr(error, "__notes__", []) == []

    def test_liveError(self) -> None:
        """A LiveError of the browser's is none."""
        error = self.fail(ErrorInfo("Busy", "later", {"after": 5}))
        assert type(error) is RemoteError
        assert (error.type, error.message, error.data) == ("Busy", "later", {"after": 5})

    def test_onDisk(self, tmp_path: Path) -> None:
        """A module of the resource is its file on disk, with the line as it was served."""
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

    def test_unwatched(self, log: Log) -> None:
        """Nobody watches: the log has the traceback, of the first ones of a page."""
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

    def test_awaited(self, log: Log) -> None:
        """A method that awaited the call: its traceback in the log has the browser's."""
        _, browser = debugged()
        browser.receive(Call(7, 1, "ask", []))
        browser.receive(Error(1, INFO))
        text = log.take("in 'ask'")
        assert "in ask" in text
        assert text.index("JSError: TypeError: no") < text.index('File "http://x/Chat.js", line 12')
        info = browser.sent[-1].info
        assert 'File "http://x/Chat.js", line 12, in Chat.hear' in info.stack

    def test_unknownCall(self) -> None:
        """An answer to no call is not even read."""
        bench = Bench()
        asked: list[str] = []
        bench.pages.renderer.catalog.locate = lambda url, line: asked.append(url)
        bench.live(Chat()).receive(Error(5, INFO))
        assert asked == []


class TestReported:
    """A browser reports a failure that belongs to no call."""

    def test_logged(self, log: Log) -> None:
        """Debugging, the log has it, with where it was and its traceback; the page lives."""
        _, browser = debugged()
        browser.receive(Error(None, ErrorInfo("TypeError", "no", "Chat.loaded", stack=STACK)))
        text = log.take("an error in the browser, in Chat.loaded: TypeError: no")
        assert text.endswith('\n  File "http://x/Chat.js", line 12, in Chat.hear')
        assert browser.closed == []
        assert browser.sent == []

    def test_refused(self, log: Log) -> None:
        """Else it is malformed, as all that a browser does not send."""
        browser = Bench().live(Chat())
        browser.receive(Error(None, INFO), Error(None, INFO))
        assert browser.closed == [(4400, "a browser reports errors when debugging only")]
        log.take("page refused (4400)")
        assert log.texts() == []

    def test_notMany(self, log: Log) -> None:
        """A browser cannot fill the log; the last one says so."""
        _, browser = debugged()
        for _ in range(LOGGED + 20):
            browser.receive(Error(None, INFO))
            browser.bench.clock.advance(0.01)
        texts = log.texts()
        assert len(texts) == LOGGED
        said = "Other errors of this page are not logged."
        assert [said in text for text in texts] == [False] * (LOGGED - 1) + [True]

    @pytest.mark.parametrize("where", [None, {"a": 1}, "x\x1b[2J\n[-] forged" + "y" * 9_000])
    def test_hostile(self, log: Log, where: Any) -> None:
        """What it says is bounded and escaped, each line of it."""
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


class TestTold:
    """The server fails where nobody is told."""

    def test_hook(self, log: Log) -> None:
        """A browser that is debugged is told of a hook that failed, with its traceback."""
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

    def test_noAnswerWanted(self, log: Log) -> None:
        """And of a call that wants no answer."""
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

    def test_answered(self, log: Log) -> None:
        """Who wants an answer is told by it alone."""
        _, browser = debugged()
        browser.receive(Call(7, 1, "crash", []))
        assert [message.callId for message in browser.sent] == [7]
        log.take("ValueError")

    def test_notDebugging(self, log: Log) -> None:
        """A browser that is not debugged learns nothing."""
        element = Chat()
        element.failsWhen = "connectionMade"
        browser = Bench().live(element)
        browser.receive(Call(None, 1, "crash", []))
        assert browser.sent == []
        log.take("a hook of")
        log.take("ValueError")

    def test_refusals(self, log: Log) -> None:
        """What is refused, and what an application refuses, is no failure."""
        _, browser = debugged()
        browser.receive(Call(None, 1, "nothing", []), Call(None, 1, "refuse", []))
        assert browser.sent == []
        log.take("call refused")

    def test_afterTheEnd(self, log: Log) -> None:
        """A page that has ended is not told."""
        element, browser = debugged()
        element.failsWhen = "connectionLost"
        browser.page.close()
        assert browser.sent == []
        log.take("a hook of")

    @pytest.mark.parametrize("callId", [None, 7])
    def test_deep(self, log: Log, callId: int | None) -> None:
        """Of a long traceback it is the end, so that it fits into a message."""
        _, browser = debugged()
        browser.receive(Call(callId, 1, "deep", []))
        (error,) = browser.sent
        assert error.callId == callId
        assert error.info.stack.startswith("…")
        assert len(error.info.stack) == MAX_TRACEBACK + 1
        assert "RecursionError" in error.info.stack[-300:]
        log.take("in 'deep'")

    def test_text(self, log: Log) -> None:
        """A text that could not cross is made one that can."""
        _, browser = debugged()
        browser.page.answerCall(Call(None, 1, "crash", ["\ud800" + "x" * 90_000]))
        (error,) = browser.sent
        assert error.info.message == "?" + "x" * (MAX_MESSAGE - 1)
        log.take("ValueError")

    def test_tooSmall(self, log: Log) -> None:
        """Where no message is large enough for it, the log says so."""
        _, browser = debugged(limits=Limits(message=200))
        browser.receive(Call(None, 1, "crash", []))
        assert browser.sent == []
        log.take("ValueError: wrong")
        log.take("the browser is not told")

    def test_notMany(self, log: Log) -> None:
        """One that fails all the time does not end the page by what waits for it."""
        _, browser = debugged(limits=Limits(bytes=80_000))
        browser.open = False
        for _ in range(400):
            browser.page.answerCall(Call(None, 1, "crash", []))
        assert not browser.page.ending
        assert browser.page.delivery.heldBytes < 30_000
        assert len(log.texts()) == 400
        log.events.clear()


def test_deferred(log: Log) -> None:
    """An answer that fails is told to who comes later."""
    element, browser = debugged()
    answer: Deferred[Any] = element.callRemote("hear")
    browser.receive(Error(1, INFO))
    caught: list[Any] = []
    answer.addErrback(lambda failure: caught.append(failure.value))
    assert isinstance(caught[0], JSError)
    assert log.texts() == []
