"""Tests of the examples calculator, clock and search, with a browser in memory."""

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
def test_filesOfAnExampleAreShort(name: str) -> None:
    """Each file that a newcomer copies has fewer than 60 lines."""
    files = [p for p in (FOLDER / name).rglob("*") if p.suffix in (".py", ".js", ".html")]
    assert len(files) == 3
    for file in files:
        assert len(file.read_text(encoding="utf-8").splitlines()) < 60, file


class TestCalculator:
    """The calculator: keys that are pressed, and what the display shows."""

    def press(self, browser: MemoryBrowser, *keys: str) -> Any:
        """Press some keys, and return the last display or the message of the last error."""
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
            # Evaluated from left to right, as by pocket calculators.
            ("2+3*", "5"),
            ("2+3*4=", "20"),
            # The last of several signs counts.
            ("2+*3=", "6"),
            ("2+=", "2"),
            # After a result, a number starts a new sum and a sign continues with the result.
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
    def test_sumsAreExactAndTheDisplayRounds(self, keys: str, shown: str) -> None:
        """Sums are exact; the display rounds to 12 digits."""
        assert self.press(MemoryBrowser(CalculatorElement()), *keys) == shown

    def test_backspaceRemovesADigitButNotAResult(self) -> None:
        """Backspace removes the last digit, but not a result."""
        browser = MemoryBrowser(CalculatorElement())
        assert self.press(browser, "1", "2", "Backspace") == "1"
        assert self.press(browser, "Backspace", "Backspace") == "0"
        assert self.press(browser, *"4+5=", "Backspace") == "9"

    def test_divisorZeroIsAnErrorAndCanBeCorrected(self) -> None:
        """A division by zero is an error, and the divisor can be corrected."""
        browser = MemoryBrowser(CalculatorElement())
        for keys in ("8/0=", "+", "."):
            last = self.press(browser, *keys)
            assert last == ("0." if keys == "." else "Nothing can be divided by zero.")
        assert self.press(browser, *"5=") == "16"

    def test_digitBeyondTheTwelfthIsRefused(self) -> None:
        """A digit beyond the twelfth is refused, and the others stay."""
        browser = MemoryBrowser(CalculatorElement())
        message = "A number has at most 12 digits here."
        assert self.press(browser, *"123456.789012") == "123456.789012"
        assert self.press(browser, "3") == message
        assert self.press(browser, "=") == "123456.789012"

    @pytest.mark.parametrize("sign", ["*", "/"])
    def test_numberThatIsTooLongIsRefused(self, sign: str) -> None:
        """A number that grows too long is refused, and so is a divisor."""
        browser = MemoryBrowser(CalculatorElement())
        self.press(browser, *"1=")
        displays = [self.press(browser, sign, *"999999999999=") for _ in range(9)]
        assert displays[-1] == "This number is too long for me."
        assert displays[-2].startswith("9" if sign == "*" else "1")
        assert len(str(browser.element.number)) < 110  # type: ignore[attr-defined]

    @pytest.mark.parametrize("key", ["", "10", "x", "__import__('os')", "Enter", 7, None], ids=repr)
    def test_unknownKeyIsRefused(self, key: Any) -> None:
        """An unknown key is refused before the calculator sees it."""
        browser = MemoryBrowser(CalculatorElement())
        [error] = outcome(browser.callRemote("press", key))
        assert error.type == "BadArguments"
        assert self.press(browser, "1") == "1"

    def test_eachPageHasItsOwnCalculator(self) -> None:
        """Each page has its own calculator, and its HTML has what that shows."""
        one, other = (MemoryBrowser(CalculatorElement()) for _ in range(2))
        self.press(one, *"4+")
        assert self.press(other, *"1=") == "1"
        assert self.press(one, *"4=") == "8"
        assert 'aria-label="Display">0</output>' in one.html


class TestClock:
    """The clock: ticks, on a clock of the tests."""

    def make(self, seconds: float = 0) -> tuple[Clock, MemoryBrowser]:
        """Return a clock, and a browser that loaded the page but has not connected."""
        clock = Clock()
        clock.advance(seconds)
        return clock, MemoryBrowser(ClockElement(clock), clock=clock, connect=False)

    def shown(self, browser: MemoryBrowser) -> list[str]:
        """Return the times that the widget was told to show."""
        assert {call.method for call in browser.calls} <= {"show"}
        return [time for call in browser.calls for time in call.args]

    def test_htmlHasTheTimeBeforeAnyTick(self) -> None:
        """The HTML has the time before any script runs, and nothing ticks yet."""
        clock, browser = self.make(3661)
        assert '<time name="time">01:01:01</time>' in browser.html
        clock.advance(5)
        assert browser.calls == []

    def test_connectedPageTicksEachSecond(self) -> None:
        """A page ticks when it is connected, and then each second."""
        _, browser = self.make(86399)
        browser.connect()
        browser.advance(2.5)
        assert self.shown(browser) == ["23:59:59", "00:00:00", "00:00:01"]

    def test_endedPageStopsTicking(self) -> None:
        """A page that has ended leaves no timer."""
        clock, browser = self.make()
        browser.connect()
        browser.page.close()
        browser.advance(5)
        assert self.shown(browser) == ["00:00:00"]
        assert clock.getDelayedCalls() == []

    def test_pageThatNeverConnectsNeverTicks(self) -> None:
        """A page that no browser connects to ends, and has never ticked."""
        clock, browser = self.make()
        browser.advance(60)
        assert clock.getDelayedCalls() == []
        assert browser.page.ended is not None

    def test_ticksDuringALostConnectionAreSentAfterwards(self) -> None:
        """A page ticks while its connection is lost, and sends all ticks afterwards."""
        _, browser = self.make()
        browser.connect()
        browser.disconnect()
        browser.advance(2)
        assert self.shown(browser) == ["00:00:00"]
        browser.connect()
        assert self.shown(browser) == ["00:00:00", "00:00:01", "00:00:02"]


class TestSearch:
    """The search: what is found, and when."""

    @pytest.fixture
    def clock(self) -> Clock:
        """Return a clock that the test advances."""
        return Clock()

    @pytest.fixture
    def browser(self, clock: Clock) -> MemoryBrowser:
        """Return a browser that searches the example's names, on the test's clock."""
        return MemoryBrowser(SearchElement(lambda text: findNames(text, clock)))

    def test_foundNameIsSplitAroundTheText(self, clock: Clock, browser: MemoryBrowser) -> None:
        """A name is sent in three parts, so that a widget can mark the text."""
        answers = outcome(browser.callRemote("search", "HOP"))
        assert answers == []
        clock.advance(0.3)
        assert answers == [[["Grace ", "Hop", "per"]]]

    def test_longerTextIsAnsweredFirst(self, clock: Clock, browser: MemoryBrowser) -> None:
        """The answer to a longer text arrives before that to a shorter one asked first."""
        order: list[str] = []
        for text in ("a", "ad", "ada"):
            answer = browser.callRemote("search", text)
            answer.addCallback(lambda _, text=text: order.append(text))
        for _ in range(7):
            clock.advance(0.1)
        assert order == ["ada", "ad", "a"]

    def test_numberOfFoundNamesIsLimited(self, clock: Clock, browser: MemoryBrowser) -> None:
        """The number of names in an answer is limited."""
        answers = outcome(browser.callRemote("search", "a"))
        clock.advance(1)
        assert len(answers[0]) == MOST_FOUND < sum("a" in name.lower() for name in NAMES)

    @pytest.mark.parametrize(
        "text", [".*", "(", "\\", "ß", "\u0130", "x" * LONGEST_TEXT], ids=ascii
    )
    def test_textInNoNameFindsNothing(
        self, clock: Clock, browser: MemoryBrowser, text: str
    ) -> None:
        """A text is not a pattern, and finds nothing if it is in no name."""
        answers = outcome(browser.callRemote("search", text))
        clock.advance(1)
        assert answers == [[]]

    @pytest.mark.parametrize("text", ["", "x" * (LONGEST_TEXT + 1)], ids=["empty", "tooLong"])
    def test_tooShortOrTooLongTextIsRefused(self, browser: MemoryBrowser, text: str) -> None:
        """A text that is too short or too long is refused immediately."""
        [error] = outcome(browser.callRemote("search", text))
        assert (error.type, error.message) == (
            "LiveError",
            "Please search for 1 to 50 characters.",
        )

    def test_anyFunctionMayFindNames(self) -> None:
        """Any function may find names, now or later, even names that do not contain the text."""
        found: Deferred[list[str]] = Deferred()
        answers = outcome(MemoryBrowser(SearchElement(lambda _: found)).callRemote("search", "x"))
        found.callback(["Max <b>", "someone else"])
        assert answers == [[["Ma", "x", " <b>"], ["", "", "someone else"]]]

    def test_textIsMarkedAsItWasTyped(self) -> None:
        """The marked part is the text as it was typed."""
        browser = MemoryBrowser(SearchElement(lambda _: succeed(["a.b"])))
        assert outcome(browser.callRemote("search", ".")) == [[["a", ".", "b"]]]

    def test_answerAfterTheEndIsDropped(self, clock: Clock, browser: MemoryBrowser) -> None:
        """An answer after the end of its page is dropped."""
        browser.callRemote("search", "a").addErrback(lambda _: None)
        browser.page.close()
        clock.advance(1)

    def test_namesCanBeSearchedWithoutAPage(self, clock: Clock) -> None:
        """The names themselves can be searched without a page."""
        answers = outcome(ensureDeferred(findNames("ADA", clock)))
        clock.advance(0.2)
        assert answers == [["Ada Lovelace"]]
