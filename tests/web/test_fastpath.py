"""Tests of C{livewidget.web.fastpath}: it has the same effects as Twisted's parser."""

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
    """The application and the client cannot tell that Twisted did not parse the request."""

    @pytest.mark.parametrize("data", TAKEN)
    def test_fastRequestLooksLikeATwistedRequest(self, data: bytes) -> None:
        """A resource sees the same request, and the client the same response."""

        def use(side: Side) -> Any:
            return side.say(data), side.resource.notes, side.file.lines

        with takes() as took:
            answer, notes, log = bothWays(lambda: Side(Asked()), use)
        assert took.call_count == 1
        assert answer.startswith(b"HTTP/1.1 200 OK\r\nServer: ")
        assert len(notes) == len(log) == 1

    @pytest.mark.parametrize("data", LEFT)
    def test_otherRequestIsLeftToTwisted(self, data: bytes) -> None:
        """No other request takes the fast path."""
        with takes() as took:
            Side(Asked()).say(data)
        assert took.call_count == 0

    @pytest.mark.filterwarnings("ignore:twisted.web.resource._UnsafeErrorPage")
    @examples(400)
    @given(several=st.lists(inputs, min_size=1, max_size=3), places=cuts)
    def test_anyBytesHaveTheSameEffect(self, several: list[bytes], places: list[int]) -> None:
        """Any bytes, whole or split, cause the same requests and responses."""

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
    def test_anyRequestsHaveTheSameEffectOnAPage(self, several: list[bytes]) -> None:
        """A page hears the same, answers the same, and logs the same."""

        def use(server: Server) -> Any:
            log = Log()
            globalLogPublisher.addObserver(log)
            try:
                # The same length for both, since the log may cut it anywhere.
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
    """An application's own resource around a page.

    @param does: called with each request before it reaches the page.
    """

    def __init__(self, does: Callable[[Any], object], below: Any) -> None:
        super().__init__()
        self._does = does
        self._below = below

    def getChild(self, name: bytes, request: Request) -> Any:
        """Return the resource below C{/app}."""
        self._does(request)
        return self._below


def removed(request: Any) -> None:
    """Remove a header from the response, and one from the request."""
    request.responseHeaders.removeHeader(b"server")
    request.requestHeaders.removeHeader(b"x")


def wrapped(request: Any) -> None:
    """Replace the method that writes."""
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
    """An encoder that does not appear in the headers."""

    def encoderForRequest(self, request: Request) -> Any:
        """Return the encoder of a response."""
        return self

    def encode(self, data: bytes) -> bytes:
        """Return a part of the response, encoded."""
        return data.replace(b"4404", b"44044404")

    def finish(self) -> bytes:
        """Return the end of the response."""
        return b""


class TestApplications:
    """Changes that an application makes to a request before the page sees it."""

    @pytest.mark.parametrize("does", DOES)
    @pytest.mark.parametrize("name", ["poll", "send"])
    def test_changesBeforeThePageHaveTheSameEffect(
        self, name: str, does: Callable[[Any], object]
    ) -> None:
        """The responses are the same as after Twisted's parser."""
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
    def test_responseHasTheApplicationsHeadersAndItsDate(
        self, monkeypatch: pytest.MonkeyPatch, touched: bool
    ) -> None:
        """A response has the headers set before, and the date of the request."""
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
    def test_encoderEncodesTheResponse(self, factory: Any) -> None:
        """An encoder around the resource encodes its responses."""

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

    def test_errorInAResourceIsA500(self, log: Log) -> None:
        """An exception in a resource becomes the site's error response."""

        def use(side: Side) -> Any:
            return side.say(post("/app/_live/poll"))

        answer = bothWays(lambda: Side(Before(raises, Asked())), use)
        assert answer.startswith(b"HTTP/1.1 500 ")
        assert [event["log_failure"].type for event in log.events] == [ZeroDivisionError] * 2
        log.events.clear()

    def test_identifySeesHeadersAndCookies(self) -> None:
        """The application's C{identify} gets what a Twisted request has."""
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

    def test_copiedStateIsComplete(self) -> None:
        """C{twisted.web.distrib} copies the same state as of a Twisted request."""
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

    def test_siteWithItsOwnRequestsUsesTwisted(self) -> None:
        """A site with a request class of its own has Twisted parse everything."""

        class Own(LiveRequest):
            pass

        with takes() as took:
            side = Side(Asked(), requestFactory=Own)
            side.say(post())
        assert took.call_count == 0
        assert len(side.resource.notes) == 1

    def test_plainSiteServesPages(self) -> None:
        """A plain C{Site} serves pages without the fast path."""
        server = Server()
        page = server.page()
        wire = Wire(server.resource, site=Site(server.resource, reactor=Clock(), timeout=None))
        wire.send(post(headers=changed("Live-Page", page.pageId), body=HELLO))
        assert wire.take().startswith(b"HTTP/1.1 200 OK\r\n")


def test_attributesAreThoseOfATwistedRequest() -> None:
    """A Twisted request has no attributes that a fast one lacks."""
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
