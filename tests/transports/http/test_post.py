"""Tests of C{livewidget.transports.http.post}: the checks of every request of a page."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from twisted.internet.task import Clock

from livewidget import Limits, LiveResource, Settings
from livewidget.page.page import Page
from livewidget.wire.messages import Call
from tests.support.http import Response, Wire
from tests.support.log import Log
from tests.support.origins import EXAMPLES
from tests.support.pages import CLAIM
from tests.support.poster import Exchange, Poster
from tests.support.project import Project
from tests.support.server import Echo, Server, echo

pytestmark = pytest.mark.usefixtures("readBy")

NAMES = ["send", "poll", "stream"]


@pytest.fixture
def page(server: Server) -> Page:
    """Return a page of the server, whose browser polls."""
    page = server.page()
    Poster(server.resource, page.pageId).hello()
    return page


@pytest.fixture
def browser(server: Server, page: Page) -> Poster:
    """Return the page's browser."""
    return Poster(server.resource, page.pageId)


def closed(exchange: Exchange, status: int) -> int:
    """Return the code of a refusal, and check the form of its response."""
    response = exchange.response
    assert response.status == status
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    code, reason = json.loads(response.body)["close"]
    assert isinstance(reason, str)
    assert reason
    assert isinstance(code, int)
    return code


def taken(exchange: Exchange) -> bool:
    """Return whether a request has the status 200."""
    return not exchange.waits and exchange._data.startswith(b"HTTP/1.1 200 ")


def untouched(page: Page) -> bool:
    """Return whether nothing of a request has reached a page."""
    heard = echo(page).heard
    return page.ended is None and heard == [] and page.delivery.received == 0


CALL = Call(1, 1, "say", ["a"])


@pytest.mark.parametrize("name", NAMES)
class TestRefused:
    """Requests that are refused before a page is looked up."""

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS", "DELETE", "post", "QUX"])
    def test_otherMethodIsRefused(
        self, server: Server, page: Page, browser: Poster, log: Log, name: str, method: str
    ) -> None:
        """Only POST is accepted; the refusal of a preflight allows nothing."""
        response = Wire(server.resource).request(f"/_live/{name}", browser.headers(), method)
        assert response.status == 405
        assert response.headers["allow"] == "POST"
        assert not any(header.startswith("access-control") for header in response.headers)
        if method != "HEAD":
            assert json.loads(response.body)["close"][0] == 4400
        assert untouched(page)
        log.take("request refused (4400)")

    @pytest.mark.parametrize("origin", [*EXAMPLES, "\x1b[2J"])
    def test_foreignOriginIsRefused(
        self, page: Page, browser: Poster, log: Log, name: str, origin: str | None
    ) -> None:
        """A foreign or missing Origin gets 403; only the log has the details."""
        exchange = browser.post(name, browser.body(CALL, first=1), Origin=origin)
        assert closed(exchange, 403) == 4403
        assert "localhost" not in exchange.response.text
        assert untouched(page)
        text = log.take("request refused (4403)")
        assert text.isprintable()
        assert page.pageId not in text
        assert log.texts() == []

    def test_severalOriginsAreRefused(
        self, server: Server, page: Page, browser: Poster, log: Log, name: str
    ) -> None:
        """Two Origin headers are refused, since a proxy may have checked the other."""
        pairs = [*browser.headers().items(), ("Origin", "http://localhost:8080")]
        response = Wire(server.resource).request(f"/_live/{name}", pairs, "POST", b"{}")
        assert response.status == 403
        log.take("request refused (4403)")

    def test_foreignHostIsRefused(self, page: Page, browser: Poster, log: Log, name: str) -> None:
        """A foreign Host on loopback is refused, even with a matching Origin."""
        headers = {"Host": "evil.example", "Origin": "http://evil.example"}
        exchange = browser.post(name, browser.body(CALL, first=1), **headers)
        assert closed(exchange, 403) == 4403
        assert untouched(page)
        assert "--host" in log.take("request refused (4403)")

    @pytest.mark.parametrize(
        "kind",
        [
            None,
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonp",
            "application/json, text/plain",
            "text/plain; application/json",
            "application/json+x",
        ],
    )
    def test_otherContentTypeIsRefused(
        self, page: Page, browser: Poster, log: Log, name: str, kind: str | None
    ) -> None:
        """Any content type that a form could send gets 415."""
        exchange = browser.post(name, browser.body(CALL, first=1), Content_Type=kind)
        assert closed(exchange, 415) == 4400
        assert untouched(page)
        log.take("request refused (4400)")

    def test_severalContentTypesAreRefused(
        self, server: Server, browser: Poster, log: Log, name: str
    ) -> None:
        """Two content types are refused, since a proxy may have checked the other."""
        pairs = [*browser.headers().items(), ("Content-Type", "text/plain")]
        wire = Wire(server.resource)
        response = wire.request(f"/_live/{name}", pairs, "POST", browser.body())
        assert response.status == 415
        log.take("request refused (4400)")

    @pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON ;x=y"])
    def test_jsonWithParametersIsAccepted(self, browser: Poster, name: str, kind: str) -> None:
        """JSON with parameters is accepted."""
        fields = {"hello": True, "connection": 2}
        exchange = browser.post(name, browser.body(**fields), Content_Type=kind)
        assert taken(exchange)

    def test_missingPageIsRefused(self, page: Page, browser: Poster, log: Log, name: str) -> None:
        """A request without Live-Page, which no form can send, gets 400."""
        exchange = browser.post(name, browser.body(CALL, first=1), Live_Page=None)
        assert closed(exchange, 400) == 4400
        assert untouched(page)
        log.take("request refused (4400)")

    def test_severalPagesAreRefused(
        self, server: Server, page: Page, browser: Poster, log: Log, name: str
    ) -> None:
        """Two Live-Page headers get 400."""
        pairs = [*browser.headers().items(), ("Live-Page", page.pageId)]
        wire = Wire(server.resource)
        response = wire.request(f"/_live/{name}", pairs, "POST", browser.body())
        assert response.status == 400
        log.take("request refused (4400)")

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"null",
            b"[]",
            b"{}",
            b"{" * 50_000,
            b"[" * 50_000,
            b"\xff",
            b'"\xed\xa0\x80"',
            b'{"claim":CLAIM,"connection":1,"received":0',
            b'{"claim":CLAIM,"connection":1,"received":0}x',
            b'{"claim":CLAIM,"connection":1}',
            b'{"claim":CLAIM,"received":0}',
            b'{"connection":1,"received":0}',
            b'{"claim":"short","connection":1,"received":0}',
            b'{"claim":null,"connection":1,"received":0}',
            b'{"claim":CLAIM,"connection":0,"received":0}',
            b'{"claim":CLAIM,"connection":1.5,"received":0}',
            b'{"claim":CLAIM,"connection":"1","received":0}',
            b'{"claim":CLAIM,"connection":9007199254740992,"received":0}',
            b'{"claim":CLAIM,"connection":1,"received":-1}',
            b'{"claim":CLAIM,"connection":1,"received":true}',
            b'{"claim":CLAIM,"connection":1,"received":0,"more":1}',
            b'{"claim":CLAIM,"connection":1,"received":0,"page":"x"}',
            b'{"claim":CLAIM,"connection":1,"received":0,"leave":1}',
            b'{"claim":CLAIM,"connection":1,"received":0,"hello":"yes"}',
            b'{"claim":CLAIM,"connection":1,"received":0,"wait":null}',
            b'{"claim":CLAIM,"connection":1,"received":0,"probe":0}',
            b'{"claim":CLAIM,"connection":1,"received":0,"heartbeat":0.9}',
            b'{"claim":CLAIM,"connection":1,"received":0,"heartbeat":1e999}',
            b'{"claim":CLAIM,"connection":1,"received":0,"heartbeat":"5"}',
            b'{"claim":CLAIM,"connection":1,"received":0,"messages":[MESSAGE]}',
            b'{"claim":CLAIM,"connection":1,"received":0,"first":0,"messages":[MESSAGE]}',
            b'{"claim":CLAIM,"connection":1,"received":0,"first":-1,"messages":[MESSAGE]}',
            b'{"claim":CLAIM,"connection":1,"received":0,"first":"1","messages":[MESSAGE]}',
            b'{"claim":CLAIM,"connection":1,"received":0,"first":1,"messages":{}}',
            b'{"claim":CLAIM,"connection":1,"received":0,"first":1,"messages":[MESSAGE,]}',
        ],
    )
    def test_malformedBodyIsRefusedAndTouchesNoPage(
        self, page: Page, browser: Poster, log: Log, name: str, body: bytes
    ) -> None:
        """A malformed body gets 400 and does not reach the page."""
        body = body.replace(b"CLAIM", json.dumps(CLAIM).encode())
        body = body.replace(b"MESSAGE", b'["call",1,1,"say",["a"]]')
        exchange = browser.post(name, body)
        assert closed(exchange, 400) == 4400
        assert untouched(page)
        text = log.take("request refused (4400)")
        assert text.isprintable()
        assert page.pageId not in text

    def test_refusalIsLoggedEscapedAndCut(self, browser: Poster, log: Log, name: str) -> None:
        """A refusal is logged once, escaped and cut."""
        browser.post(name, b'{"\\u001b[2J%s":1}' % (b"x" * 50_000))
        text = log.take("request refused (4400)")
        assert text.isprintable()
        assert len(text) < 700

    def test_urlsBelowAreNotFound(self, server: Server, browser: Poster, name: str) -> None:
        """URLs below the resource are not found."""
        for path in (f"/_live/{name}/", f"/_live/{name}/x"):
            wire = Wire(server.resource)
            assert wire.request(path, browser.headers(), "POST", b"{}").status == 404

    def test_bodyOverTheLimitIsRefused(
        self, page: Page, browser: Poster, log: Log, name: str
    ) -> None:
        """A body of limits.message + 65,536 bytes is accepted; one byte more is not."""
        body = browser.body(hello=True, connection=2)
        exact = body[:-1] + b" " * (2 * 65536 - len(body)) + b"}"
        assert taken(browser.post(name, exact))
        assert closed(browser.post(name, exact + b" "), 413) == 4413
        assert page.ended is None
        log.take("request refused (4413)")

    def test_chunkedBodyOverTheLimitIsRefused(
        self, server: Server, page: Page, browser: Poster, log: Log, name: str
    ) -> None:
        """A chunked body has the same limit."""
        body = browser.body() + b" " * (2 * 65536)
        wire = Wire(server.resource)
        headers = {**browser.headers(), "Transfer-Encoding": "chunked"}
        wire.begin(f"/_live/{name}", headers, "POST")
        wire.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
        assert b"HTTP/1.1 413 " in wire.take()
        log.take("request refused (4413)")

    def test_limitOfTheBodyFollowsThatOfMessages(self, log: Log, name: str) -> None:
        """The default limit of the body follows that of messages."""
        server = Server(limits=Limits(message=100))
        browser = Poster(server.resource, server.page().pageId)
        body = browser.body(hello=True)
        exact = body + b" " * (100 + 65536 - len(body))
        assert taken(browser.post(name, exact))
        assert closed(browser.post(name, exact + b" "), 413) == 4413
        log.take("request refused (4413)")

    def test_limitOfTheBodyCanBeSet(self, log: Log, name: str) -> None:
        """The limit of the body can be set by itself."""
        server = Server(bodyBytes=70_000)
        browser = Poster(server.resource, server.page().pageId)
        body = browser.body(hello=True)
        exact = body + b" " * (70_000 - len(body))
        assert taken(browser.post(name, exact))
        assert closed(browser.post(name, exact + b" "), 413) == 4413
        log.take("request refused (4413)")

    def test_otherClaimIsRefused(self, server: Server, page: Page, log: Log, name: str) -> None:
        """Another claim gets 4404, and the first copy is not disturbed."""
        other = Poster(server.resource, page.pageId, "the-claim-of-another-copy")
        exchange = other.begin(name, CALL, first=1, hello=True, connection=9, leave=True)
        assert closed(exchange, 200) == 4404
        assert untouched(page)
        assert page.delivery.connection == 1
        assert page.pageId not in log.take("request refused (4404)")
        assert Poster(server.resource, page.pageId).send() == {"received": 0}
        server.clock.advance(6)
        assert page.ended is None

    @pytest.mark.parametrize("pageId", ["", "x", "\xe9" * 16, "0123456789abcdef" * 500])
    def test_unknownPageIsRefused(self, server: Server, log: Log, name: str, pageId: str) -> None:
        """An unknown page gets 4404; its id is not in the log."""
        exchange = Poster(server.resource, pageId).begin(name, hello=True)
        assert closed(exchange, 200) == 4404
        text = log.take("request refused (4404)")
        assert len(pageId) < 2 or pageId not in text

    def test_endedPageIsRefused(self, page: Page, browser: Poster, log: Log, name: str) -> None:
        """A page that has ended by itself gets 4404."""
        page.end(4404, "gone")
        assert closed(browser.begin(name), 200) == 4404
        log.take("request refused (4404)")

    def test_stoppedServerIsNotLoggedAsARefusal(
        self, server: Server, browser: Poster, log: Log, name: str
    ) -> None:
        """A server that stops responds with 1001 and logs nothing."""
        server.resource.stop()
        assert closed(browser.begin(name, hello=True, connection=2), 200) == 1001
        assert log.texts() == []

    def test_fieldsOfOtherRequestsAreAccepted(self, page: Page, browser: Poster, name: str) -> None:
        """A field that belongs to another request is not an error."""
        fields = {"wait": False, "heartbeat": 5, "first": 1, "messages": []}
        browser.begin(name, **fields, hello=True, connection=2)
        assert page.ended is None

    def test_allowedOriginMayConnect(self, name: str) -> None:
        """An allowed Origin may connect."""
        server = Server(origins=["https://other.example"])
        browser = Poster(server.resource, server.page().pageId)
        exchange = browser.post(name, browser.body(hello=True), Origin="https://other.example")
        assert taken(exchange)


class TestOffered:
    """The transports that are offered."""

    @pytest.mark.parametrize(
        "transports",
        [["websocket"], ["eventstream"], ["longpoll"], ["longpoll", "websocket"]],
    )
    def test_transportThatIsNotOfferedIsNotFound(self, log: Log, transports: list[str]) -> None:
        """A transport that is not offered is not found; send always is."""
        server = Server(transports=transports)
        browser = Poster(server.resource, server.page().pageId)
        there = set()
        urls = {"eventstream": "stream", "longpoll": "poll", "websocket": "ws", "send": "send"}
        for transport, name in urls.items():
            wire = Wire(server.resource)
            response = wire.request(f"/_live/{name}", browser.headers(), "PUT", b"{}")
            assert response.status in (404, 405, 426)
            if response.status != 404:
                there.add(transport)
        assert there == {*transports, "send"}
        assert len(log.texts()) == len(there - {"websocket"})

    @pytest.mark.parametrize(
        ("transports", "listed"),
        [
            (None, ["websocket", "eventstream", "longpoll"]),
            (["longpoll", "websocket"], ["websocket", "longpoll"]),
            ({"eventstream"}, ["eventstream"]),
        ],
    )
    def test_pageListsTheTransports(
        self, project: Project, transports: Any, listed: list[str]
    ) -> None:
        """A page lists the offered transports, the best one first."""
        settings = Settings() if transports is None else Settings(transports=transports)
        resource = LiveResource(project.page(), clock=Clock(), settings=settings)
        found = re.search(r'id="livewidget-start">(.*?)</script>', Wire(resource).request("/").text)
        assert found is not None
        assert json.loads(found[1])["transports"] == listed

    def test_transportsAreBelowThePage(self) -> None:
        """All URLs are below the page, wherever it is mounted."""
        resource = LiveResource(Echo, clock=Clock(), settings=Settings())
        root = LiveResource(Echo, clock=Clock())
        root.putChild(b"deep", resource)
        page = resource.pages.make()
        browser = Poster(root, page.pageId)
        exchange = browser.post("../deep/_live/poll", b"{}")
        assert exchange.response.status == 404
        wire = Wire(root)
        headers, body = browser.headers(), browser.body(hello=True)
        response: Response = wire.request("/deep/_live/poll", headers, "POST", body)
        answer: Any = json.loads(response.body)
        assert answer["connection"] == 1
