"""Attacks by calls: which methods a browser may call, with what, and what a refusal reveals."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from threading import Thread
from typing import Any

from tests.acceptance.hostile.besieged import Besieged
from tests.acceptance.hostile.browsers import Browser, WebSocketBrowser

UNEXPOSED = [
    "secret",
    "unexposed",
    "__init__",
    "__class__",
    "__dict__",
    "__getattribute__",
    "__reduce__",
    "__subclasshook__",
    "callRemote",
    "callRemoteOnly",
    "connectionMade",
    "connectionLost",
    "detached",
    "getInitialArguments",
    "page",
    "template",
    "ran",
    "_livePage",
    "ECHO",
    "Echo",
    "echo ",
    " echo",
    "echo\x00",
    "echo\n",
    "echo()",
    "echo.__call__",
    "self.echo",
    "page.close",
    "\u0435cho",
    "\u202eecho",
    "constructor",
    "__proto__",
    "then",
    "x" * 256,
]

#: Arguments of C{add(left: int, right: int = 10)}, and the one that the error names.
BAD: list[tuple[list[Any], dict[str, Any], str]] = [
    ([], {}, "left"),
    (["1"], {}, "left"),
    ([1.5], {}, "left"),
    ([True], {}, "left"),
    ([None], {}, "left"),
    ([[1]], {}, "left"),
    ([{"a": 1}], {}, "left"),
    ([1, "2"], {}, "right"),
    ([1, None], {}, "right"),
    ([1, 2, 3], {}, "add()"),
    ([1], {"left": 1}, "left"),
    ([1], {"other": 1}, "other"),
    ([1], {"self": 1}, "self"),
    ([1], {"__class__": 1}, "__class__"),
    ([], {"right": 1}, "left"),
]


def test_unexposedMethodsAreOneError(besieged: Besieged, browser: Browser) -> None:
    """C4: any name that is not exposed gives the same error, and is not looked up."""
    before = besieged.vitals()
    for name in UNEXPOSED:
        info = browser.call(name)
        assert info == {"type": "NoSuchMethod", "message": f"no method {name!r} is exposed"}
    after = besieged.vitals()
    assert (after["ran"], after["touched"]) == (before["ran"], 0)
    assert browser.call("echo", 1) == 1


def test_unknownAndForeignElementsAreOneError(besieged: Besieged, browser: Browser) -> None:
    """C4: an element that is missing or of another page gives the same error."""
    besieged.browser("websocket").hello()
    before = besieged.vitals()["ran"]
    for elementId in (2, 3, 1000, 2**53 - 1):
        info = browser.call("echo", 1, elementId=elementId)
        assert info == {"type": "NoSuchMethod", "message": "no method 'echo' is exposed"}
    assert besieged.vitals()["ran"] == before


def test_badArgumentsAreRefusedBeforeTheCall(besieged: Besieged, browser: Browser) -> None:
    """C5: arguments that do not fit are refused and named before the method runs."""
    before = besieged.vitals()["ran"]
    for args, kwargs, named in BAD:
        info = browser.call("add", *args, **kwargs)
        assert info["type"] == "BadArguments", (args, kwargs)
        assert named in info["message"], (args, kwargs)
        assert set(info) == {"type", "message"}
    assert besieged.vitals()["ran"] == before
    assert browser.call("add", 1, right=2) == 3


def test_serverErrorShowsAnIdOnly(besieged: Besieged, browser: Browser) -> None:
    """C17: a server error shows an id only; the log has the rest under that id."""
    besieged.expectTracebacks(1)
    info = browser.call("fail", "the password is 1234")
    assert set(info) == {"type", "message", "id"}
    assert info["type"] == "ServerError"
    assert info["message"] == f"the server failed (error {info['id']})"
    assert re.fullmatch("[0-9a-f]{8}", info["id"])
    besieged.untilLogged("the password is 1234")
    assert f"error {info['id']}" in besieged.log
    assert browser.call("refuse", "too hot")["message"] == "too hot"


def test_floodIsSlowedDown(besieged: Besieged, browser: Browser) -> None:
    """C9: a flood of calls is slowed down, in order, nothing lost; others are served."""
    other = besieged.browser("websocket").hello()
    ran = besieged.vitals()["ran"]
    browser.send(*[b'["call",%d,1,"echo",["x"]]' % number for number in range(1, 3001)])
    assert other.call("echo", "calm") == "calm"
    assert besieged.vitals()["ran"] - ran < 2000
    for number in range(1, 3001):
        if number % 500 == 0:
            besieged.advance(1)
            browser.acknowledge()
        assert browser.next() == ["result", number, "x"]


def test_endlessFloodIsClosed(besieged: Besieged) -> None:
    """C9: a browser that keeps calling all the same is closed when too much waits."""
    browser = besieged.browser("websocket").hello()
    other = besieged.browser("longpoll").hello()
    assert browser.refused(*[b'["call",null,1,"echo",["x"]]'] * 15_000) == 4429
    assert other.call("echo", "calm") == "calm"
    assert besieged.vitals()["memory"] - besieged.memory < 8 * 1024 * 1024


def test_unansweredCallsEndWithThePage(besieged: Besieged, browser: Browser) -> None:
    """C9: calls that the server never answers end with the page."""
    for _ in range(200):
        browser.begin("hang")
    assert browser.call("echo", 1) == 1
    browser.lose()
    besieged.forget()
    assert besieged.vitals()["objects"]["ProbeElement"] == 0


def test_floodOfAcknowledgementsHoldsNobodyUp(besieged: Besieged) -> None:
    """C9: a flood of messages that are not calls delays no other page either."""
    browser = besieged.browser("websocket").hello()
    assert isinstance(browser, WebSocketBrowser)
    other = besieged.browser("websocket").hello()
    for turn in range(5):
        browser.peer.text(*[b'{"received":0}'] * 2000)
        assert other.call("echo", turn) == turn
    assert browser.call("echo", 1) == 1


def test_runningCallsAreBounded(besieged: Besieged) -> None:
    """C9: 1,000 calls of a page run at a time; more are refused, and others go on."""
    browser = besieged.browser("websocket").hello()
    other = besieged.browser("longpoll").hello()
    for _ in range(2):
        browser.send(*[b'["call",null,1,"hang",[]]'] * 500)
        besieged.advance(1)
    assert browser.call("echo", 1)["type"] == "TooManyCalls"
    assert other.call("echo", 1) == 1


def test_waitingCallsAreBounded(besieged: Besieged) -> None:
    """C9: 10,000 server calls may wait for a page's answers; beyond that the page is closed."""
    browser = besieged.browser("websocket").hello()
    for _ in range(2):
        # The answer follows the calls.
        browser.answer(browser.begin("ask", 4999))
        browser.acknowledge()
    assert browser.call("echo", 1) == 1
    browser.begin("ask", 10)
    assert browser.closed()[0] == 4429


def test_callsThatTheBrowserNeverAnswersEnd(besieged: Besieged, browser: Browser) -> None:
    """C9: server calls that a browser does not answer end with the page."""
    browser.begin("ask", 500)
    for _ in range(500):
        assert browser.next()[3] == "answer"
    browser.acknowledge()
    assert browser.call("echo", 1) == 1
    browser.lose()
    besieged.forget()
    assert besieged.vitals()["objects"]["ProbeElement"] == 0


def test_answersToNoCallChangeNothing(besieged: Besieged, browser: Browser) -> None:
    """C9: answers to calls that were never made, or twice, change nothing."""
    browser.begin("ask", 1)
    callId = browser.next()[1]
    for _ in range(2):
        browser.send(*[b'["result",%d,null]' % number for number in (callId, 77, 2**53 - 1)])
    browser.send(b'["error",78,{"type":"E","message":"m"}]')
    assert browser.call("echo", 1) == 1


def test_widgetReportsCountForOwnElementsOnce(besieged: Besieged, browser: Browser) -> None:
    """C9: reports that widgets exist or are detached count for own elements, once each."""
    answer = browser.call("sprout")
    sprout, _, *_ = answer["$element"]["elements"][0]
    for text in (["made", 1], ["made", 99], ["made", sprout], ["made", sprout], ["detach", 99]):
        browser.send(json.dumps(text).encode())
    assert browser.call("count", elementId=sprout) == 1
    browser.send(json.dumps(["detach", sprout]).encode())
    browser.send(json.dumps(["detach", sprout]).encode())
    assert browser.call("count", elementId=sprout)["type"] == "Detached"
    other = besieged.browser("longpoll").hello()
    theirs = other.call("sprout")["$element"]["elements"][0][0]
    assert other.call("count", elementId=theirs) == 0
    browser.send(json.dumps(["detach", 1]).encode())
    assert browser.call("echo", 1)["type"] == "Detached"
    assert other.call("echo", 1) == 1


def test_blockingMethodCostsItsMomentOnce(
    besieged: Besieged, browser: Browser, tmp_path: Path
) -> None:
    """N8, C9: a method that blocks the server for a moment delays others by that moment, once."""
    other = besieged.browser("longpoll").hello()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # Opening the pipe returns once the server reads, which then goes on.
    writing = Thread(target=pipe.write_bytes, args=[b""])
    writing.start()
    browser.begin("block", str(pipe))
    writing.join()
    assert other.call("echo", 1) == 1
    assert browser.call("echo", 2) == 2


def test_htmlNamesNoMethodAndNoClass(besieged: Besieged) -> None:
    """C4: the page's own HTML names no method and no class on the server."""
    html = besieged.peer().request("/probe").text
    start = re.search('id="livewidget-start">(.*?)</script>', html)
    assert start is not None
    elements = json.loads(start[1])["elements"]
    assert elements == [[1, None, "livewidget", "Widget", [""]]]
    assert "ProbeElement" not in start[1]
    assert "unexposed" not in html
