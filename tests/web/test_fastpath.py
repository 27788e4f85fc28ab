"""Tests of C{livewidget.web.fastpath}: a request that is taken whole is as any other to all."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.web.resource import EncodingResourceWrapper, Resource
from twisted.web.server import NOT_DONE_YET, GzipEncoderFactory, Request, Site

from livewidget import LiveResource, LiveSite
from livewidget.web import channel as channelModule
from livewidget.web.fastpath import parseFast
from livewidget.web.site import LiveRequest
from tests.support.differential import HELLO, Asked, Side, asked, bothWays, byTwisted, takes
from tests.support.http import Wire, parseResponse
from tests.support.inputs import PAGE, cuts, edits, examples, pieces
from tests.support.inputs import changed as edited
from tests.support.log import Log
from tests.support.requests import BROWSER, CALL, LEFT, PLAIN, TAKEN, changed, line, post
from tests.support.server import Server, echo

#: Heads that are nearly plain, line by line.
names = st.sampled_from(
    ["Host", "host", "X", "x-a", "Cookie", "ETAG", "X_Y", "X-", "-", "", " X", "X ", "Te"]
) | st.sampled_from(
    ["Connection", "Content-Length", "Content-Type", "Transfer-Encoding", "Expect", "Origin"]
)
values = st.sampled_from(
    ["", " ", "a", "a b", " a", "a ", "\t", "a\r b", "a\nb", "\x00", "\xe9", "\x7f", "a=b; c"]
) | st.sampled_from(
    ["keep-alive", "close", "chunked", "100-continue", "application/json", "3", "localhost:8080"]
)
lines = st.tuples(
    names,
    st.sampled_from([": ", ": ", ": ", ":", " : ", ":\t", "  "]),
    values,
    st.sampled_from(["\r\n", "\r\n", "\r\n", "\n", "\r", "\r\n ", "\r\n\t"]),
).map("".join)
inputs = st.one_of(
    st.sampled_from([*TAKEN, *LEFT]),
    st.builds(edited, st.sampled_from(TAKEN), edits),
    lines.map(lambda text: line(text.removesuffix("\r\n"))),
    st.lists(lines, max_size=3).map(lambda texts: line("".join(texts).removesuffix("\r\n"))),
)


class TestSame:
    """To who looks at it, and to who sent it, it is as if Twisted had read it."""

    @pytest.mark.parametrize("data", TAKEN)
    def test_taken(self, data: bytes) -> None:
        """All that a resource can learn of it is the same."""

        def use(side: Side) -> Any:
            return side.say(data), side.resource.notes, side.file.lines

        with takes() as took:
            answer, notes, log = bothWays(lambda: Side(Asked()), use)
        assert took.call_count == 1
        assert answer.startswith(b"HTTP/1.1 200 OK\r\nServer: ")
        assert len(notes) == len(log) == 1

    @pytest.mark.parametrize("data", LEFT)
    def test_left(self, data: bytes) -> None:
        """None of the others is taken."""
        with takes() as took:
            Side(Asked()).say(data)
        assert took.call_count == 0

    @pytest.mark.filterwarnings("ignore:twisted.web.resource._UnsafeErrorPage")
    @examples(400)
    @given(several=st.lists(inputs, min_size=1, max_size=3), places=cuts)
    def test_any(self, several: list[bytes], places: list[int]) -> None:
        """Whatever comes, whole or in pieces: the same requests, and the same answers."""

        def use(parts: list[bytes]) -> Callable[[Side], Any]:
            def say(side: Side) -> Any:
                answer = side.say(*parts)
                lost = side.wire.transport.disconnecting
                return answer, side.resource.notes, side.file.lines, lost

            return say

        bothWays(lambda: Side(Asked()), use(several))
        bothWays(lambda: Side(Asked()), use(pieces(b"".join(several), places)))

    @pytest.mark.filterwarnings("ignore:twisted.web.resource._UnsafeErrorPage")
    @examples(200)
    @given(several=st.lists(inputs, min_size=1, max_size=3))
    def test_page(self, several: list[bytes]) -> None:
        """To a page too: what it hears, what it answers, and what is in the log."""

        def use(server: Server) -> Any:
            log = Log()
            globalLogPublisher.addObserver(log)
            try:
                # The same for both, since the log may cut it off anywhere.
                with patch("secrets.token_urlsafe", return_value=PAGE.decode()):
                    page = server.page()
                side = Side(server.resource)
                answer = side.say(post(body=HELLO), *several)
                element = echo(page).heard if page.ended is None else None
                ended = page.ended and (page.ended.code, page.ended.reason)
                return answer, element, ended, page.delivery.received, log.texts()
            finally:
                globalLogPublisher.removeObserver(log)

        whole = use(Server())
        with byTwisted():
            assert use(Server()) == whole


class Before(Resource):
    """An application's own resource, in whose tree a page is.

    @param does: something with each request that comes by.
    """

    def __init__(self, does: Callable[[Any], object], below: Any) -> None:
        super().__init__()
        self._does = does
        self._below = below

    def getChild(self, name: bytes, request: Request) -> Any:
        """All of it is below C{/app}."""
        self._does(request)
        return self._below


def removed(request: Any) -> None:
    """Take a header off the answer, and one off the request."""
    request.responseHeaders.removeHeader(b"server")
    request.requestHeaders.removeHeader(b"x")


def wrapped(request: Any) -> None:
    """Write in another way."""
    write = request.write
    request.write = lambda data: write(data.upper())


def raises(request: Any) -> None:
    """Fail."""
    raise ZeroDivisionError


DOES = [
    lambda request: None,
    asked,
    removed,
    wrapped,
    lambda request: request.getSession(),
    lambda request: request.addCookie(b"a", b"b"),
    lambda request: request.setHeader(b"x-frame-options", b"DENY"),
    lambda request: request.setHeader(b"server", b"mine"),
    lambda request: request.setHeader(b"connection", b"close"),
    lambda request: request.setHeader(b"content-type", b"text/plain"),
    lambda request: request.setResponseCode(201),
    lambda request: request.setResponseCode(200, b"Fine"),
    lambda request: request.setETag(b"x"),
    lambda request: request.setLastModified(1),
    lambda request: request.setHost(b"evil.example", 80),
    lambda request: request.requestHeaders.setRawHeaders(b"origin", [b"http://evil.example"]),
    lambda request: request.requestHeaders.setRawHeaders(b"live-page", [b"x", b"y"]),
    lambda request: request.requestHeaders.removeHeader(b"content-type"),
    lambda request: request.notifyFinish(),
    lambda request: request.content.read(3),
    lambda request: hasattr(request, "nothing"),
]


class Doubling:
    """Encodes answers in a way that is not said in the headers."""

    def encoderForRequest(self, request: Request) -> Any:
        """The encoder of an answer."""
        return self

    def encode(self, data: bytes) -> bytes:
        """A part of it."""
        return data.replace(b"4404", b"44044404")

    def finish(self) -> bytes:
        """The rest of it."""
        return b""


class TestApplications:
    """What an application does to a request before it comes to the page has its effect."""

    @pytest.mark.parametrize("does", DOES)
    @pytest.mark.parametrize("name", ["poll", "send"])
    def test_before(self, name: str, does: Callable[[Any], object]) -> None:
        """The answer is the same, whether it is taken whole or not."""
        outcomes = []
        cookie = re.compile(rb"(TWISTED_SESSION=)\w+")

        def use() -> Any:
            log = Log()
            globalLogPublisher.addObserver(log)
            server = Server()
            page = server.page()
            side = Side(Before(does, server.resource))
            side.wire._resource = server.resource
            headers = [*changed("Live-Page", page.pageId), ("Cookie", "a=b"), ("X", "y")]
            hello = side.say(post("/app/_live/poll", headers, HELLO))
            answer = side.say(post(f"/app/_live/{name}", headers, CALL))
            side.clock.advance(10_000)
            globalLogPublisher.removeObserver(log)
            heard = echo(page).heard
            outcomes.append(answer)
            return cookie.sub(rb"\1", hello + answer), heard, side.file.lines, log.texts()

        with takes() as took:
            whole = use()
        assert took.call_count == 2
        with byTwisted():
            assert use() == whole

    @pytest.mark.parametrize("touched", [False, True])
    def test_answer(self, monkeypatch: pytest.MonkeyPatch, touched: bool) -> None:
        """What an application has set is in the answer, and the time at which it was asked."""
        monkeypatch.setattr("livewidget.web.fastpath.time", lambda: 784111777.5)
        server = Server()
        page = server.page()

        def does(request: Any) -> None:
            if touched:
                request.setHeader(b"x-frame-options", b"DENY")

        wire = Wire(server.resource, site=LiveSite(Before(does, server.resource), timeout=None))
        wire.send(post("/app/_live/poll", changed("Live-Page", page.pageId), HELLO))
        answer = parseResponse(wire.take())
        assert answer.headers["date"] == "Sun, 06 Nov 1994 08:49:37 GMT"
        assert answer.headers.get("x-frame-options") == ("DENY" if touched else None)

    @pytest.mark.parametrize("factory", [GzipEncoderFactory(), Doubling()])
    def test_encoded(self, factory: Any) -> None:
        """An encoder around it encodes its answers."""

        def use(side: Side) -> Any:
            return side.say(post(headers=[*PLAIN, ("Accept-Encoding", "gzip")]))

        def make() -> Side:
            page = LiveResource(list, clock=Clock())
            page.children[b"_live"].putChild(
                b"poll",
                EncodingResourceWrapper(page.children[b"_live"].children[b"poll"], [factory]),
            )
            return Side(page)

        answer = bothWays(make, use)
        assert b"Content-Encoding: gzip\r\n" in answer or b"44044404" in answer

    def test_fails(self, log: Log) -> None:
        """What a resource raises is an answer of the site's."""

        def use(side: Side) -> Any:
            return side.say(post("/app/_live/poll"))

        answer = bothWays(lambda: Side(Before(raises, Asked())), use)
        assert answer.startswith(b"HTTP/1.1 500 ")
        assert [event["log_failure"].type for event in log.events] == [ZeroDivisionError] * 2
        log.events.clear()

    def test_identify(self) -> None:
        """The hook that says whose it is gets what Twisted's request has."""
        notes = []

        def identify(request: Request) -> str:
            notes.append(asked(request))
            return request.getCookie(b"a").decode()

        def use(side: Side) -> Any:
            return side.say(post(headers=BROWSER)), notes.pop()

        def make() -> Side:
            return Side(LiveResource(list, clock=Clock(), identify=identify))

        answer, note = bothWays(make, use)
        assert b"4404" in answer
        assert note["cookies"] == {b"a": b"b", b"c": b"d=e"}

    def test_copied(self) -> None:
        """What another process gets of it by C{twisted.web.distrib}."""
        states = []

        class Copies(Resource):
            isLeaf = True

            def render(self, request: Any) -> bytes:
                state = request.getStateToCopyFor(None)
                answer = dict(request.responseHeaders.getAllRawHeaders())
                assert answer.pop(b"Date")
                asked = dict(state["requestHeaders"])
                more = {"remote": None, "requestHeaders": asked, "responseHeaders": answer}
                states.append({**state, **more})
                return b""

        bothWays(lambda: Side(Copies()), lambda side: side.say(post(headers=BROWSER)))
        whole, other = states
        assert whole.keys() >= other.keys() - {"_stored", "_mediaTypes"}
        for name in whole.keys() & other.keys():
            assert whole[name] == other[name], name

    def test_ownRequests(self) -> None:
        """A site with requests of its own has all of them from Twisted."""

        class Own(LiveRequest):
            pass

        with takes() as took:
            side = Side(Asked(), requestFactory=Own)
            side.say(post())
        assert took.call_count == 0
        assert len(side.resource.notes) == 1

    def test_otherChannels(self) -> None:
        """A site of Twisted's own serves pages as ever."""
        server = Server()
        page = server.page()
        wire = Wire(server.resource, site=Site(server.resource, reactor=Clock(), timeout=None))
        wire.send(post(headers=changed("Live-Page", page.pageId), body=HELLO))
        assert wire.take().startswith(b"HTTP/1.1 200 OK\r\n")


def test_names() -> None:
    """Twisted's request has these names, and no others that we would have to set."""
    side = Side(Asked())

    class Late(Resource):
        isLeaf = True

        def render(self, request: Any) -> int:
            states.append({**vars(request)})
            return NOT_DONE_YET

    states: list[dict[str, Any]] = []
    for way in (lambda data: None, parseFast):
        with patch.object(channelModule, "parseFast", way):
            side = Side(Late())
            side.say(post())
    later = {"requestHeaders", "responseHeaders", "received_cookies"}
    ours = {"head", "_since", "_mediaTypes", "_stored"}
    assert states[0].keys() - ours == (states[1].keys() | later) - ours
    assert later.isdisjoint(states[1])
