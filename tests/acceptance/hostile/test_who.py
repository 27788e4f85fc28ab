"""Attacks by other sites and clients, which may not load, connect to or share a page."""

from __future__ import annotations

import json

import pytest

from tests.acceptance.hostile.besieged import Besieged
from tests.acceptance.hostile.browsers import KINDS, Closed
from tests.acceptance.hostile.client import body, hello, post
from tests.support.origins import foreignOrigins

#: The URLs below C{_live/} that accept a C{POST}.
POSTS = ("send", "poll", "stream")

NAMES = ["evil.example:{port}", "localhost.evil.example", "127.0.0.1.nip.io", "[::1]evil", "", None]


def byWebSocket(besieged: Besieged, pageId: str, **headers: str | None) -> int:
    """Say hello with these headers. Return the code or the status of the refusal."""
    peer = besieged.peer()
    status = peer.upgrade(**headers).status
    if status != 101:
        return status
    peer.text(hello(pageId))
    return peer.closing()[0]


def byPost(besieged: Besieged, name: str, pageId: str, **headers: str | None) -> tuple[int, int]:
    """Make a request with these headers. Return the status and the code of its refusal."""
    peer = besieged.peer()
    data = body(hello=True) if name == "poll" else body()
    named = post(besieged.host, pageId, **headers)
    response = peer.request(f"/probe/_live/{name}", named, "POST", data)
    return response.status, json.loads(response.body)["close"][0]


class TestOrigin:
    """C1: a foreign site cannot connect."""

    def test_foreignOriginIsRefused(self, besieged: Besieged) -> None:
        """Foreign, missing and look-alike origins, and another port, are refused everywhere."""
        pageId = besieged.peer().page()
        elsewhere = (f"http://127.0.0.2:{besieged.port}", f"http://localhost:{besieged.port}")
        for origin in [*foreignOrigins("127.0.0.1", besieged.port), *elsewhere]:
            assert byWebSocket(besieged, pageId, Origin=origin) in (4403, 400), origin
            for name in POSTS:
                assert byPost(besieged, name, pageId, Origin=origin) == (403, 4403), (name, origin)
        # The page was neither harmed nor bound.
        browser = besieged.browser("websocket", pageId=pageId).hello()
        assert browser.call("echo", 1) == 1

    def test_secondOriginIsRefused(self, besieged: Besieged) -> None:
        """Two origins are refused, even if one is the server's own."""
        pageId = besieged.peer().page()
        own = f"http://{besieged.host}"
        headers = [*post(besieged.host, pageId).items(), ("Origin", "http://evil.example")]
        for name in POSTS:
            pairs = [(key, str(value)) for key, value in headers]
            for order in (pairs, pairs[::-1]):
                response = besieged.peer().request(
                    f"/probe/_live/{name}", order, "POST", body(hello=name == "poll")
                )
                assert response.status == 403
        assert byWebSocket(besieged, pageId, Origin=f"{own}\r\nOrigin: http://evil.example") in (
            400,
            4403,
        )

    @pytest.mark.parametrize(
        "forwarded",
        [
            {"X_Forwarded_Host": "evil.example"},
            {"X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http"},
            {"Forwarded": "host=evil.example"},
            {"X_Forwarded_Host": "evil.example", "X_Forwarded_For": "127.0.0.1"},
        ],
    )
    def test_forwardedHeadersOfStrangersAreIgnored(
        self, besieged: Besieged, forwarded: dict[str, str]
    ) -> None:
        """Forwarded headers from a peer that is not a trusted proxy change no origin."""
        pageId = besieged.peer().page()
        headers = {"Origin": "http://evil.example", **forwarded}
        assert byWebSocket(besieged, pageId, **headers) == 4403
        for name in POSTS:
            assert byPost(besieged, name, pageId, **headers) == (403, 4403)


class TestHost:
    """C20: a name that a hostile site has made point to loopback is not served."""

    def test_foreignHostIsRefused(self, besieged: Besieged) -> None:
        """A foreign host gets no page and no connection, although the origin matches that host."""
        pageId = besieged.peer().page()
        before = besieged.vitals()["pages"]
        for pattern in NAMES:
            host = pattern and pattern.format(port=besieged.port)
            headers = {"Host": host, "Origin": f"http://{host}"}
            for method in ("GET", "HEAD"):
                response = besieged.peer().request("/probe", {"Host": host}, method)
                assert response.status in (400, 403), host
                assert b"livewidget-start" not in response.body
            assert byWebSocket(besieged, pageId, **headers) in (4403, 400), host
            for name in POSTS:
                peer = besieged.peer()
                named = post(besieged.host, pageId, **headers)
                data = body(hello=name == "poll")
                response = peer.request(f"/probe/_live/{name}", named, "POST", data)
                assert response.status in (400, 403), (name, host)
        assert besieged.vitals()["pages"] == before

    def test_secondHostIsRefused(self, besieged: Besieged) -> None:
        """Two Host headers are refused, even if one is the server's own."""
        own, foreign = ("Host", besieged.host), ("Host", "evil.example")
        for pair in ([own, foreign], [foreign, own]):
            assert besieged.peer().request("/probe", pair).status in (400, 403)

    def test_hostInTheTargetCountsForNothing(self, besieged: Besieged) -> None:
        """A name in an absolute request target is ignored."""
        response = besieged.peer().request("http://evil.example/probe")
        assert response.status in (400, 403, 404)


class TestForm:
    """C15: a form of a foreign site, or a request without the headers, does nothing."""

    def test_eachHeaderIsRequired(self, besieged: Besieged) -> None:
        """The content type, the page's header and the origin are each required."""
        browser = besieged.browser("longpoll").hello()
        ran = besieged.vitals()["ran"]
        call = [["call", None, 1, "echo", ["no"]]]
        missing = [
            ({"Content_Type": None}, 415),
            ({"Content_Type": "text/plain"}, 415),
            ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
            ({"Content_Type": "multipart/form-data; boundary=x"}, 415),
            ({"Content_Type": "text/plain; application/json"}, 415),
            ({"Live_Page": None}, 400),
            ({"Origin": None}, 403),
            ({"Origin": "null"}, 403),
        ]
        for headers, status in missing:
            for name in POSTS:
                fields = {"first": 1, "messages": call} if name == "send" else {}
                named = {"Origin": f"http://{besieged.host}", **headers}
                response = besieged.peer().request(
                    f"/probe/_live/{name}",
                    post(besieged.host, browser.pageId, **named),
                    "POST",
                    body(**fields),
                )
                assert response.status == status, (name, headers)
        assert besieged.vitals()["ran"] == ran
        assert browser.call("echo", "still here") == "still here"

    def test_formIsRefused(self, besieged: Besieged) -> None:
        """A form whose fields look like the body of a request is refused."""
        browser = besieged.browser("longpoll").hello()
        data = body(first=1, messages=[["call", None, 1, "echo", ["no"]]])
        forms = [
            ("text/plain", data[:-1] + b',"x":"="}'),
            ("application/x-www-form-urlencoded", data),
            (
                "multipart/form-data; boundary=x",
                b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
                + data
                + b"\r\n--x--\r\n",
            ),
        ]
        for kind, content in forms:
            headers = {"Content-Type": kind, "Origin": "http://evil.example"}
            path = "/probe/_live/send"
            assert besieged.peer().request(path, headers, "POST", content).status == 403
        assert browser.call("echo", "still here") == "still here"

    def test_getIsRefused(self, besieged: Besieged) -> None:
        """A link, an image or a script of a foreign site is refused."""
        browser = besieged.browser("longpoll").hello()
        for name in POSTS:
            headers = post(besieged.host, browser.pageId)
            for method in ("GET", "PUT", "DELETE", "OPTIONS", "TRACE", "NONSENSE"):
                response = besieged.peer().request(f"/probe/_live/{name}", headers, method)
                assert response.status in (405, 501), (name, method)
                assert "access-control-allow-origin" not in response.headers
        assert browser.call("echo", "still here") == "still here"


class TestPageId:
    """C2: the id of a page cannot be guessed or chosen."""

    def test_pageIdsCannotBeGuessed(self, besieged: Besieged) -> None:
        """Page ids are 128 random bits as text for URLs, and no two are alike."""
        peer = besieged.peer()
        found = [peer.page() for _ in range(50)]
        assert len({pageId[:8] for pageId in found}) == 50
        assert len({pageId[-8:] for pageId in found}) == 50
        assert all(len(pageId) == 22 and pageId.isascii() for pageId in found)

    @pytest.mark.parametrize("kind", KINDS)
    def test_pageIdsCannotBeChosen(self, besieged: Besieged, kind: str) -> None:
        """A page id that a browser makes up, or one that has ended, does not make a page."""
        before = besieged.vitals()["pages"]
        browser = besieged.browser(kind).hello()
        browser.begin("close", "the end")
        assert browser.closed() == (4000, "the end")
        for pageId in ("chosen-by-the-attacker", browser.pageId, browser.pageId[:-1] + "!"):
            with pytest.raises(Closed) as refused:
                besieged.browser(kind, pageId=pageId).hello()
            assert refused.value.code in (4404, 4000)
        assert besieged.vitals()["pages"] == before

    @pytest.mark.parametrize("kind", KINDS)
    def test_pageIdCountsForItsResourceOnly(self, besieged: Besieged, kind: str) -> None:
        """A page of one resource is unknown to another."""
        pageId = besieged.peer().page("/chat")
        with pytest.raises(Closed) as refused:
            besieged.browser(kind, pageId=pageId).hello()
        assert refused.value.code == 4404


class TestClaim:
    """C21: a second copy of a page, which has another claim, does not get the page."""

    @pytest.mark.parametrize("kind", KINDS)
    def test_copyIsRefused(self, besieged: Besieged, kind: str) -> None:
        """A copy gets 4404 on each transport, and the first page is not disturbed."""
        browser = besieged.browser(kind).hello()
        for other in KINDS:
            copy = besieged.browser(other, pageId=browser.pageId, claim="another-claim-of-it")
            copy.connection = 41
            with pytest.raises(Closed) as refused:
                copy.hello()
            assert refused.value.code == 4404
        assert browser.call("echo", "mine") == "mine"

    def test_otherRequestsOfACopyAreRefused(self, besieged: Besieged) -> None:
        """A copy can neither send, nor poll, nor leave, nor probe."""
        browser = besieged.browser("longpoll").hello()
        call = [["call", None, 1, "echo", ["no"]]]
        tries = [
            ("send", {"first": 1, "messages": call}),
            ("send", {"leave": True}),
            ("poll", {}),
            ("poll", {"wait": False}),
            ("stream", {"probe": True}),
        ]
        ran = besieged.vitals()["ran"]
        for name, fields in tries:
            response = besieged.peer().request(
                f"/probe/_live/{name}",
                post(besieged.host, browser.pageId),
                "POST",
                body(claim="another-claim-of-it", **fields),
            )
            assert json.loads(response.body)["close"][0] == 4404
        assert besieged.vitals()["ran"] == ran
        besieged.advance(5)
        assert browser.call("echo", "mine") == "mine"
