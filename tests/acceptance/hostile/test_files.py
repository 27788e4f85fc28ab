"""Attacks on files below a page's URL, and on a page's HTML."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest

from tests.acceptance.hostile.besieged import Besieged

#: Replacements for C{ChatThing.js} at the end of a module's URL.
INSTEAD = [
    "",
    "/",
    "ChatThing",
    "chatthing.js",
    "ChatThing.JS",
    "ChatThing.js/",
    "ChatThing.js/..",
    "./ChatThing.js",
    "../ChatThing.js",
    "../__init__.py",
    "../template.html",
    "../../../../../../etc/passwd",
    "%2e%2e/__init__.py",
    "%2E%2E%2F__init__.py",
    "..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%252e%252e%252f__init__.py",
    "..%5c__init__.py",
    "..\\__init__.py",
    "%5c..%5c__init__.py",
    "....//__init__.py",
    "%c0%ae%c0%ae/__init__.py",
    "%uff0e%uff0e/__init__.py",
    "ChatThing.js%00",
    "ChatThing.js%00.html",
    "%00ChatThing.js",
    "ChatThing.js%20",
    "ChatThing.js%0d%0aX:%20y",
    "ChatThing.js;x=y",
    "ChatThing.js%3fx",
    "ChatThing.js::$DATA",
    "/etc/passwd",
    "//etc/passwd",
    "file:///etc/passwd",
    "http://evil.example/x.js",
    "~root",
    "CON",
]

SCRIPT = "</script><script>alert(1)</script>"
TEXTS = [
    SCRIPT,
    "<!--<script>",
    "]]>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus=alert(1) autofocus='",
    "\u2028\u2029",
    "{{ 7 * 7 }}{% raw %}",
    "</SCRIPT\t>",
    "\\u003c/script>",
    "&lt;script&gt;&#60;",
    "\x00\x08\x1b[31m",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "\u202e</p>",
]


class TestModules:
    """C11: a module is a name in a table, and not a path."""

    def test_otherNamesAreNotFound(self, besieged: Besieged) -> None:
        """Any path that is not exactly a module's name is not found."""
        html = besieged.peer().request("/chat").text
        found = re.search('"(/?[^"]*_live/js/[^"]*)ChatThing.js"', html)
        assert found is not None
        folder = "/" + found[1].removeprefix("./")
        peer = besieged.peer()
        good = peer.request(folder + "ChatThing.js")
        assert good.status == 200
        for name in INSTEAD:
            response = peer.request(folder + name)
            assert response.status == 404, name
            assert b"root:" not in response.body
            assert b"import" not in response.body
            assert "x" not in response.headers
            assert "location" not in response.headers

    def test_foldersAreNotListed(self, besieged: Besieged) -> None:
        """No folder is listed, and no file beside it is served."""
        peer = besieged.peer()
        for path in [
            "/chat/_live",
            "/chat/_live/",
            "/chat/_live/js",
            "/chat/_live/js/",
            "/chat/_live/css/x",
            "/chat/template.html",
            "/chat/js/ChatThing.js",
            "/chat/_live/../template.html",
            "/chat/_live/__class__",
            "/..%2f..%2fetc/passwd",
            "/chat/%2e%2e/%2e%2e/etc/passwd",
            "/probe/x/../y",
        ]:
            assert peer.request(path).status == 404, path

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
    def test_modulesAreReadOnly(self, besieged: Besieged, method: str) -> None:
        """Modules accept GET and HEAD only."""
        html = besieged.peer().request("/chat").text
        [url] = re.findall('"\\.(/chat/_live/js/[^"]*ChatThing.js)"', html)
        assert besieged.peer().request(url, method=method).status in (405, 501)


class TestHtml:
    """C13: the contents of a request are text in the page, and nothing else."""

    @pytest.mark.parametrize("text", TEXTS, ids=ascii)
    def test_requestTextIsEscapedInThePage(self, besieged: Besieged, text: str) -> None:
        """Text of a request is escaped in the HTML, in attributes and in the page's JSON."""
        plain = besieged.peer().request("/probe").text
        html = besieged.peer().request(f"/probe?text={quote(text)}").text
        for tag in ("<script", "</script", "<img", "<!--", "</p>"):
            assert html.lower().count(tag) == plain.lower().count(tag), tag
        assert "\u2028" not in html.partition("livewidget-start")[2]
        assert "49" not in html.partition("<p ")[2].partition("</p>")[0]
        start = re.search('id="livewidget-start">(.*?)</script>', html)
        assert start is not None
        assert json.loads(start[1])["elements"][0][4] == [text]

    @pytest.mark.parametrize(
        "path",
        [
            f"/probe/{SCRIPT}",
            f"/{SCRIPT}",
            f"/probe/_live/{SCRIPT}",
            f"/probe/_live/js/{SCRIPT}",
            f"/probe/_live/ws?{SCRIPT}",
            "/probe/_live/ws?redirect=javascript:alert(1)&after=0",
            "/probe?text=%3C/script%3E%3Cscript%3Ealert(1)",
            "//evil.example/probe",
        ],
    )
    def test_pathsAreNotRepeated(self, besieged: Besieged, path: str) -> None:
        """A path is not repeated, and does not redirect to another site."""
        response = besieged.peer().request(path.replace(" ", "%20"))
        assert b"alert(1)</script>" not in response.body
        assert b"<script>alert" not in response.body
        assert b"javascript:" not in response.body
        assert "location" not in response.headers

    @pytest.mark.parametrize("header", ["Host", "Origin", "Referer", "User-Agent", "Live-Page"])
    def test_headersAreNotRepeated(self, besieged: Besieged, header: str) -> None:
        """A header of a request is not repeated."""
        for path in ("/probe", "/probe/_live/poll", "/probe/_live/ws"):
            for method in ("GET", "POST"):
                response = besieged.peer().request(path, {header: SCRIPT}, method)
                assert b"<script>alert" not in response.body

    def test_answersHaveProtectiveHeaders(self, besieged: Besieged) -> None:
        """Pages and answers have headers that limit what to load and forbid to guess their type."""
        page = besieged.peer().request("/probe")
        policy = page.headers["content-security-policy"]
        for part in ("default-src 'self'", "'nonce-", "require-trusted-types-for 'script'"):
            assert part in policy
        assert "unsafe" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "no-cache" in page.headers["cache-control"]
        answer = besieged.peer().request("/probe/_live/send", method="POST")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"

    def test_noncesAreOfOnePage(self, besieged: Besieged) -> None:
        """A nonce is used for one page only."""
        peer = besieged.peer()
        found = [re.findall('nonce="([^"]+)"', peer.request("/probe").text)[0] for _ in range(20)]
        assert len(set(found)) == 20
        assert min(map(len, found)) >= 22
