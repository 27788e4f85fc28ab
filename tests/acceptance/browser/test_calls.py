"""Tests of calls in both directions, their answers and errors, and several elements on a page."""

from __future__ import annotations

import re
from functools import partial
from typing import Any, ClassVar

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.browser.people import People
from tests.support.processes import Server

SERVER = partial(Server.site, "calls")

pytestmark = pytest.mark.usefixtures("checked")


@pytest.fixture
def page(people: People, server: Server) -> Page:
    """Return a page whose widget is C{widget}."""
    return people.shared(f"{server.url}calls")


def outcome(page: Page, method: str, *args: Any) -> dict[str, Any]:
    """Return the outcome of a call of an exposed method, as the browser sees it."""
    found = page.evaluate("(args) => widget.outcome(...args)", [method, *args])
    assert isinstance(found, dict)
    return {name: value for name, value in found.items() if value is not None}


class TestValues:
    """Values that are sent and returned."""

    VALUES: ClassVar = [
        [True, False, 0, -1, 1.5, 2**53 - 1, -(2**53) + 1, 1e300],
        "é ß 😀 \u2028\u2029 \u0000 </script><!-- \\ \" '",
        {"": {"nested": [[], {}, [{"a": None}]]}, "key with space": 1},
        {"$": 1},
        {"$element": 7},
        {"$date": {"$": {"$bytes": "x"}}, "other": {"$$": []}},
        ["x" * 60_000],
    ]

    def test_valueComesBackUnchanged(self, page: Page) -> None:
        """A value passed through calls in both directions comes back unchanged."""
        for value in self.VALUES:
            assert outcome(page, "give", value) == {"result": value}
            assert outcome(page, "ask", "show", value) == {"result": {"result": value}}
        assert page.evaluate("() => widget.shown") == self.VALUES
        assert page.evaluate("() => widget.callRemote('give', null)") is None

    def test_callOverTheLimitFailsWhereItIsMade(self, page: Page) -> None:
        """A call over the size limit fails at the caller, and the page goes on."""
        assert outcome(page, "give", "x" * 70_000)["name"] == "MessageTooLarge"
        assert outcome(page, "give", "x" * 60_000)["result"] == "x" * 60_000

    def test_valueThatJsonCannotHoldIsRefused(self, page: Page) -> None:
        """A value that JSON cannot hold is refused at the caller, with the path to it."""
        for value in ("NaN", "Infinity", "2 ** 53", "() => 1", "{ a: [1, NaN] }"):
            found = page.evaluate(f"() => widget.outcome('give', {value})")
            assert found["name"] == "EncodeError"
        assert ".a[1]" in found["message"]
        assert outcome(page, "give", 1) == {"result": 1}

    def test_argumentsByNameAndDefaults(self, page: Page) -> None:
        """Arguments may be passed by name. Others have their defaults."""
        assert page.evaluate("() => widget.callRemoteKw('add', { left: 1, right: 2 })") == 3
        assert page.evaluate("() => widget.callRemoteKw('add', { left: 1 })") == 11


class TestOrder:
    """Calls start in the order in which they were made."""

    def test_lateAnswersReachTheirCalls(self, page: Page) -> None:
        """Answers may arrive late and out of order; each reaches its own call."""
        found = page.evaluate(
            """async () => {
                 const order = [];
                 const call = async (value, seconds) =>
                   order.push(await widget.callRemote("later", value, seconds));
                 await Promise.all([call("slow", 0.15), call("fast", 0.01), call("middle", 0.08)]);
                 return order; }"""
        )
        assert found == ["fast", "middle", "slow"]
        assert outcome(page, "ask", "later", "from a promise", 20)["result"] == {
            "result": "from a promise"
        }

    def test_coroutinesOnTheServerStartInOrder(self, page: Page) -> None:
        """Coroutines on the server start in order, even if the first one ends last."""
        found = page.evaluate(
            """() => Promise.all([0.1, 0.05, 0].map((seconds, number) =>
                 widget.callRemote("order", number, seconds)))"""
        )
        assert found == [[0], [0, 1], [0, 1, 2]]

    def test_widgetMethodsStartInOrder(self, page: Page) -> None:
        """Methods of a widget start in order."""
        found = page.evaluate(
            """() => Promise.all([100, 50, 0].map((milliseconds, number) =>
                 widget.callRemote("ask", "order", number, milliseconds)))"""
        )
        assert [answer["result"] for answer in found] == [[0], [0, 1], [0, 1, 2]]

    def test_burstArrivesInOrder(self, page: Page) -> None:
        """Thousands of calls made in one turn arrive in order."""
        assert outcome(page, "askMany", "show", 3000) == {}
        page.wait_for_function("() => widget.shown.length === 3000")
        assert page.evaluate("() => widget.shown") == list(range(3000))


class TestErrors:
    """Failures that are sent to the other side."""

    def test_liveErrorRejectsWithItsData(self, page: Page) -> None:
        """A LiveError on the server rejects the call with its type, message and data."""
        wanted = {"name": "RemoteError", "type": "TooHot", "message": "<too hot>"}
        assert outcome(page, "failLater", "<too hot>") == wanted
        data = {"degrees": 451, "where": ["<too hot>"]}
        assert outcome(page, "fail", "<too hot>") == {**wanted, "data": data}

    def test_otherErrorIsOpaque(self, page: Page, server: Server) -> None:
        """Any other error shows an id that the log has too, and none of its text."""
        server.expectTracebacks(1)
        found = outcome(page, "crash")
        assert found["name"] == "RemoteError"
        assert re.fullmatch("[0-9a-f]{8}", found["id"])
        text = str(found)
        for secret in ("swordfish", "password", "ValueError", "Traceback", ".py"):
            assert secret not in text
        server.waitForLine(found["id"])
        server.waitForLine("swordfish")

    REFUSED: ClassVar = [
        ("NoSuchMethod", "hidden"),
        ("NoSuchMethod", "callRemote", "show"),
        ("NoSuchMethod", "__init__"),
        ("NoSuchMethod", "nonsense"),
        ("BadArguments", "add", "1", 2),
        ("BadArguments", "add", 1.5),
        ("BadArguments", "add"),
        ("BadArguments", "add", 1, 2, 3),
    ]

    def test_refusedCallLeavesThePageAlone(self, page: Page) -> None:
        """A call that is not exposed or does not fit is refused, and the page goes on."""
        for kind, *call in self.REFUSED:
            assert outcome(page, *call)["type"] == kind, call
        assert outcome(page, "add", 1, 2) == {"result": 3}

    def test_widgetErrorReachesTheServer(self, page: Page) -> None:
        """An error in a widget's method reaches the server with its type and message."""
        assert outcome(page, "ask", "fail", "brr")["result"] == {
            "type": "TooCold",
            "message": "brr",
            "data": {"degrees": -40},
        }
        found = outcome(page, "ask", "crash")["result"]
        assert (found["type"], found["message"]) == ("RangeError", "out of range")

    NOT_OF_THE_WIDGET = (
        "constructor accessor toString hasOwnProperty callRemote attach __proto__ none shown"
    )

    def test_serverCallsOnlyMethodsOfTheWidget(self, page: Page) -> None:
        """The server can call methods of the widget's own classes, and nothing else."""
        for method in self.NOT_OF_THE_WIDGET.split():
            assert outcome(page, "ask", method)["result"]["type"] == "NoSuchMethod", method

    def test_failedHandlerIsReportedInTheConsole(self, page: Page, people: People) -> None:
        """A handler whose call fails is reported in the console, since nothing awaits it."""
        people.allow("uncaught: .*no method")
        page.evaluate("() => { widget.callRemote = () => Promise.reject(Error('no method')); }")
        with page.expect_event("pageerror"):
            page.get_by_role("button", name="Submit").click()
        expect(page.locator("[name=events]")).to_have_text("submitted")


class TestEvents:
    """C{data-live-on}."""

    def test_eventsReachTheirMethods(self, page: Page, server: Server) -> None:
        """Each event reaches its method, and a submit does not leave the page."""
        page.get_by_label("Field").press_sequentially("ab")
        page.get_by_label("Field").press("Enter")
        expect(page.locator("[name=events]")).to_have_text("typed typed submitted")
        assert page.url == f"{server.url}calls"


class TestFamily:
    """A parent with several children of one class."""

    @pytest.fixture
    def page(self, people: People, server: Server) -> Page:
        return people.shared(f"{server.url}family")

    def test_childrenAreLoadedBeforeTheirParent(self, page: Page) -> None:
        """loaded() of the children is called before loaded() of their parent."""
        found = page.evaluate("() => loadedOrder")
        assert found == ["one", "inner", "two", "three <&> \"'", "parent"]
        expect(page.locator("[name=greeting]")).to_have_text("made")

    def test_childrenAreIndependent(self, page: Page) -> None:
        """Each child has its own state and its own nodes, even one inside another."""
        one, two = (page.get_by_label(name, exact=True) for name in ("one", "two"))
        inner = page.get_by_label("inner", exact=True)
        for section, times in ((one, 2), (inner, 1), (two, 3)):
            for _ in range(times):
                section.get_by_role("button").first.click()
        expect(one.locator("[name=count]")).to_have_text("one 2")
        expect(inner.locator("[name=count]")).to_have_text("inner 1")
        expect(two.locator("> [name=count]")).to_have_text("two 3")
        assert page.get_by_label("three").locator("[name=count]").inner_text() == ""

    def test_initialArgumentsReachTheConstructor(self, page: Page) -> None:
        """The result of getInitialArguments() reaches the widget's constructor."""
        found = page.evaluate("() => widget.childWidgets.map(({ name, rest }) => [name, rest])")
        rest = [{"<b>": ["</script>", None, 1.5, "é\u2028"]}]
        assert found == [["one", rest], ["two", rest], ["three <&> \"'", rest]]
