"""Tests of where a page is mounted, who may connect to it, and under which policy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from playwright.sync_api import expect

from tests.acceptance.browser.mounts import expectWorking
from tests.acceptance.browser.people import People, connected
from tests.acceptance.browser.proxy import Proxy
from tests.support.processes import Server

SERVER = partial(Server.site, "mounts")

pytestmark = pytest.mark.usefixtures("checked")

# Return the close code of a WebSocket whose hello names an unknown page.
TRY_TO_CONNECT = """
(url) => new Promise((resolve) => {
  const socket = new WebSocket(url, "livewidget.1");
  socket.onclose = ({ code }) => resolve(code);
  socket.onopen = () => socket.send(
    '{"page":"AAAAAAAAAAAAAAAAAAAAAA","claim":"cccccccccccccccc","connection":1,"received":0}');
})
"""


class _Elsewhere(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<!DOCTYPE html><title>Elsewhere</title><link rel=icon href=data:,>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Return the URL of a page of another origin."""
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    httpd.daemon_threads = True
    thread = Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}/"
    httpd.shutdown()
    thread.join(10)
    httpd.server_close()


def socketUrl(server: Server) -> str:
    """Return the WebSocket URL of the page at the server's root."""
    return f"ws://127.0.0.1:{server.port}/_live/ws"


class TestMounts:
    """Several live resources in one site."""

    @pytest.mark.parametrize(
        ("path", "heading"),
        [
            ("", "Echo"),
            ("support/chat", "Chat"),
            ("support/chat/", "Chat"),
            ("support/echo?a=1#b", "Echo"),
            ("a:b%20c", "Echo"),
        ],
    )
    def test_pageWorksAtAnyUrl(
        self, people: People, server: Server, path: str, heading: str
    ) -> None:
        """A page works at any URL, with and without a slash at its end."""
        page = people.shared(server.url + path)
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        expectWorking(page)

    def test_resourcesAreIndependent(self, people: People, server: Server) -> None:
        """Pages of several resources, open at the same time, do not affect each other."""
        pages = [people.shared(server.url + path) for path in ("", "support/echo", "support/chat")]
        for page in [*pages, *pages[:2]]:
            expectWorking(page)

    def test_pageWorksBehindAStrippedPrefix(
        self, people: People, server: Server, proxy: Callable[..., Proxy]
    ) -> None:
        """A page works behind a reverse proxy that strips a prefix from the path."""
        outside = proxy(server, strip=b"/some/prefix")
        for path in ("", "support/chat", "support/chat/"):
            expectWorking(people.shared(outside.url + path))

    def test_otherLoopbackNamesWork(self, people: People, server: Server) -> None:
        """A page works under the other names of the loopback interface."""
        expectWorking(people.shared(f"http://localhost:{server.port}/"))


class TestWhoMayConnect:
    """Origin and Host."""

    def test_ownOriginMayConnect(self, people: People, server: Server) -> None:
        """A connection from the server's own origin is accepted, up to its unknown page."""
        page = people.shared(server.url)
        assert page.evaluate(TRY_TO_CONNECT, socketUrl(server)) == 4404

    def test_foreignOriginIsRefused(self, people: People, server: Server, elsewhere: str) -> None:
        """A page of another origin is refused, whatever ids it knows."""
        page = people.window()
        page.goto(elsewhere)
        assert page.evaluate(TRY_TO_CONNECT, socketUrl(server)) == 4403

    def test_nullOriginIsRefused(self, people: People, server: Server) -> None:
        """A page without an origin, such as a sandboxed frame, is refused."""
        page = people.window()
        assert page.evaluate(TRY_TO_CONNECT, socketUrl(server)) == 4403

    def test_foreignHostIsNotServed(self, people: People, server: Server) -> None:
        """Nothing is served under a foreign name that points to loopback."""
        people.allow(r"\(http://rebound\.localhost:")
        page = people.shared()
        response = page.goto(f"http://rebound.localhost:{server.port}/")
        assert response is not None
        assert response.status == 403
        assert "livewidget-start" not in response.text()
        url = socketUrl(server).replace("127.0.0.1", "rebound.localhost")
        assert page.evaluate(TRY_TO_CONNECT, url) == 4403

    def test_foreignFrameIsRefused(self, people: People, server: Server, elsewhere: str) -> None:
        """A page of another origin cannot show the server's page in a frame."""
        people.allow("frame-ancestors|refused to connect|Refused to frame|Framing")
        page = people.window()
        page.goto(elsewhere)
        page.evaluate(
            """(url) => new Promise((resolve) => {
                 const frame = document.createElement("iframe");
                 frame.src = url;
                 frame.onload = resolve;
                 document.body.append(frame); })""",
            server.url,
        )
        assert page.frame_locator("iframe").get_by_role("heading").count() == 0


class TestPolicy:
    """The default Content-Security-Policy. Every test checks that no page violates it."""

    POLICY: ClassVar = {
        "default-src": "'self'",
        # The icon is in the page, so that a browser does not request one.
        "img-src": "'self' data:",
        "script-src": "'nonce-<nonce>'",
        "style-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "livewidget",
    }

    @pytest.mark.parametrize("path", ["", "support/chat", "family"])
    def test_pageWorksUnderTheStrictPolicy(self, people: People, server: Server, path: str) -> None:
        """The default policy is strict, and a page works under it."""
        page = people.shared()
        response = page.goto(server.url + path)
        assert response is not None
        policy = response.headers["content-security-policy"]
        policy = re.sub("'nonce-[A-Za-z0-9+/_-]{22,}=*'", "'nonce-<nonce>'", policy)
        assert dict(part.split(" ", 1) for part in policy.split("; ")) == self.POLICY
        expectWorking(page)

    def test_injectedMarkupRunsNothing(self, people: People, server: Server) -> None:
        """Markup that somebody injected into a page runs nothing."""
        people.allow("(?i)content security policy|violates the policy|TrustedHTML|TrustedScript")
        page = people.shared(server.url)
        ran = page.evaluate(
            """async () => {
                 const script = document.createElement("script");
                 try { script.textContent = "globalThis.ran = true"; } catch {}
                 document.body.append(script);
                 try { document.body.innerHTML = "<img src=x onerror='ran = true'>"; } catch {}
                 await new Promise((resolve) => setTimeout(resolve));
                 return globalThis.ran ?? false; }"""
        )
        assert ran is False
        people.waitForError(page, "violates the policy: require-trusted-types-for")

    def test_windowsReportViolations(self, people: People, server: Server) -> None:
        """The windows of these tests report errors, rejections and violations."""
        page = people.shared(server.url)
        page.evaluate(
            """() => {
                 setTimeout(() => { throw Error("thrown"); });
                 Promise.reject(Error("rejected"));
                 console.error("said");
                 const link = document.createElement("link");
                 link.rel = "stylesheet";
                 link.href = "http://127.0.0.1:1/x.css";
                 document.head.append(link); }"""
        )
        for text in ("thrown", "rejected", "said", "violates the policy: style-src"):
            people.waitForError(page, text)
        people.allow("Content Security Policy")
        connected(page)
