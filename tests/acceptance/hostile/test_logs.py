"""C16: attacks on the log, which has no forged lines and no secrets."""

from __future__ import annotations

import json
import re

import pytest

from tests.acceptance.hostile.besieged import Besieged
from tests.acceptance.hostile.browsers import Browser, Closed
from tests.acceptance.hostile.client import body, post
from tests.support.pages import CLAIM
from tests.support.websocket import CLOSE, frame

#: A forged log line, colour codes, bidirectional controls, and others.
LINE = "2026-01-01T00:00:00+0000 [evil#critical] FORGED"
EVIL = f"x\r\n{LINE}\n\x1b[31mred\x07\u202eevil\u2066\u2028\x85\x9b"

#: None of these characters is in the log unescaped.
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]")


def check(besieged: Besieged, *secrets: str) -> str:
    """Check the log of the test for raw characters, forged lines and secrets, and return it."""
    # Everything logged earlier precedes this line.
    besieged.peer().request("/the-end-of-the-log")
    log = besieged.untilLogged("the-end-of-the-log")
    for line in log.split("\n"):
        assert not line.startswith(LINE), log
        assert re.match(r"\d{4}-\d\d-\d\dT|\t|$", line), log
    for secret in secrets:
        assert secret not in log, secret
    assert RAW.search(log) is None, log
    return log


def test_methodNameIsEscaped(besieged: Besieged, browser: Browser) -> None:
    """The name of an unknown method is escaped in the log."""
    browser.call(EVIL)
    browser.call(EVIL * 3, EVIL, elementId=7)
    log = check(besieged, browser.pageId, CLAIM)
    assert "call refused" in log
    assert "FORGED" in log


def test_argumentsAreEscaped(besieged: Besieged, browser: Browser) -> None:
    """Arguments that do not fit, and their names, are escaped in the log."""
    browser.call("add", EVIL)
    browser.call("add", 1, **{EVIL: 1})
    browser.call("add", {EVIL: EVIL})
    check(besieged, browser.pageId, CLAIM)


def test_applicationRefusalIsEscaped(besieged: Besieged, browser: Browser) -> None:
    """The text with which an application refuses is escaped in the log."""
    assert browser.call("refuse", EVIL)["message"] == EVIL
    check(besieged, browser.pageId, CLAIM)


def test_browserFailureIsEscaped(besieged: Besieged, browser: Browser) -> None:
    """The browser's text about a call that failed there is escaped in the log."""
    browser.begin("ask", 1)
    callId = browser.next()[1]
    info = {"type": EVIL, "message": EVIL, "stack": EVIL}
    browser.send(json.dumps(["error", callId, info]).encode())
    assert browser.call("echo", 1) == 1
    assert "FORGED" in check(besieged, browser.pageId, CLAIM)


def test_malformedMessageIsEscaped(besieged: Besieged, browser: Browser) -> None:
    """A malformed message is escaped in the log."""
    browser.refused(json.dumps([EVIL, EVIL]).encode())
    check(besieged, browser.pageId, CLAIM)


def test_unknownTagIsEscaped(besieged: Besieged, browser: Browser) -> None:
    """A value that looks like a tag is escaped in the log."""
    browser.refused(json.dumps(["call", 1, 1, "echo", [{"$" + EVIL: 1}]]).encode())
    check(besieged, browser.pageId, CLAIM)


def test_exceptionTextIsEscaped(besieged: Besieged, browser: Browser) -> None:
    """The text of an application's exception, which may quote a browser, is escaped."""
    besieged.expectTracebacks(1)
    browser.call("fail", EVIL)
    check(besieged, browser.pageId, CLAIM)


def test_closeReasonIsEscaped(besieged: Besieged) -> None:
    """The reason with which a browser closes a WebSocket is escaped in the log."""
    browser = besieged.browser("websocket").hello()
    peer = browser.peer  # type: ignore[attr-defined]
    peer.send(frame((4500).to_bytes(2, "big") + EVIL.encode()[:100], CLOSE))
    peer.rest()
    assert "FORGED" in check(besieged, browser.pageId, CLAIM)


def test_malformedHelloIsEscaped(besieged: Besieged) -> None:
    """Malformed hellos and unknown page names are escaped in the log."""
    for data in (json.dumps({EVIL: EVIL}).encode(), EVIL.encode()):
        peer = besieged.peer()
        peer.upgrade()
        peer.text(data)
        peer.closing()
    check(besieged)


def test_headersAreEscaped(besieged: Besieged) -> None:
    """Headers are escaped in the log, for every character HTTP allows in them."""
    pageId = besieged.peer().page()
    for text in (
        "\x1b[31mred",
        "\x9b31m\x85",
        "\u202eevil".encode().decode("latin-1"),
        "a\tb\x08\x7f",
        "%0d%0aFORGED",
        '" FORGED "',
    ):
        for name in ("Host", "Origin", "User-Agent", "Referer", "X-Forwarded-For", "Content-Type"):
            headers = {**post(besieged.host, pageId), "Cookie": "session=s3cret", name: text}
            besieged.peer().request("/probe", {name: text, "Cookie": "session=s3cret"})
            besieged.peer().request("/probe/_live/poll", headers, "POST", body())
            besieged.peer().upgrade(**{name.replace("-", "_"): text})
    log = check(besieged, pageId, CLAIM, "s3cret")
    assert "\\x1b" in log


def test_requestLineIsEscaped(besieged: Besieged) -> None:
    """Paths, methods and versions of requests are escaped in the log."""
    for path in ("/\x1b[31m", "/\u202e".encode().decode("latin-1"), "/%0d%0aFORGED%1b", "/\x9b"):
        besieged.peer().request(path)
    for line in (b"G\x1b[31m / HTTP/1.1", b"GET / HTTP/1.1\x1b[31m", b"GET \xe2\x80\xae HTTP/1.1"):
        peer = besieged.peer()
        peer.send(line + b"\r\nHost: x\r\n\r\n")
        peer.response()
    check(besieged)


def test_pageIdsAndClaimsAreNotLogged(besieged: Besieged) -> None:
    """The id of a page and its claim are in no log, whatever is refused."""
    browser = besieged.browser("longpoll").hello()
    copy = besieged.browser("websocket", pageId=browser.pageId, claim="a-claim-of-another")
    peer = besieged.peer()
    for name in ("send", "poll", "stream"):
        for headers in ({"Origin": "http://evil.example"}, {"Content_Type": "x/y"}, {"Host": "x"}):
            named = post(besieged.host, browser.pageId, **headers)
            peer.request(f"/probe/_live/{name}", named, "POST", body())
        named = post(besieged.host, browser.pageId)
        peer.request(f"/probe/_live/{name}", named, "POST", body(claim="a-claim-of-another"))
        peer.request(f"/probe/_live/{name}", named, "POST", body(other=CLAIM))
        peer.request(f"/probe/_live/{name}", named, "POST", b'{"claim":"' + CLAIM.encode())
    for claim in ("a-claim-of-another", CLAIM + CLAIM * 9):
        copy.claim = claim
        with pytest.raises(Closed) as refused:
            copy.hello()
        assert browser.pageId not in refused.value.reason
    browser.refused(b'["call"]')
    check(besieged, browser.pageId, CLAIM, "a-claim-of-another")


def test_refusedCallsDoNotFillTheLog(besieged: Besieged, browser: Browser) -> None:
    """Refused calls are logged a bounded number of times."""
    for _ in range(50):
        browser.call("nothing")
        browser.call("add", "x")
    assert check(besieged).count("call refused") == 10


def test_longRequestIsCutInTheLog(besieged: Besieged) -> None:
    """A long request is cut in the log."""
    before = len(besieged.log)
    browser = besieged.browser("websocket").hello()
    browser.refused(b'["' + b"x" * 60_000 + b'"]')
    peer = besieged.peer()
    peer.request("/probe", {"Host": "x" * 8000})
    log = check(besieged)
    assert len(log) - before < 4000
