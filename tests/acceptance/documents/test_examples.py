"""Tests of the examples calculator, clock and search, in a browser in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, ensureDeferred, succeed
from twisted.internet.task import Clock

import examples
from examples.calculator import CalculatorElement
from examples.clock import ClockElement
from examples.search import LONGEST_TEXT, MOST_FOUND, NAMES, SearchElement, findNames
from livewidget import RemoteError
from livewidget.testing import MemoryBrowser
from tests.support.deferreds import outcome

FOLDER = Path(next(iter(examples.__path__)))


@pytest.mark.parametrize("name", ["calculator", "clock", "search"])
def test_theyAreShort(name: str) -> None:
    """What a newcomer copies has less than 60 lines, in Python, in JavaScript and as a template."""
    files = [p for p in (FOLDER / name).rglob("*") if p.suffix in (".py", ".js", ".html")]
    assert len(files) == 3
    for file in files:
        assert len(file.read_text(encoding="utf-8").splitlines()) < 60, file


class TestCalculator:
    """Keys that are pressed, and what the display shows."""

    def press(self, browser: MemoryBrowser, *keys: str) -> Any:
        """What the last of some keys gives: a display, or the message of an error."""
        [last] = [outcome(browser.callRemote("press", key)) for key in keys][-1]
        return last.message if isinstance(last, RemoteError) else last

    @pytest.mark.parametrize(
        ("keys", "shown"),
        [
            ("7", "7"),
            ("12.50", "12.50"),
            ("007", "7"),
            (".5", "0.5"),
            ("1.2.3", "1.23"),
            ("2+3=", "5"),
            ("2-5=", "-3"),
            ("6*7=", "42"),
            ("6/4=", "1.5"),
            # From left to right, as pocket calculators do.
            ("2+3*", "5"),
            ("2+3*4=", "20"),
            # The last sign counts.
            ("2+*3=", "6"),
            ("2+=", "2"),
            # A number after the result begins anew, a sign goes on with it.
            ("2+3=7", "7"),
            ("2+3=7+1=", "8"),
            ("2+3=*2=", "10"),
            (".1+.2=", "0.3"),
            ("1/3=", "0.333333333333"),
            ("1/3*3=", "1"),
            ("1/3*3-1=", "0"),
            ("999999999999*999999999999=", "9.99999999998e+23"),
            ("5+C", "0"),
            ("5+3C2=", "2"),
        ],
    )
    def test_sums(self, keys: str, shown: str) -> None:
        """Sums are exact; the display rounds to 12 digits."""
        assert self.press(MemoryBrowser(CalculatorElement()), *keys) == shown

    def test_backspace(self) -> None:
        """The last digit goes; a result stays."""
        browser = MemoryBrowser(CalculatorElement())
        assert self.press(browser, "1", "2", "Backspace") == "1"
        assert self.press(browser, "Backspace", "Backspace") == "0"
        assert self.press(browser, *"4+5=", "Backspace") == "9"

    def test_zero(self) -> None:
        """A division by zero is an error, and the divisor can be mended."""
        browser = MemoryBrowser(CalculatorElement())
        for keys in ("8/0=", "+", "."):
            last = self.press(browser, *keys)
            assert last == ("0." if keys == "." else "Nothing can be divided by zero.")
        assert self.press(browser, *"5=") == "16"

    def test_digits(self) -> None:
        """A digit too many is refused, and the others stay."""
        browser = MemoryBrowser(CalculatorElement())
        message = "A number has at most 12 digits here."
        assert self.press(browser, *"123456.789012") == "123456.789012"
        assert self.press(browser, "3") == message
        assert self.press(browser, "=") == "123456.789012"

    @pytest.mark.parametrize("sign", ["*", "/"])
    def test_length(self, sign: str) -> None:
        """A number does not grow for ever, neither does a divisor."""
        browser = MemoryBrowser(CalculatorElement())
        self.press(browser, *"1=")
        displays = [self.press(browser, sign, *"999999999999=") for _ in range(9)]
        assert displays[-1] == "This number is too long for me."
        assert displays[-2].startswith("9" if sign == "*" else "1")
        assert len(str(browser.element.number)) < 110  # type: ignore[attr-defined]

    @pytest.mark.parametrize("key", ["", "10", "x", "__import__('os')", "Enter", 7, None])
    def test_otherKeys(self, key: Any) -> None:
        """What is no key is refused before the calculator sees it."""
        browser = MemoryBrowser(CalculatorElement())
        [error] = outcome(browser.callRemote("press", key))
        assert error.type == "BadArguments"
        assert self.press(browser, "1") == "1"

    def test_eachItsOwn(self) -> None:
        """Pages calculate by themselves; the HTML has what their calculator shows."""
        one, other = (MemoryBrowser(CalculatorElement()) for _ in range(2))
        self.press(one, *"4+")
        assert self.press(other, *"1=") == "1"
        assert self.press(one, *"4=") == "8"
        assert 'aria-label="Display">0</output>' in one.html


class TestClock:
    """Ticks, on a clock of the tests."""

    def make(self, seconds: float = 0) -> tuple[Clock, MemoryBrowser]:
        """A page that is loaded at a time, and has not connected yet."""
        clock = Clock()
        clock.advance(seconds)
        return clock, MemoryBrowser(ClockElement(clock), clock=clock, connect=False)

    def shown(self, browser: MemoryBrowser) -> list[str]:
        """What the widget was told to show."""
        assert {call.method for call in browser.calls} <= {"show"}
        return [time for call in browser.calls for time in call.args]

    def test_html(self) -> None:
        """The time is in the HTML, before any script runs; nothing ticks yet."""
        clock, browser = self.make(3661)
        assert '<time name="time">01:01:01</time>' in browser.html
        clock.advance(5)
        assert browser.calls == []

    def test_ticks(self) -> None:
        """It ticks when the page is there, and then each second."""
        _, browser = self.make(86399)
        browser.connect()
        browser.advance(2.5)
        assert self.shown(browser) == ["23:59:59", "00:00:00", "00:00:01"]

    def test_stops(self) -> None:
        """When the page ends, nothing is left to happen."""
        clock, browser = self.make()
        browser.connect()
        browser.page.close()
        browser.advance(5)
        assert self.shown(browser) == ["00:00:00"]
        assert clock.getDelayedCalls() == []

    def test_neverThere(self) -> None:
        """A page that no browser connects to ends, and has never ticked."""
        clock, browser = self.make()
        browser.advance(60)
        assert clock.getDelayedCalls() == []
        assert browser.page.ended is not None

    def test_away(self) -> None:
        """While the connection is lost it ticks on; the page has all of it afterwards."""
        _, browser = self.make()
        browser.connect()
        browser.disconnect()
        browser.advance(2)
        assert self.shown(browser) == ["00:00:00"]
        browser.connect()
        assert self.shown(browser) == ["00:00:00", "00:00:01", "00:00:02"]


class TestSearch:
    """What is found, and when."""

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def browser(self, clock: Clock) -> MemoryBrowser:
        """A search in the names of the example, on a clock of the tests."""
        return MemoryBrowser(SearchElement(lambda text: findNames(text, clock)))

    def test_parts(self, clock: Clock, browser: MemoryBrowser) -> None:
        """A name comes in three parts, so that a widget can mark the one searched for."""
        answers = outcome(browser.callRemote("search", "HOP"))
        assert answers == []
        clock.advance(0.3)
        assert answers == [[["Grace ", "Hop", "per"]]]

    def test_overtakes(self, clock: Clock, browser: MemoryBrowser) -> None:
        """The answer to a longer text comes before that to the shorter one asked first."""
        order: list[str] = []
        for text in ("a", "ad", "ada"):
            answer = browser.callRemote("search", text)
            answer.addCallback(lambda _, text=text: order.append(text))
        for _ in range(7):
            clock.advance(0.1)
        assert order == ["ada", "ad", "a"]

    def test_most(self, clock: Clock, browser: MemoryBrowser) -> None:
        """No more than a few are sent."""
        answers = outcome(browser.callRemote("search", "a"))
        clock.advance(1)
        assert len(answers[0]) == MOST_FOUND < sum("a" in name.lower() for name in NAMES)

    @pytest.mark.parametrize("text", [".*", "(", "\\", "ß", "\u0130", "x" * LONGEST_TEXT])
    def test_nothing(self, clock: Clock, browser: MemoryBrowser, text: str) -> None:
        """A text is no pattern; what nobody is called finds nothing."""
        answers = outcome(browser.callRemote("search", text))
        clock.advance(1)
        assert answers == [[]]

    @pytest.mark.parametrize("text", ["", "x" * (LONGEST_TEXT + 1)])
    def test_length(self, browser: MemoryBrowser, text: str) -> None:
        """What is too short or too long is refused at once."""
        [error] = outcome(browser.callRemote("search", text))
        assert (error.type, error.message) == (
            "LiveError",
            "Please search for 1 to 50 characters.",
        )

    def test_otherSource(self) -> None:
        """Any function will do that finds names, now or later, exactly fitting or not."""
        found: Deferred[list[str]] = Deferred()
        answers = outcome(MemoryBrowser(SearchElement(lambda _: found)).callRemote("search", "x"))
        found.callback(["Max <b>", "someone else"])
        assert answers == [[["Ma", "x", " <b>"], ["", "", "someone else"]]]

    def test_textIsNoPattern(self) -> None:
        """What is marked is the text as it was typed."""
        browser = MemoryBrowser(SearchElement(lambda _: succeed(["a.b"])))
        assert outcome(browser.callRemote("search", ".")) == [[["a", ".", "b"]]]

    def test_pageEnds(self, clock: Clock, browser: MemoryBrowser) -> None:
        """An answer that comes after the end of its page is nobody's."""
        browser.callRemote("search", "a").addErrback(lambda _: None)
        browser.page.close()
        clock.advance(1)

    def test_names(self, clock: Clock) -> None:
        """The names themselves can be searched without a page."""
        answers = outcome(ensureDeferred(findNames("ADA", clock)))
        clock.advance(0.2)
        assert answers == [["Ada Lovelace"]]
