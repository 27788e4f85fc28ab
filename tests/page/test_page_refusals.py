"""Tests of L{livewidget.page.page}: calls and messages of a browser that are refused."""

from __future__ import annotations

from typing import Any

import pytest

from livewidget import LiveElement
from livewidget.wire.messages import Call, Error, ErrorInfo, Event, Join, Leave, Result
from tests.support.answers import Answers
from tests.support.log import Log
from tests.support.pages import Bench, FakeTransport


class TestRefusals:
    """Calls that a browser may not make."""

    @pytest.mark.parametrize(
        ("elementId", "method"),
        [
            (1, "hidden"),
            (1, "nothing"),
            (1, "__init__"),
            (1, "__class__"),
            (1, "_waiting"),
            (1, "seen"),
            (1, "callRemote"),
            (1, "connectionLost"),
            (1, "page"),
            (1, "echo.__func__"),
            (2, "echo"),
            (999, "echo"),
            (999, "nothing"),
        ],
    )
    def test_unexposedAndUnknownMethodsGiveTheSameError(
        self, browser: FakeTransport, element: Answers, elementId: int, method: str
    ) -> None:
        """Methods that are unexposed, private or unknown, or of unknown elements, look the same."""
        assert browser.error(method, elementId=elementId) == ErrorInfo(
            "NoSuchMethod", f"no method {method!r} is exposed"
        )
        assert element.seen == []
        assert browser.closed == []

    def test_onlyTheLogSaysThatAnUnexposedMethodExists(self, log: Log) -> None:
        """The log shows whether a refused method exists. The browser does not learn it."""

        class Forgetful(LiveElement):
            def say(self) -> None:
                raise AssertionError("called")

        browser = Bench().live(Forgetful())
        for method in ("say", "callRemote", "nothing"):
            assert browser.error(method).message == f"no method {method!r} is exposed"
        assert log.take("'say'").endswith(
            "Forgetful has it: if browsers may call it, mark it with @expose"
        )
        assert not any("has it" in text for text in log.texts())

    def test_refusalLooksUpNoAttribute(self) -> None:
        """No attribute of the element is looked up for a refusal."""

        class Touchy(LiveElement):
            def __getattribute__(self, name: str) -> Any:
                touched.append(name)
                return super().__getattribute__(name)

            def __getattr__(self, name: str) -> Any:
                raise AssertionError(f"{name} was looked up")

        touched: list[str] = []
        browser = Bench().live(Touchy())
        for method in ("hidden", "connectionMade", "__class__", "_children"):
            touched.clear()
            assert browser.error(method).type == "NoSuchMethod"
            assert touched == []

    def test_elementsOfOtherPagesCannotBeCalled(self, browser: FakeTransport) -> None:
        """A browser's calls reach the elements of its own page only."""
        other = [Answers() for _ in range(5)]
        browser.bench.page(*other)
        assert browser.error("echo", elementId=5).type == "NoSuchMethod"
        assert all(element.seen == [] for element in other)

    def test_argumentOfAWrongTypeIsNamed(self, browser: FakeTransport, element: Answers) -> None:
        """An argument of a wrong type is refused by its name before the method runs."""
        info = browser.error("typed", "1")
        assert info.type == "BadArguments"
        assert info.message.startswith("typed(): argument 'number': ")
        assert element.seen == []

    def test_wrongNumberOfArgumentsIsRefused(
        self, browser: FakeTransport, element: Answers
    ) -> None:
        """Too many, too few and unknown arguments are refused before the method runs."""
        assert browser.error("typed").type == "BadArguments"
        assert browser.error("typed", 1, 2).type == "BadArguments"
        assert browser.error("typed", 1, other=2).type == "BadArguments"
        assert element.seen == []

    def test_unhandledErrorOfTheBrowserIsOneLineOfTheLog(
        self, browser: FakeTransport, element: Answers, log: Log
    ) -> None:
        """An unhandled error of the browser is one escaped and bounded line of the log."""
        element.callRemote("show")
        browser.receive(Error(1, ErrorInfo("T", "why\r\n[-] forged \x1b[2J" + "x" * 5_000)))
        line = log.take("a call failed in the browser")
        assert r"T: why\r\n[-] forged \x1b[2J" in line
        assert len(line) < 600
        assert log.texts() == []

    @pytest.mark.parametrize(
        "name",
        ["say\r\nFAKE entry", "\x1b[2J", "\u202egnp", "\x9bm", "\0"],
        ids=["lineBreak", "terminalSequence", "rightToLeft", "controlSequence", "nul"],
    )
    def test_methodNamesAreEscapedInTheLog(
        self, browser: FakeTransport, log: Log, name: str
    ) -> None:
        """Method names from the browser are escaped in the log."""
        browser.call(name)
        text = log.take("call refused")
        assert text.isprintable()
        assert ascii(name)[1:-1].split("\\")[1] in text

    def test_quotedArgumentsAreEscapedInTheLog(self, browser: FakeTransport, log: Log) -> None:
        """Arguments that the reason of a refusal quotes are escaped in the log."""
        info = browser.error("point", {"x": 1, "name": "a\r\n\x1b[2J\u202e"})
        assert "\r\n" in info.message
        assert log.take("call refused").isprintable()

    def test_logEntryOfARefusalIsBounded(self, browser: FakeTransport, log: Log) -> None:
        """The log entry of a refusal is bounded, whatever the browser sends."""
        browser.call("typed", 1, **{"k" * 50_000: 1})
        assert len(log.take("call refused")) < 1000


class TestMalformed:
    """Messages that no browser sends."""

    @pytest.mark.parametrize(
        "message",
        [
            Join(1, 1),
            Leave(1, 1),
            Event(1, "echo", []),
            b"",
            b"[]",
            b"null",
            b"[1,2]",
            b'["nope",1]',
            b'["call"]',
            b'["call",1,1,"echo",[]',
            b'["call",1,1,"echo",[NaN]]',
            b'["call",1,1,"echo",[9007199254740993]]',
            b'["call",1,1,"echo",["\\ud800"]]',
            b'["call",1,1,"echo",["\xff"]]',
            b'["call",1,1,"echo",[{"$date":1}]]',
            b'["call",1,1,"echo",[],[]]',
            b'["call",1,1,"echo",[],{},1]',
            b'["call",0,1,"echo",[]]',
            b'["call",1,1,"",[]]',
            b'["call",1,1,5,[]]',
            b'["call",1,1.5,"echo",[]]',
            b'["call",true,1,"echo",[]]',
            b'["call",1,1,"' + b"x" * 257 + b'",[]]',
            b'["call",1,1,"echo",[' + b"[" * 100 + b"]" * 100 + b"]]",
            b"[" * 30_000,
        ],
        ids=lambda message: str(message)[:50],
    )
    def test_malformedMessageEndsThePageWith4400(
        self, browser: FakeTransport, element: Answers, log: Log, message: Any
    ) -> None:
        """Malformed bytes, and messages that only the server sends, end the page with 4400."""
        browser.receive(message, Call(2, 1, "echo", []))
        assert [code for code, _ in browser.closed] == [4400]
        assert element.seen == []
        assert browser.page.ended is not None
        assert log.take("page refused (4400)").isprintable()

    def test_messagesBeforeTheMalformedOneAreDispatched(
        self, browser: FakeTransport, element: Answers
    ) -> None:
        """Messages before a malformed one are dispatched, and later ones are not."""
        browser.receive(Call(1, 1, "echo", ["a"]), b"nonsense", Call(2, 1, "echo", ["b"]))
        assert element.seen == [(("a",), {})]
        assert browser.page.ended is not None

    def test_failedCallsDoNotStopTheBatch(
        self, browser: FakeTransport, element: Answers, log: Log
    ) -> None:
        """A call that fails or is refused does not keep the rest of the batch from running."""
        browser.receive(Call(1, 1, "breaks", []), Call(2, 9, "no", []), Call(3, 1, "echo", ["c"]))
        assert [type(message) for message in browser.sent] == [Error, Error, Result]
        assert browser.page.delivery.received == 3
        log.take("ValueError")
