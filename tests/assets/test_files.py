"""Tests of L{livewidget.assets.files}: serving modules and style sheets."""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest
from twisted.internet.task import Clock

from livewidget import LiveResource, Settings
from tests.support.distributions import Distribution
from tests.support.http import Response, Wire, parseResponse
from tests.support.project import PLAIN, Project

CODE = "export class X {}"
CHANGED = "export class X { changed() {} }"


class Setup:
    """A resource whose elements have a module and a style sheet."""

    def __init__(self, project: Project, **settings: Any) -> None:
        project.write("js/deep/Chat.js", CODE)
        project.write("css/Chat.css", "p {}")
        project.write("secret.js", "secret")
        thing = project.page(PLAIN, jsClass="deep.Chat.X", cssModule="Chat")
        self.resource = LiveResource(thing, clock=Clock(), settings=Settings(**settings))
        self.load()

    def load(self) -> None:
        """Load a page, and keep the URLs in it."""
        html = self.get("/").text
        [imports] = re.findall(r'"deep\.Chat":"\./([^"]+)"', html)
        [styles] = re.findall(r'rel="stylesheet" href="\./([^"]+)"', html)
        self.module, self.styles = f"/{imports}", f"/{styles}"

    def get(self, path: str, method: str = "GET") -> Response:
        """Return the response to a request."""
        return Wire(self.resource).request(path, method=method)

    def fetch(self, path: str, *accepted: str, method: str = "GET") -> tuple[dict[str, str], bytes]:
        """Return the headers and the body of a response, for some C{Accept-Encoding} headers."""
        wire = Wire(self.resource)
        wire.begin(path, [("Accept-Encoding", value) for value in accepted], method)
        head, _, body = wire.take().partition(b"\r\n\r\n")
        return parseResponse(head + b"\r\n\r\n").headers, body


@pytest.fixture
def it(project: Project) -> Setup:
    """Return a setup with default settings."""
    return Setup(project)


def test_moduleIsServedAsJavaScriptAndCached(it: Setup) -> None:
    """A module has the type of JavaScript, may be cached forever, and is not sniffed."""
    response = it.get(it.module)
    assert (response.status, response.body) == (200, CODE.encode())
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_styleSheetIsServedAsCSS(it: Setup) -> None:
    """A style sheet has the type of CSS."""
    response = it.get(it.styles)
    assert (response.status, response.body) == (200, b"p {}")
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_headHasHeadersAndNoBody(it: Setup) -> None:
    """HEAD returns the headers of a file, without the content."""
    response = it.get(it.module, "HEAD")
    assert (response.status, response.body) == (200, b"")
    assert response.headers["content-length"] == str(len(CODE))


@pytest.mark.parametrize(
    "accepted",
    [
        ["gzip"],
        ["gzip, deflate, br, zstd"],
        ["deflate, gzip;q=0.5"],
        ["deflate", "gzip"],
        ["GZIP ; Q=0.001"],
        ["*"],
        ["br;q=1, *;q=0.1"],
        ["identity;q=0.5, gzip;q=0.5"],
        ["gzip;q=1.000,identity"],
    ],
)
def test_browserThatPrefersGzipGetsIt(it: Setup, accepted: list[str]) -> None:
    """A browser that accepts gzip gets it, and the response varies by that header."""
    for url, text in ((it.module, CODE.encode()), (it.styles, b"p {}")):
        headers, body = it.fetch(url, *accepted)
        assert headers["content-encoding"] == "gzip"
        assert headers["content-length"] == str(len(body))
        assert headers["vary"] == "accept-encoding"
        assert gzip.decompress(body) == text


@pytest.mark.parametrize(
    "accepted",
    [
        [],
        [""],
        ["identity"],
        ["br, deflate"],
        ["gzip;q=0"],
        ["gzip;q=0.000, br"],
        ["*, gzip;q=0"],
        ["gzip;q=0, *;q=1"],
        ["*;q=0"],
        ["gzip;q=0.5, identity"],
        ["gzip;q=high"],
        ["gzip;q=-1"],
        ["gzip;q"],
        ["gzip x"],
        ["notgzip"],
        ["g\xfczip"],
    ],
)
def test_otherBrowsersGetTheFileUncompressed(it: Setup, accepted: list[str]) -> None:
    """Any other browser gets the file as it is, and the response varies by that header."""
    for url, text in ((it.module, CODE.encode()), (it.styles, b"p {}")):
        headers, body = it.fetch(url, *accepted)
        assert "content-encoding" not in headers
        assert headers["vary"] == "accept-encoding"
        assert body == text


def test_headOfACompressedFileIsThatOfGet(it: Setup) -> None:
    """HEAD has the headers that GET has, for gzip as well."""
    head, nothing = it.fetch(it.module, "gzip", method="HEAD")
    headers, _ = it.fetch(it.module, "gzip")
    assert nothing == b""
    for name in ("content-encoding", "content-length", "vary"):
        assert head[name] == headers[name]


def test_404IsNotCompressed(it: Setup) -> None:
    """The page of a 404 is not compressed."""
    response = Wire(it.resource).request(it.module + "x", {"Accept-Encoding": "gzip"})
    assert response.status == 404
    assert "content-encoding" not in response.headers


def test_postIsNotAllowed(it: Setup) -> None:
    """Files can only be read."""
    assert it.get(it.module, "POST").status == 405


def test_debugModeServesChangesAndCachesNothing(project: Project) -> None:
    """In debug mode nothing is cached, and the next page has a changed file."""
    it = Setup(project, debug=True)
    for url in (it.module, it.styles):
        assert it.get(url).headers["cache-control"] == "no-cache"
    before = it.module
    project.write("js/deep/Chat.js", CHANGED)
    it.load()
    assert it.module != before
    assert it.get(it.module).body == CHANGED.encode()
    assert it.get(before).body == CODE.encode()


def test_changedFileIsNotServedOutsideDebugMode(it: Setup, project: Project) -> None:
    """Outside debug mode a changed file is served as it was."""
    before = it.module
    project.write("js/deep/Chat.js", CHANGED)
    it.load()
    assert it.module == before
    assert it.get(it.module).body == CODE.encode()


@pytest.mark.parametrize("debug", [False, True])
def test_pluginFilesAreServedLikeOthers(
    project: Project, distribution: Distribution, debug: bool
) -> None:
    """Files of plugins are served and cached like those beside a class."""
    distribution.package("acme", js__Acme_js="acme", css__Acme_css="a {}")
    distribution.plugin('js = JSPackage("acme")\ncss = CSSPackage("acme")')
    distribution.install()
    thing = project.page(PLAIN, cssModule="Acme")
    resource = LiveResource(thing, clock=Clock(), settings=Settings(debug=debug))

    def load() -> list[str]:
        html = Wire(resource).request("/").text
        return re.findall(r'(?:"Acme":"|stylesheet" href=")\.(/[^"]+)"', html)

    before = load()
    texts = ["a {}", "acme"]
    for url, text in zip(before, texts, strict=True):
        response = Wire(resource).request(url)
        assert response.text == text
        kept = "no-cache" if debug else "public, max-age=31536000, immutable"
        assert response.headers["cache-control"] == kept
    distribution.write("acme/js/Acme.js", "changed")
    distribution.write("acme/css/Acme.css", "changed")
    after = load()
    assert (after == before) is not debug
    assert [Wire(resource).request(url).text for url in after] == (
        ["changed", "changed"] if debug else texts
    )


@pytest.mark.parametrize(
    "change",
    [
        ("deep/Chat.js", ""),
        ("deep/Chat.js", "deep"),
        ("deep/Chat.js", "deep/"),
        ("deep/Chat.js", "deep/chat.js"),
        ("deep/Chat.js", "DEEP/Chat.js"),
        ("deep/Chat.js", "deep/Chat.JS"),
        ("deep/Chat.js", "deep/Chat.js/"),
        ("deep/Chat.js", "deep//Chat.js"),
        ("deep/Chat.js", "./deep/Chat.js"),
        ("deep/Chat.js", "deep/./Chat.js"),
        ("deep/Chat.js", "deep/../deep/Chat.js"),
        ("deep/Chat.js", "%2e/deep/Chat.js"),
        ("deep/Chat.js", "%2e%2e/secret.js"),
        ("deep/Chat.js", "../secret.js"),
        ("deep/Chat.js", "../../secret.js"),
        ("deep/Chat.js", "..%2fsecret.js"),
        ("deep/Chat.js", "%2e%2e%2fsecret.js"),
        ("deep/Chat.js", "%252e%252e%252fsecret.js"),
        ("deep/Chat.js", "..%5csecret.js"),
        ("deep/Chat.js", "deep%5cChat.js"),
        ("deep/Chat.js", "deep\\Chat.js"),
        ("deep/Chat.js", "deep/Chat.js%00"),
        ("deep/Chat.js", "%00deep/Chat.js"),
        ("deep/Chat.js", "deep/Chat.js%20"),
        ("deep/Chat.js", "deep/Chat.js%ff"),
        ("deep/Chat.js", "%c0%ae%c0%ae/secret.js"),
        ("deep/Chat.js", "/etc/passwd"),
        ("/js/thing-", "/js/Thing-"),
        ("/js/thing-", "/css/thing-"),
        ("/js/thing-", "/JS/thing-"),
        ("/js/thing-", "/js/../thing-"),
        ("/js/thing-", "/js/other-"),
        ("/js/thing-", "/js/"),
    ],
)
def test_onlyExactNamesAreFound(it: Setup, change: tuple[str, str]) -> None:
    """A URL that is not exactly that of a file is a 404, and nothing is read from disk."""
    assert change[0] in it.module
    response = it.get(it.module.replace(*change))
    assert response.status == 404
    assert b"secret" not in response.body


@pytest.mark.parametrize("path", ["/_live/js", "/_live/js/", "/_live/css/", "/_live/js/x"])
def test_foldersAreNotListed(it: Setup, path: str) -> None:
    """The URL of a folder is a 404."""
    assert it.get(path).status == 404


def test_ourModulesAreServed(it: Setup) -> None:
    """All of our own modules are served at their URLs in the page."""
    urls = re.findall(r'modulepreload" href="\.([^"]+)"', it.get("/").text)
    assert len(urls) == len(it.resource.catalog.own.files)
    for url in urls:
        assert it.get(url).headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize("debug", [False, True])
def test_commentsAreServedInDebugModeOnly(project: Project, debug: bool) -> None:
    """Comments are sent in debug mode only."""
    it = Setup(project, debug=debug)
    [url] = re.findall(r'"livewidget":"\.([^"]+)"', it.get("/").text)
    assert ("// @ts-check" in it.get(url).text) is debug


@pytest.mark.parametrize("name", ["my project", "caf\u00e9", "100%", "a#b?c", "a+b&c"])
def test_unusualNamesAreServed(project: Project, name: str) -> None:
    """A folder or a module may have any name that the system allows."""
    odd = project.beside(name)
    odd.write(f"js/{name}.js", CODE)
    odd.write("template.html", PLAIN)
    thing = odd.element(template="template.html", jsClass=f"{name}.X")
    resource = LiveResource(thing, clock=Clock())
    html = Wire(resource).request("/").text
    urls = [
        url
        for url in re.findall(r':"\.(/[^"]+)"', html.partition("</head>")[0])
        if "livewidget" not in url
    ]
    assert [Wire(resource).request(url.replace("\\u0026", "&")).body for url in urls] == [
        CODE.encode()
    ]
