"""Tests of C{livewidget.page.page}: what happens to the calls of a browser."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from msgspec import UNSET
from twisted.internet.defer import CancelledError, Deferred, fail, succeed

from livewidget import ConnectionLost, LiveElement, LiveError, expose
from livewidget.wire.messages import Call, Error, ErrorInfo, Event, Join, Leave, Result
from tests.support.log import Log
from tests.support.pages import Bench, FakeTransport


class Refused(LiveError):
    """An error of an application."""


class Silent(LiveError):
    """An error whose C{__init__} does not call ours."""

    def __init__(self) -> None:
        pass


class Point(msgspec.Struct):
    """An argument that says itself why it is refused."""

    x: int
    name: str = ""

    def __post_init__(self) -> None:
        if self.name:
            raise ValueError(f"no point is called {self.name}")


class Answers(LiveElement):
    """One method for each way to answer."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.later: Deferred[Any] = Deferred()

    @expose
    def echo(self, *args: Any, **kwargs: Any) -> Any:
        self.seen.append((args, kwargs))
        return [list(args), kwargs]

    @expose
    def typed(self, number: int) -> int:
        self.seen.append(number)
        return number

    @expose
    def point(self, point: Point) -> int:
        return point.x

    @expose
    def wait(self) -> Deferred[Any]:
        return self.later

    @expose
    async def coroutine(self) -> Any:
        return await self.later + 1

    @expose
    def give(self) -> Any:
        return self.value

    @expose
    def refuse(self) -> None:
        raise Refused("no such room", {"room": 7})

    @expose
    def refuseSilently(self) -> None:
        raise Silent()

    @expose
    def breaks(self) -> None:
        raise ValueError("the password is xyzzy")

    @expose
    def close(self) -> str:
        assert self.page is not None
        self.page.close("bye")
        return "gone"

    def hidden(self) -> None:
        self.seen.append("hidden")


@pytest.fixture
def element() -> Answers:
    """The one element of the page."""
    return Answers()


@pytest.fixture
def browser(element: Answers) -> FakeTransport:
    """A connected browser with one element."""
    return Bench().live(element)


class TestAnswers:
    """A browser calls an exposed method."""

    def test_value(self, browser: FakeTransport) -> None:
        """Positional and keyword arguments reach the method, its value the browser."""
        assert browser.call("echo", 1, "a", x=[2]) == Result(7, [[1, "a"], {"x": [2]}])

    def test_noAnswerWanted(self, browser: FakeTransport, element: Answers) -> None:
        """A call without an id runs and gets no answer, not even for a LiveError."""
        browser.receive(Call(None, 1, "echo", ["a"]), Call(None, 1, "refuse", []))
        assert element.seen == [(("a",), {})]
        assert browser.sent == []

    def test_noAnswerWantedAndFailing(self, browser: FakeTransport, log: Log) -> None:
        """A call without an id that fails is logged and gets no answer."""
        browser.receive(Call(None, 1, "breaks", []))
        assert browser.sent == []
        log.take("ValueError")

    def test_deferred(self, browser: FakeTransport, element: Answers) -> None:
        """The answer of a Deferred comes when it fires."""
        assert browser.call("wait") is None
        element.later.callback("late")
        assert browser.sent == [Result(7, "late")]

    def test_deferredThatHasFired(self, browser: FakeTransport, element: Answers) -> None:
        """A Deferred that has fired already is answered at once."""
        element.later = succeed("now")
        assert browser.call("wait") == Result(7, "now")

    def test_coroutine(self, browser: FakeTransport, element: Answers) -> None:
        """A coroutine is run, and its value is the answer."""
        assert browser.call("coroutine") is None
        element.later.callback(41)
        assert browser.sent == [Result(7, 42)]

    def test_othersGoOnMeanwhile(self, browser: FakeTransport, element: Answers) -> None:
        """A call that waits does not hold up the next."""
        browser.receive(Call(1, 1, "wait", []), Call(2, 1, "echo", []))
        element.later.callback("late")
        assert browser.sent == [Result(2, [[], {}]), Result(1, "late")]

    def test_deferredThatFails(self, browser: FakeTransport, element: Answers) -> None:
        """A LiveError of a Deferred crosses."""
        element.later = fail(Refused("later"))
        assert browser.error("wait") == ErrorInfo("Refused", "later")

    def test_whileDisconnected(self, browser: FakeTransport, element: Answers) -> None:
        """An answer that comes while the connection is lost goes out on resume."""
        browser.call("wait")
        browser.lose()
        element.later.callback("late")
        again = browser.bench.connect(browser.page, 2)
        assert again.sent == [Result(7, "late")]

    def test_afterTheEnd(self, browser: FakeTransport, element: Answers) -> None:
        """An answer after the page ended goes nowhere, silently."""
        browser.call("wait")
        browser.page.close()
        element.later.callback("late")
        assert browser.sent == []

    def test_badAnswerAfterTheEnd(self, browser: FakeTransport, element: Answers) -> None:
        """Not even one that could not be sent is worth a word then."""
        browser.call("wait")
        browser.page.close()
        element.later.callback(object())

    def test_lossAfterTheEnd(self, browser: FakeTransport, element: Answers) -> None:
        """A method that waited for the browser, and lost it, is no error either."""
        browser.call("wait")
        browser.page.close()
        element.later.errback(ConnectionLost(4000, "bye"))
        assert browser.sent == []

    def test_errorAfterTheEnd(self, browser: FakeTransport, element: Answers, log: Log) -> None:
        """A true error after the page ended is logged."""
        browser.call("wait")
        browser.page.close()
        element.later.errback(ValueError("really"))
        log.take("ValueError: really")
        assert browser.sent == []

    def test_methodThatEndsThePage(self, browser: FakeTransport, element: Answers) -> None:
        """A method may close its page; what came after it is not dispatched."""
        browser.receive(Call(1, 1, "close", []), Call(2, 1, "echo", []))
        assert browser.sent == []
        assert browser.closed == [(4000, "bye")]
        assert element.seen == []


class TestRefusals:
    """What a browser may not call."""

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
    def test_noSuchMethod(
        self, browser: FakeTransport, element: Answers, elementId: int, method: str
    ) -> None:
        """Unexposed, private, unknown, of an unknown element: the same error, no difference."""
        assert browser.error(method, elementId=elementId) == ErrorInfo(
            "NoSuchMethod", f"no method {method!r} is exposed"
        )
        assert element.seen == []
        assert browser.closed == []

    def test_hint(self, log: Log) -> None:
        """The log says if the method is there and not exposed; the browser does not learn it."""

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

    def test_noAttributeAccess(self) -> None:
        """No attribute of the element is looked up on the way to a refusal."""

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

    def test_elementOfAnotherPage(self, browser: FakeTransport) -> None:
        """An id names an element of the browser's own page only."""
        other = [Answers() for _ in range(5)]
        browser.bench.page(*other)
        assert browser.error("echo", elementId=5).type == "NoSuchMethod"
        assert all(element.seen == [] for element in other)

    def test_wrongType(self, browser: FakeTransport, element: Answers) -> None:
        """A wrong type is refused before the method runs, with which argument it was."""
        info = browser.error("typed", "1")
        assert info.type == "BadArguments"
        assert info.message.startswith("typed(): argument 'number': ")
        assert element.seen == []

    def test_wrongArity(self, browser: FakeTransport, element: Answers) -> None:
        """Too many, too few and unknown arguments are refused before the method runs."""
        assert browser.error("typed").type == "BadArguments"
        assert browser.error("typed", 1, 2).type == "BadArguments"
        assert browser.error("typed", 1, other=2).type == "BadArguments"
        assert element.seen == []

    def test_errorNobodyWatches(self, browser: FakeTransport, element: Answers, log: Log) -> None:
        """A browser's error that nobody watches is one line of the log, whatever is in it."""
        element.callRemote("show")
        browser.receive(Error(1, ErrorInfo("T", "why\r\n[-] forged \x1b[2J" + "x" * 5_000)))
        line = log.take("a call failed in the browser")
        assert r"T: why\r\n[-] forged \x1b[2J" in line
        assert len(line) < 600
        assert log.texts() == []

    @pytest.mark.parametrize("name", ["say\r\nFAKE entry", "\x1b[2J", "\u202egnp", "\x9bm", "\0"])
    def test_logIsEscaped(self, browser: FakeTransport, log: Log, name: str) -> None:
        """Names from the browser come into the log escaped."""
        browser.call(name)
        text = log.take("call refused")
        assert text.isprintable()
        assert ascii(name)[1:-1].split("\\")[1] in text

    def test_logOfWhatIsQuoted(self, browser: FakeTransport, log: Log) -> None:
        """What the reason of a refusal quotes comes into the log escaped too."""
        info = browser.error("point", {"x": 1, "name": "a\r\n\x1b[2J\u202e"})
        assert "\r\n" in info.message
        assert log.take("call refused").isprintable()

    def test_logIsShort(self, browser: FakeTransport, log: Log) -> None:
        """A refusal's entry is bounded, whatever the browser sends."""
        browser.call("typed", 1, **{"k" * 50_000: 1})
        assert len(log.take("call refused")) < 1000


class TestErrors:
    """An exposed method fails."""

    def test_liveError(self, browser: FakeTransport, log: Log) -> None:
        """A LiveError crosses with its type, message and data, and is no news for the log."""
        assert browser.error("refuse") == ErrorInfo("Refused", "no such room", {"room": 7})
        assert log.texts() == []

    def test_liveErrorWithoutInit(self, browser: FakeTransport) -> None:
        """A LiveError that does not call our C{__init__} crosses with its type."""
        assert browser.error("refuseSilently") == ErrorInfo("Silent", "")

    def test_opaque(self, browser: FakeTransport, log: Log) -> None:
        """Any other error crosses as an id alone, under which the log has it."""
        info = browser.error("breaks")
        assert info.type == "ServerError"
        found = re.fullmatch(r"the server failed \(error (\w{8})\)", info.message)
        assert found is not None
        assert (info.id, info.data, info.stack) == (found[1], None, UNSET)
        entry = log.take(f"error {found[1]} in 'breaks'")
        assert "ValueError: the password is xyzzy" in entry
        assert "Traceback" in entry
        assert browser.closed == []

    def test_idsDiffer(self, browser: FakeTransport, log: Log) -> None:
        """Each error has an id of its own."""
        first, second = browser.error("breaks"), browser.error("breaks")
        assert first.id != second.id
        log.take(str(first.id))
        log.take(str(second.id))

    def test_debug(self, log: Log) -> None:
        """Debugging, the browser learns the error and its traceback, and the id."""
        browser = Bench(debug=True).live(Answers())
        info = browser.error("breaks")
        assert info.message == f"ValueError: the password is xyzzy (error {info.id})"
        assert "in breaks" in str(info.stack)
        log.take(str(info.id))

    def test_cancelled(self, browser: FakeTransport, element: Answers, log: Log) -> None:
        """A method that cancels itself fails like any other."""
        browser.call("wait")
        element.later.cancel()
        assert browser.sent[0].info.type == "ServerError"
        log.take(CancelledError.__name__)

    @pytest.mark.parametrize(
        "value", [object(), float("inf"), {1: 2}, 2**60, 1j, {"a": ["\udc80"]}]
    )
    def test_answerThatCannotCross(
        self, browser: FakeTransport, element: Answers, log: Log, value: Any
    ) -> None:
        """An answer that cannot be encoded is an error, logged; the page lives."""
        element.value = value
        info = browser.error("give")
        assert info.type == "ServerError"
        assert "EncodeError" in log.take(str(info.id))
        assert browser.call("echo") == Result(7, [[], {}])

    def test_answerInItself(self, browser: FakeTransport, element: Answers, log: Log) -> None:
        """An answer that holds itself is an error like that."""
        element.value = []
        element.value.append(element.value)
        info = browser.error("give")
        assert "EncodeError" in log.take(str(info.id))

    def test_answerThatIsTooLarge(self, browser: FakeTransport, element: Answers, log: Log) -> None:
        """An answer over the limit is an error, logged with the method; the page lives."""
        limit = 64 * 1024 - len('["result",7,""]')
        element.value = "x" * limit
        assert browser.call("give") == Result(7, element.value)
        element.value = "x" * (limit + 1)
        info = browser.error("give")
        assert info.type == "LiveError"
        assert "cannot be sent" in info.message
        assert "65537 bytes" in log.take("give")
        assert browser.call("echo") == Result(7, [[], {}])

    def test_errorWithoutText(self, browser: FakeTransport, element: Answers, log: Log) -> None:
        """An error that cannot even say what it is crosses as an opaque one."""

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
    )
    def test_errorThatCannotCross(
        self, browser: FakeTransport, element: Answers, log: Log, error: Exception, text: str
    ) -> None:
        """An error that cannot be sent crosses without its data, cut short, and is logged."""
        element.later = fail(error)
        assert browser.error("wait") == ErrorInfo("Refused", text)
        log.take("Refused cannot be sent")
        assert browser.call("echo") == Result(7, [[], {}])


class TestMalformed:
    """What a browser never sends ends the page, and reaches no method."""

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
    )
    def test_4400(self, browser: FakeTransport, element: Answers, log: Log, message: Any) -> None:
        """Malformed bytes, and messages of the server's own kinds, end the page with 4400."""
        browser.receive(message, Call(2, 1, "echo", []))
        assert [code for code, _ in browser.closed] == [4400]
        assert element.seen == []
        assert browser.page.ended is not None
        assert log.take("page refused (4400)").isprintable()

    def test_batchUpToThere(self, browser: FakeTransport, element: Answers) -> None:
        """What came before the malformed message has been dispatched."""
        browser.receive(Call(1, 1, "echo", ["a"]), b"nonsense", Call(2, 1, "echo", ["b"]))
        assert element.seen == [(("a",), {})]
        assert browser.page.ended is not None

    def test_badCallsDoNotLoseTheBatch(
        self, browser: FakeTransport, element: Answers, log: Log
    ) -> None:
        """A call that fails or is refused does not keep the rest of the batch from running."""
        browser.receive(Call(1, 1, "breaks", []), Call(2, 9, "no", []), Call(3, 1, "echo", ["c"]))
        assert [type(message) for message in browser.sent] == [Error, Error, Result]
        assert browser.page.delivery.received == 3
        log.take("ValueError")
