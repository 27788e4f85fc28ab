"""Tests of C{livewidget.wholerequest}: a request that is taken whole is as any other to all."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import globalLogPublisher
from twisted.web.resource import EncodingResourceWrapper, Resource
from twisted.web.server import NOT_DONE_YET, GzipEncoderFactory, Request, Site

from livewidget import LiveResource, LiveSite, Settings
from livewidget import channel as channelModule
from livewidget.head import takeWhole
from livewidget.site import LiveRequest
from tests.fuzz.inputs import PAGE, cuts, edits, examples, pieces
from tests.fuzz.inputs import changed as edited
from tests.help import Log
from tests.test_websocket import Server, echo
from tests.wholes import BROWSER, CALL, LEFT, PLAIN, TAKEN, bodyOf, changed, line, post
from tests.wire import Wire, endTurn, parseResponse

DATE = re.compile(rb"Date: [^\r]+")
HELLO = bodyOf(',"hello":true')


def asked(request: Request) -> dict[str, Any]:
    """All that a resource can learn of a request."""
    content: Any = request.content
    isOpen = not content.closed
    return {
        "method": request.method,
        "uri": request.uri,
        "path": request.path,
        "version": request.clientproto,
        "args": request.args,
        "headers": dict(request.requestHeaders.getAllRawHeaders()),
        "all": request.getAllHeaders(),
        "cookies": request.received_cookies,
        "body": content.read() if isOpen else None,
        "prepath": request.prepath,
        "postpath": request.postpath,
        "sitepath": getattr(request, "sitepath", None),
        "host": request.getHost(),
        "peer": request.getClientAddress(),
        "name": request.getRequestHostname(),
        "user": (request.getUser(), request.getPassword()),
        "secure": request.isSecure(),
        "answer": [name for name, _ in request.responseHeaders.getAllRawHeaders()],
        "written": (request.startedWriting, request.finished, request.code),
        "queued": (request.queued, len(request.notifications)),
    }


class Asked(Resource):
    """Notes what it is asked, and answers it.

    @ivar notes: of each request, as L{asked} has it.
    """

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[dict[str, Any]] = []

    def render(self, request: Request) -> bytes:
        """Answer with the body."""
        self.notes.append(asked(request))
        body: bytes = self.notes[-1]["body"]
        return body


class LogFile:
    """In the place of the access log."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, text: str) -> None:
        """A line."""
        self.lines.append(text)


class Side:
    """A site and a connection to it, on a clock."""

    def __init__(self, resource: Any, **options: Any) -> None:
        self.clock = Clock()
        self.resource = resource
        self.site = LiveSite(resource, **{"reactor": self.clock, "timeout": 60, **options})
        self.file = LogFile()
        self.site._logFile = self.file
        self.wire = Wire(resource, site=self.site)

    def say(self, *parts: bytes) -> bytes:
        """Send these, each in a turn of its own; returns what came back, without its date."""
        for part in parts:
            if self.wire.transport.disconnecting:
                break
            self.wire.send(part)
            self._turn()
        endTurn(self.resource)
        self._turn()
        return DATE.sub(b"Date:", self.wire.take())

    def _turn(self) -> None:
        for _ in range(3):
            self.clock.advance(0)


@contextmanager
def byTwisted() -> Iterator[None]:
    """All requests are left to Twisted."""
    with patch.object(channelModule, "takeWhole", lambda _: None):
        yield


def bothWays(make: Callable[[], Side], use: Callable[[Side], Any]) -> Any:
    """Do something whole and by Twisted, with the same outcome, which is returned."""
    whole = use(make())
    with byTwisted():
        assert use(make()) == whole
    return whole


def takes() -> Any:
    """Count what is taken whole."""
    return patch.object(LiveRequest, "takeWhole", autospec=True, side_effect=LiveRequest.takeWhole)


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
                page = server.page()
                named = [each.replace(PAGE, page.pageId.encode()) for each in several]
                side = Side(server.resource)
                hello = post(headers=changed("Live-Page", page.pageId), body=HELLO)
                answer = side.say(hello, *named)
                element = echo(page).heard if page.ended is None else None
                ended = page.ended and (page.ended.code, page.ended.reason)
                texts = [text.replace(page.pageId, PAGE.decode()) for text in log.texts()]
                return answer, element, ended, page.delivery.received, texts
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
        monkeypatch.setattr("livewidget.wholerequest.time", lambda: 784111777.5)
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


class TestAccess:
    """That headers were accepted once is not taken for more than it is."""

    def ask(self, host: str = "127.0.0.1", headers: Any = PLAIN, **settings: Any) -> bool:
        """Whether such a request is let in by a resource with these settings."""
        resource = LiveResource(list, clock=Clock(), settings=Settings(**settings))
        site = LiveSite(resource, reactor=Clock(), timeout=None)
        wire = Wire(resource, host, site=site)
        wire.send(post(headers=headers, body=HELLO))
        answer = wire.take()
        assert answer.startswith((b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 403 Forbidden\r\n"))
        return b" 200 OK" in answer

    def test_elsewhere(self, log: Log) -> None:
        """Another resource, another address: it is asked again."""
        evil = [*changed("Host", "a.example:80")]
        evil = [(name, "http://a.example" if name == "Origin" else value) for name, value in evil]
        assert self.ask("10.0.0.1", evil)
        assert not self.ask("127.0.0.1", evil)
        assert not self.ask("127.0.0.1", evil)
        assert self.ask("127.0.0.1", evil, hosts=["a.example"])
        assert not self.ask("127.0.0.1", evil)
        assert not self.ask("10.0.0.1", evil, hosts=["b.example"])
        assert self.ask("10.0.0.1", evil)
        log.events.clear()

    def test_proxies(self, log: Log) -> None:
        """What a peer forwards counts where it is a proxy that is trusted."""
        headers = [*PLAIN, ("X-Forwarded-Host", "evil.example")]
        assert self.ask(headers=headers)
        assert not self.ask(headers=headers, proxies=["127.0.0.1"])
        assert self.ask(headers=headers, proxies=["10.0.0.0/8"])
        log.events.clear()

    def test_peers(self, log: Log) -> None:
        """So it is where both come to one resource."""
        settings = Settings(proxies=["10.0.0.9"])
        resource = LiveResource(list, clock=Clock(), settings=settings)
        headers = [*PLAIN, ("X-Forwarded-Host", "evil.example")]
        statuses = []
        for peer in ["10.0.0.1", "10.0.0.9", "10.0.0.1"]:
            wire = Wire(resource, site=LiveSite(resource, reactor=Clock(), timeout=None))
            wire.transport.peerAddr = IPv4Address("TCP", peer, 50000)
            wire.send(post(headers=headers, body=HELLO))
            statuses.append(wire.take()[9:12])
        assert statuses == [b"200", b"403", b"200"]
        log.events.clear()

    def test_secure(self, log: Log) -> None:
        """An origin of plain HTTP is none of HTTPS."""
        with patch.object(channelModule.LiveChannel, "isSecure", lambda _: True):
            assert not self.ask()
        assert self.ask()
        with patch.object(channelModule.LiveChannel, "isSecure", lambda _: True):
            assert not self.ask()
        log.events.clear()


class Waiting:
    """A page whose browser polls on one connection, which waits."""

    def __init__(self, timeout: int | None = 60) -> None:
        self.server = Server()
        self.page = self.server.page()
        self.side = Side(self.server.resource, timeout=timeout)
        self.headers = list(changed("Live-Page", self.page.pageId))
        self.side.say(post(headers=self.headers, body=HELLO))

    def poll(self, received: int = 0) -> bytes:
        """The bytes of a poll."""
        body = bodyOf().replace(b'"received":0', b'"received":%d' % received)
        return post(headers=self.headers, body=body)

    def show(self, text: str) -> None:
        """Have the page send something."""
        echo(self.page).callRemoteOnly("show", text)

    @property
    def lost(self) -> bool:
        """Whether the server closes the connection."""
        transport: StringTransport = self.side.wire.transport
        return bool(transport.disconnecting)


class TestConnection:
    """The connection is that of any other request."""

    def test_next(self) -> None:
        """After it comes the next one, whoever takes that."""

        def use(side: Side) -> Any:
            odd = post(headers=[*PLAIN, ("Expect", "100-continue")])
            several = [post(body=b"1"), post(start="GET {} HTTP/1.1"), odd, post(body=b"2")]
            return side.say(*several, *several), side.resource.notes

        _, notes = bothWays(lambda: Side(Asked()), use)
        assert len(notes) == 8

    @pytest.mark.parametrize(
        "start",
        [b"P", b"POST", b"\r", b"\r\n", b"\r\n\r\n", b"GET /a HTTP/1.1\r\n", post()[:100]],
    )
    def test_inside(self, start: bytes) -> None:
        """What comes in the midst of another is a part of that."""

        def use(side: Side) -> Any:
            return side.say(start, post()), side.resource.notes, side.say(post())

        bothWays(lambda: Side(Asked()), use)

    def test_together(self) -> None:
        """Of several that come at once, one is taken a turn."""

        def use(side: Side) -> Any:
            side.wire.send(post(body=b"1") + post(body=b"2"))
            counts = []
            for _ in range(3):
                counts.append(len(side.resource.notes))
                side.clock.advance(0)
            return counts, side.say()

        counts, _ = bothWays(lambda: Side(Asked()), use)
        assert counts == [1, 2, 2]

    def test_behind(self) -> None:
        """What comes while it waits is kept, and taken when it is answered."""

        def use() -> Any:
            it = Waiting()
            assert it.side.say(it.poll()) == b""
            assert it.side.say(it.poll(1)) == b""
            it.show("a")
            first = it.side.say()
            it.show("b")
            return first, it.side.say(), it.page.delivery.acknowledged

        whole = use()
        with byTwisted():
            assert use() == whole
        assert whole[2] == 1

    def test_afterClose(self) -> None:
        """After the last one of a connection nothing is taken."""

        def use(side: Side) -> Any:
            side.say(line("Connection: close"))
            # Some transports do not say so.
            side.wire.transport.disconnecting = False
            side.wire.send(post())
            return side.say(), len(side.resource.notes)

        assert bothWays(lambda: Side(Asked()), use)[1] == 1

    def test_afterBad(self) -> None:
        """Nor after one that is malformed."""

        def use(side: Side) -> Any:
            side.say(line("X"))
            side.wire.send(post())
            return side.say(), len(side.resource.notes)

        assert bothWays(lambda: Side(Asked()), use)[1] == 0

    def test_afterItsEnd(self) -> None:
        """Nor where an answer has closed the connection."""

        def use(side: Side) -> Any:
            side.say(post())
            side.wire.transport.protocol._channel.loseConnection()
            side.wire.send(post())
            return side.say(), len(side.resource.notes)

        assert bothWays(lambda: Side(Asked()), use)[1] == 1

    def test_notRead(self) -> None:
        """Nor while a peer does not read its answers."""

        def use(side: Side) -> Any:
            side.say(post())
            producer = side.wire.transport.producer
            producer.pauseProducing()
            side.wire.transport.producerState = "paused"
            counts = []
            for body in [b"1", b"2", b"3"]:
                side.wire.send(post(body=body))
                side.clock.advance(0)
                counts.append(len(side.resource.notes))
            producer.resumeProducing()
            return counts, side.say(), side.resource.notes

        assert bothWays(lambda: Side(Asked()), use)[0] == [2, 2, 2]

    def test_limit(self, log: Log) -> None:
        """What is larger than the site takes is refused."""

        def use(side: Side) -> Any:
            return side.say(post(body=b"x" * 100)), side.say(post(body=b"x" * 101))

        first, second = bothWays(lambda: Side(Asked(), bodyLimit=100), use)
        assert b" 200 OK" in first
        assert b" 413 " in second
        assert len(log.events) == 2
        log.events.clear()


class TestTime:
    """A connection is closed when nothing comes on it for the time of the site."""

    def test_idle(self) -> None:
        """It begins anew with each answer."""
        it = Waiting()
        for received in range(3):
            it.side.clock.advance(59)
            assert not it.lost
            assert it.side.say(it.poll(received)) == b""
            it.show("a")
            assert b"200 OK" in it.side.say()
        it.side.clock.advance(59)
        assert not it.lost
        it.side.clock.advance(1)
        assert it.lost

    def test_waits(self) -> None:
        """What waits for its answer does so longer, and then the time begins anew."""
        it = Waiting()
        it.side.say(it.poll())
        it.side.clock.advance(61)
        it.side.clock.advance(1000)
        assert not it.lost
        it.show("a")
        assert b"200 OK" in it.side.say()
        it.side.clock.advance(59)
        assert not it.lost
        it.side.clock.advance(1)
        assert it.lost

    @pytest.mark.parametrize("passed", [0, 61])
    def test_lost(self, passed: int) -> None:
        """When a connection is gone nothing is left of it, whether a poll has waited or not."""
        it = Waiting()
        it.side.say(it.poll())
        it.side.clock.advance(passed)
        transport: Any = it.page.transport
        assert transport._waiting is not None
        it.side.wire.lose()
        assert transport._waiting is None
        assert it.side.clock.getDelayedCalls() == []
        it.show("a")
        endTurn(it.server.resource)
        assert it.side.say() == b""
        # The browser comes again, and gets it.
        assert b'"show"' in Side(it.server.resource).say(it.poll())

    def test_collected(self) -> None:
        """One that has waited goes when it is answered, and not when garbage is looked for."""
        it = Waiting()
        it.side.say(it.poll())
        transport: Any = it.page.transport
        request = ref(transport._waiting.request)
        gc.disable()
        try:
            it.show("a")
            assert b"200 OK" in it.side.say()
            assert request() is None
        finally:
            gc.enable()

    def test_none(self) -> None:
        """A site without a time has none."""
        it = Waiting(timeout=None)
        it.side.say(it.poll())
        it.show("a")
        assert b"200 OK" in it.side.say()
        assert it.side.clock.getDelayedCalls() == []
        it.side.wire.transport.protocol._channel.setTimeout(5)
        it.side.wire.lose()
        assert it.side.clock.getDelayedCalls() == []


def test_lostMeanwhile() -> None:
    """A poll whose connection is lost while it is taken does not wait."""

    def identify(request: Request) -> None:
        if losing:
            losing[0].lose()

    losing: list[Wire] = []
    it = Waiting()
    it.server.resource.pages._identify = identify
    losing.append(it.side.wire)
    it.side.wire.send(it.poll())
    transport: Any = it.page.transport
    assert transport._waiting is None
    losing.clear()
    it.show("a")
    assert b'"show"' in Side(it.server.resource).say(it.poll())


def test_names() -> None:
    """Twisted's request has these names, and no others that we would have to set."""
    side = Side(Asked())

    class Late(Resource):
        isLeaf = True

        def render(self, request: Any) -> int:
            states.append({**vars(request)})
            return NOT_DONE_YET

    states: list[dict[str, Any]] = []
    for way in (lambda data: None, takeWhole):
        with patch.object(channelModule, "takeWhole", way):
            side = Side(Late())
            side.say(post())
    later = {"requestHeaders", "responseHeaders", "received_cookies"}
    ours = {"head", "_since", "_mediaTypes", "_stored"}
    assert states[0].keys() - ours == (states[1].keys() | later) - ours
    assert later.isdisjoint(states[1])
