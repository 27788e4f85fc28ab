"""Tests of C{livewidget.resource}: requests over a real site, on a transport in memory."""

from __future__ import annotations

import re
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.web.resource import Resource

from livewidget import LiveResource
from tests.support.http import Wire, parseResponse
from tests.support.log import Log
from tests.support.project import Project
from tests.support.resources import Setup, start
from tests.support.websocket import Socket


class TestPage:
    """GET returns a page."""

    def test_getReturnsTheDocument(self, it: Setup) -> None:
        """The response is the whole HTML with its length, and one page waits for a browser."""
        response = it.get()
        assert response.status == 200
        assert response.text.startswith("<!DOCTYPE html>")
        assert '<div data-live-element="1"></div>' in response.text
        assert int(response.headers["content-length"]) == len(response.body)
        assert it.pages == 1

    def test_pageHasSecurityAndCacheHeaders(self, it: Setup) -> None:
        """A page is HTML, not cached, not sniffed, with a policy for the nonce of its scripts."""
        response = it.get()
        headers = response.headers
        assert headers["content-type"] == "text/html; charset=utf-8"
        assert headers["cache-control"] == "private, no-cache"
        assert headers["vary"] == "*"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        policy = dict(
            part.strip().partition(" ")[::2]
            for part in headers["content-security-policy"].split(";")
        )
        nonces = set(re.findall(r'nonce="([^"]+)"', response.text))
        assert len(nonces) == 1
        assert policy["script-src"] == f"'nonce-{nonces.pop()}'"
        assert policy["default-src"] == "'self'"
        assert policy["style-src"] == "'self'"
        assert policy["object-src"] == policy["base-uri"] == "'none'"
        assert policy["require-trusted-types-for"] == "'script'"
        assert policy["trusted-types"] == "livewidget"

    def test_contentSourcesAreInThePolicy(self, project: Project) -> None:
        """Additional sources of the settings are in the policy."""
        it = Setup(project, contentSources={"img-src": "https://images.example.com"})
        policy = it.get().headers["content-security-policy"]
        assert "; img-src 'self' data: https://images.example.com; " in policy

    def test_eachPageHasANonceAndAnId(self, it: Setup) -> None:
        """Each page has a nonce and an id of its own."""
        one, two = it.get(), it.get()
        assert one.headers["content-security-policy"] != two.headers["content-security-policy"]
        assert start(one)["page"] != start(two)["page"]

    def test_titleIsEscapedAndByDefaultTheFactorysName(self, project: Project) -> None:
        """The title is the factory's name unless one is given, and is escaped."""
        thing = project.page()
        assert "<title>Thing</title>" in Wire(LiveResource(thing, clock=Clock())).request("/").text
        titled = LiveResource(thing, title="<b>", clock=Clock())
        assert "<title>&lt;b&gt;</title>" in Wire(titled).request("/").text

    def test_headMakesNoPage(self, it: Setup) -> None:
        """HEAD returns the content type without making a page."""
        response = Wire(it.resource).request("/", method="HEAD")
        assert (response.status, response.body) == (200, b"")
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert it.pages == 0

    def test_headOfAnotherHostIsRefused(self, it: Setup, log: Log) -> None:
        """A HEAD request for another host is refused like a GET request."""
        response = Wire(it.resource).request("/", {"Host": "evil.example"}, method="HEAD")
        assert response.status == 403
        log.take("page refused")

    def test_headOfAFullServerIsStatus503(self, project: Project, log: Log) -> None:
        """A browser that asks by HEAD whether a reload would help learns that it would not."""
        it = Setup(project, pagesInAll=1)
        Wire(it.resource).request("/")
        for method in ("GET", "HEAD"):
            assert Wire(it.resource).request("/", method=method).status == 503
            log.take("there are 1 pages already")
        assert it.pages == 1

    def test_headOfAServerThatShutsDownIsStatus503(self, it: Setup) -> None:
        """HEAD has no body, and the status that GET has."""
        it.resource.stop()
        response = Wire(it.resource).request("/", method="HEAD")
        assert (response.status, response.body) == (503, b"")

    @pytest.mark.parametrize(
        ("method", "status"), [("POST", 405), ("PUT", 501), ("DELETE", 501), ("get", 501)]
    )
    def test_otherMethodsAreRefused(self, it: Setup, method: str, status: int) -> None:
        """POST is not allowed, and other methods are not implemented; they make no page."""
        response = Wire(it.resource).request("/", {"Content-Length": "0"}, method)
        assert response.status == status
        assert it.pages == 0

    def test_pageThatNobodyConnectsToEnds(self, it: Setup) -> None:
        """A page that no browser connects to ends, and leaves no timer."""
        it.get()
        it.clock.advance(30)
        assert it.pages == 0
        assert it.clock.getDelayedCalls() == []

    def test_otherHostIsRefusedOnLoopback(self, it: Setup, log: Log) -> None:
        """Another Host on loopback is a 403, explained in the log and the response."""
        response = it.get(Host="evil.example")
        assert response.status == 403
        assert "evil.example" in response.text
        assert it.pages == 0
        assert "--host" in log.take("page refused")

    def test_refusedHostIsEscaped(self, it: Setup, log: Log) -> None:
        """A Host with markup or control characters is escaped in the response and the log."""
        response = it.get(Host="<script>\x1bc")
        assert "<script>" not in response.text
        assert log.take("page refused").isprintable()

    def test_defaultClockIsTheReactor(self, project: Project) -> None:
        """Without a clock the reactor is used."""
        from twisted.internet import reactor

        assert LiveResource(project.page()).pages.clock is reactor


class TestBounds:
    """The limits of pages."""

    def test_pageBeyondTheLimitIsRefusedForNow(self, project: Project, log: Log) -> None:
        """A page beyond the limit is refused with a delay, and served once another has ended."""
        made: list[int] = []

        def make() -> Any:
            made.append(1)
            return project.page()()

        it = Setup(project, make, pagesInAll=2)
        assert [it.get().status for _ in range(3)] == [200, 200, 503]
        log.take("page refused: there are 2 pages already")
        assert len(made) == 2
        response = it.get()
        log.take("page refused")
        assert response.headers["refresh"] == response.headers["retry-after"]
        assert "The server is at capacity." in response.text
        next(iter(it.resource.pages._sessions.values())).close()
        assert it.get().status == 200

    def test_limitAppliesWhenTheFactoryReturns(self, project: Project, log: Log) -> None:
        """A page is refused if the last place was taken while its factory ran."""
        waiting: list[Deferred[Any]] = []

        def make() -> Any:
            waiting.append(Deferred())
            return waiting[-1]

        it = Setup(project, make, pagesInAll=1, pagesUnconnected=1)
        wires = [Wire(it.resource) for _ in range(2)]
        for wire in wires:
            wire.begin("/")
        kind = project.page()
        for deferred in waiting:
            deferred.callback(kind())
        assert [parseResponse(wire.take()).status for wire in wires] == [200, 503]
        log.take("page refused: there are ")
        # The refused page has not displaced it.
        it.clock.advance(0)
        assert it.pages == 1

    def test_unconnectedPagesAreLimitedPerAddress(self, project: Project) -> None:
        """The number of unconnected pages per client is limited."""
        it = Setup(project, pagesUnconnectedPerAddress=2, proxies={"127.0.0.1"})
        for client in ["192.0.2.1"] * 5 + ["2001:db8::1", "2001:db8::2", "2001:db8::3"]:
            assert it.get(**{"X-Forwarded-For": client}).status == 200
        it.clock.advance(0)
        assert it.pages == 4
        assert len(it.resource.pages.unconnected) == 4


class TestPlaces:
    """A resource works at any place in a site."""

    @pytest.mark.parametrize(
        ("place", "path", "base"),
        [
            ([], "/", "./_live/"),
            (["chat"], "/chat", "./chat/_live/"),
            (["chat"], "/chat/", "./_live/"),
            (["chat"], "/chat?x=/y/", "./chat/_live/"),
            (["a", "b", "c"], "/a/b/c", "./c/_live/"),
            (["a", "b", "c"], "/a/b/c/", "./_live/"),
            (["a:b"], "/a:b", "./a%3Ab/_live/"),
            (["a:b"], "/a%3Ab", "./a%3Ab/_live/"),
            (["a b"], "/a%20b", "./a%20b/_live/"),
            (["a/b"], "/a%2Fb", "./a%2Fb/_live/"),
            (["\u00e4"], "/%C3%A4", "./%C3%A4/_live/"),
            (['"<&'], "/%22%3C&", "./%22%3C%26/_live/"),
            (["a;b"], "/a;b", "./a%3Bb/_live/"),
            (["%41"], "/%2541", "./%2541/_live/"),
        ],
    )
    def test_urlsAreRelativeToThePage(
        self, it: Setup, place: list[str], path: str, base: str
    ) -> None:
        """URLs are relative to the page's, so that prefixes do not matter."""
        root = mount(place, it.resource)
        response = Wire(root).request(path)
        assert response.status == 200
        assert start(response)["base"] == base
        url = path.partition("?")[0].rpartition("/")[0] + base[1:]
        modules = re.findall(r'modulepreload" href="([^"]+)"', response.text)
        assert modules
        for module in modules:
            assert module.startswith(base)
            served = Wire(root).request(path.partition("?")[0].rpartition("/")[0] + module[1:])
            assert served.status == 200
        assert Socket(root, f"{url}ws").response.status == 101

    def test_resourcesHaveTheirOwnPages(self, project: Project) -> None:
        """Several resources in one site have separate pages."""
        one, two = Setup(project), Setup(project)
        root = Resource()
        root.putChild(b"one", one.resource)
        root.putChild(b"two", two.resource)
        Wire(root).request("/one")
        Wire(root).request("/one/")
        Wire(root).request("/two")
        assert (one.pages, two.pages) == (2, 1)

    @pytest.mark.parametrize(
        "path",
        [
            "/nope",
            "/_live",
            "/_live/",
            "/_live/nope",
            "/_live/nope/x",
            "/_live//ws",
            "/nope/_live/ws",
            "/_livex",
            "/_live/ws/x/y",
        ],
    )
    @pytest.mark.filterwarnings("error::DeprecationWarning")
    def test_unknownChildIsNotFound(self, it: Setup, path: str) -> None:
        """An unknown child is a 404, makes no page, and causes no deprecation warning."""
        response = it.get(path)
        assert response.status == 404
        assert it.pages == 0

    @pytest.mark.parametrize("method", ["HEAD", "POST", "PUT"])
    def test_folderIsNotFoundByAnyMethod(self, it: Setup, method: str) -> None:
        """The folder C{_live} is a 404 for any method."""
        response = Wire(it.resource).request("/_live", {"Content-Length": "0"}, method)
        assert response.status == 404

    @pytest.mark.parametrize(("place", "path"), [([""], "/"), (["a", ""], "/a/"), ([""], "//")])
    def test_emptyNameIsExplained(self, it: Setup, log: Log, place: list[str], path: str) -> None:
        """Under the empty name, where URLs would be wrong, the error says what to do."""
        response = Wire(mount(place, it.resource)).request(path)
        assert response.status == 500
        assert "Site(LiveResource(…))" in response.text
        assert it.pages == 0
        entry = log.take("the page could not be made")
        assert 'putChild(b"name", LiveResource(…))' in entry
        assert len(entry.splitlines()) == 1

    def test_resourceMayHaveChildren(self, it: Setup) -> None:
        """A resource may be the root or the parent of other resources."""
        it.resource.putChild(b"other", Setup.plain())
        assert it.get("/").status == it.get("/other").status == 200
        root = mount(["a"], it.resource)
        assert Wire(root).request("/a/").status == Wire(root).request("/a/other").status == 200


def mount(place: list[str], resource: Resource) -> Resource:
    """Return the root of a site that has a resource at a place."""
    for segment in reversed(place):
        outer = Resource()
        outer.putChild(segment.encode(), resource)
        resource = outer
    return resource
