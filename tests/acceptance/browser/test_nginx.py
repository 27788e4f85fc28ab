"""Tests behind nginx: as documented, and with a hostile configuration."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, WebSocket, expect

from tests.acceptance.browser.chat import enter, expectLines, lines, said, say
from tests.acceptance.browser.nginx import Nginx
from tests.acceptance.browser.people import BACK, People, connected
from tests.support.documents import theBlock
from tests.support.processes import ROOT, TWISTD, Server

COMMAND = re.compile(r"twistd -n --pidfile= live-widget --element=examples\.chat\.chat (.*)")

#: A name that browsers resolve to loopback, and that is not served unless it is allowed.
NAME = "chat.localhost"


def options() -> list[str]:
    """Return the document's options of the command, for our name."""
    text = COMMAND.findall(theBlock("sh", "--proxy"))[0].replace("chat.example.com", NAME)
    return str(text).split()


class Deployment:
    """The configuration of the document, with our ports, name and certificate in it.

    @ivar plain: the port that redirects.
    @ivar url: the URL in place of C{https://chat.example.com/}.
    """

    def __init__(self, nginx: Nginx, target: str) -> None:
        self._nginx = nginx
        self.plain, secure = nginx.port(), nginx.port()
        self.url = f"https://{NAME}:{secure}/"
        self.config = theBlock("nginx", "ssl_certificate ")
        self.replace("listen 80;", f"listen 127.0.0.1:{self.plain};")
        self.replace("listen [::]:80;", f"listen 127.0.0.1:{nginx.port()};")
        self.replace("listen 443 ssl", f"listen 127.0.0.1:{secure} ssl")
        self.replace("listen [::]:443 ssl", f"listen 127.0.0.1:{nginx.port()} ssl")
        self.replace("https://chat.example.com", f"https://{NAME}:{secure}")
        self.replace("server_name chat.example.com", f"server_name {NAME}", 2)
        folder = "/etc/letsencrypt/live/chat.example.com"
        self.replace(f"{folder}/fullchain.pem", str(nginx.certificate))
        self.replace(f"{folder}/privkey.pem", str(nginx.key))
        self.replace("http://127.0.0.1:8080", target)

    def replace(self, old: str, new: str, times: int = 1) -> None:
        """Replace a text, which must occur this many times."""
        assert self.config.count(old) == times, f"{old!r} in:\n{self.config}"
        self.config = self.config.replace(old, new)

    def drop(self, pattern: str) -> None:
        """Remove the one line that matches a pattern."""
        self.config, found = re.subn(rf"(?m)^.*{pattern}.*\n", "", self.config)
        assert found == 1, f"{pattern!r} in:\n{self.config}"

    def start(self) -> None:
        """Start nginx with this configuration."""
        self._nginx.start(self.config)


@pytest.fixture
def server(serve: Callable[..., Server]) -> Server:
    """Start the chat as documented."""
    return serve("examples.chat.chat", options=options())


@pytest.fixture(scope="class")
def quietServer(servers: Callable[..., Server]) -> Server:
    """Start the chat for all tests of a class in which nobody logs in."""
    return servers(lambda: Server.twistd("examples.chat.chat", options=options()))


@pytest.fixture
def socketServer(tmp_path: Path) -> Iterator[str]:
    """Return the path of a UNIX socket on which the chat is served."""
    path = tmp_path / "socket"
    # nginx uses localhost as the Host if it does not pass one.
    names = [f"--host={NAME}", "--host=localhost"]
    more = [f"--listen=unix:{path}:mode=600", "--proxy=unix", *names]
    command = [str(TWISTD), "-n", "--pidfile=", "live-widget", "--element=examples.chat.chat"]
    server = Server([*command, *more], ROOT)
    server.waitForLine("Serving .* at unix:")
    yield str(path)
    server.stop()


@pytest.fixture
def deployment(nginx: Nginx, server: Server) -> Deployment:
    """Return the document's configuration, not started yet."""
    return Deployment(nginx, server.url.rstrip("/"))


@pytest.fixture
def quiet(nginx: Nginx, quietServer: Server) -> Iterator[Deployment]:
    """Return the document's configuration before a server that several tests share."""
    yield Deployment(nginx, quietServer.url.rstrip("/"))
    quietServer.check()


def visit(people: People, url: str) -> tuple[Page, list[WebSocket]]:
    """Return a connected window and its WebSockets."""
    page = people.window(anyCertificate=True)
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    page.goto(url)
    connected(page, BACK)
    return page, sockets


def talk(pages: dict[str, Page], first: int, last: int) -> None:
    """Have each person say lines with these numbers, in turn."""
    for number in range(first, last):
        for page in pages.values():
            say(page, f"line {number}")


def expectTalk(pages: dict[str, Page], number: int) -> None:
    """Check that each person sees this many lines of each, once and in order."""
    wanted = [f"line {n}" for n in range(number)]
    for page in pages.values():
        expect(page.get_by_text(f": line {number - 1}")).to_have_count(len(pages), timeout=BACK)
        for name in pages:
            assert said(page, name) == [f"{name}: {text}" for text in wanted]
    first, *others = (lines(page)[-number * len(pages) :] for page in pages.values())
    assert others == [first] * len(others)


class TestDocument:
    """The configuration in docs/howto/deploy-nginx.md."""

    def test_chatWorksOverTls(self, people: People, deployment: Deployment) -> None:
        """Two people talk over TLS, with one WebSocket each."""
        deployment.start()
        ada, adas = visit(people, deployment.url)
        bob, bobs = visit(people, deployment.url)
        pages = {"ada": enter(ada, "ada"), "bob": enter(bob, "bob")}
        talk(pages, 0, 5)
        expectTalk(pages, 5)
        for sockets in (adas, bobs):
            assert [socket.url for socket in sockets] == [
                f"{deployment.url}_live/ws".replace("https:", "wss:")
            ]

    def test_otherRequestsUseHttp2(self, people: People, quiet: Deployment) -> None:
        """All requests but WebSockets use HTTP/2."""
        quiet.start()
        page, _ = visit(people, quiet.url)
        protocols = page.evaluate(
            """() => ["navigation", "resource"].flatMap((type) => performance
                 .getEntriesByType(type).map((entry) => entry.nextHopProtocol))"""
        )
        assert set(protocols) == {"h2"}

    def test_httpRedirectsToHttps(self, people: People, quiet: Deployment) -> None:
        """A request over http is redirected to https, with its path and query."""
        quiet.start()
        page = people.window(anyCertificate=True)
        page.goto(f"http://{NAME}:{quiet.plain}/?a=1&b=%20")
        assert page.url == f"{quiet.url}?a=1&b=%20"
        connected(page)

    def test_withoutUpgradeAnEventStreamWorks(self, people: People, deployment: Deployment) -> None:
        """If nginx does not forward handshakes, the page gets an event stream without delays."""
        people.allow("WebSocket connection to .* failed")
        for name in ("proxy_http_version", "proxy_set_header Upgrade", "proxy_set_header Connect"):
            deployment.drop(name)
        deployment.start()
        page = people.window(anyCertificate=True)
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url.rpartition("/")[2]))
        page.goto(deployment.url)
        connected(page, BACK)
        enter(page, "ada")
        say(page, "hello")
        expectLines(page, 2)
        assert ("stream" in requests, "poll" in requests) == (True, False)

    @pytest.mark.parametrize("path", ["chat/", "chat", "chat?a=1"])
    def test_pageWorksUnderAPath(
        self, people: People, server: Server, deployment: Deployment, path: str
    ) -> None:
        """A page works under a path, and a URL without the slash is redirected there."""
        prefix = theBlock("nginx", "location /chat/").replace("8080", str(server.port))
        [root] = re.findall(r"    location / \{.*?\n    \}\n", deployment.config, re.DOTALL)
        deployment.replace(root, prefix)
        deployment.start()
        page, sockets = visit(people, deployment.url + path)
        assert page.url == deployment.url + path.replace("chat", "chat/").replace("//", "/")
        enter(page, "ada")
        say(page, "hello")
        expectLines(page, 2)
        assert [socket.url.rpartition("/chat/")[2] for socket in sockets] == ["_live/ws"]

    def test_forwardedHostReplacesHost(self, people: People, deployment: Deployment) -> None:
        """If nginx passes no Host, X-Forwarded-Host is used."""
        deployment.drop("proxy_set_header Host ")
        deployment.start()
        page, sockets = visit(people, deployment.url)
        enter(page, "ada")
        assert len(sockets) == 1

    def test_forwardedHostOfAnUntrustedProxyIsIgnored(
        self, people: People, nginx: Nginx, serve: Callable[..., Server]
    ) -> None:
        """Without a Host, a connection through a proxy that is not trusted is refused."""
        nginx.allow(rf"\({errno.ECONNRESET}: ")
        wanted = [option for option in options() if not option.startswith("--proxy")]
        server = serve("examples.chat.chat", options=wanted)
        deployment = Deployment(nginx, server.url.rstrip("/"))
        deployment.drop("proxy_set_header Host ")
        deployment.start()
        page = people.window(anyCertificate=True)
        page.goto(deployment.url)
        expect(page.get_by_role("status")).to_contain_text("The server refuses to connect")
        origin = deployment.url.rstrip("/")
        server.waitForLine(re.escape(f"'{origin}' may not connect to '127.0.0.1:{server.port}'"))

    def test_unixSocketWorks(self, people: People, socketServer: str, nginx: Nginx) -> None:
        """Over a UNIX socket every peer is trusted, if the command says so."""
        deployment = Deployment(nginx, f"http://unix:{socketServer}")
        deployment.drop("proxy_set_header Host ")
        deployment.start()
        page, sockets = visit(people, deployment.url)
        enter(page, "ada")
        assert len(sockets) == 1

    def test_forgedHeadersDoNotPassNginx(self, people: People, quiet: Deployment) -> None:
        """Forwarded headers that a client forged do not pass nginx."""
        quiet.start()
        page = people.window(anyCertificate=True)
        page.set_extra_http_headers(
            {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"}
        )
        page.goto(quiet.url)
        connected(page)

    def test_foreignNameIsNotServed(self, people: People, quiet: Deployment) -> None:
        """Nothing is served under a foreign name that points to the server."""
        people.allow(r"\(https://rebound\.localhost:")
        quiet.start()
        page = people.window(anyCertificate=True)
        response = page.goto(quiet.url.replace(NAME, "rebound.localhost"))
        assert response is not None
        assert response.status == 403

    def test_serviceRunsTheCommand(self) -> None:
        """The service runs the command of the document."""
        unit, printed = theBlock("ini", "[Service]"), theBlock("sh", "--proxy")
        assert COMMAND.findall(unit) == COMMAND.findall(printed)


# A proxy that limits HTTP: no upgrade, HTTP/1.0 to the server, answers buffered, compressed, and
# cut when silent, and a path that the server does not know.
HOSTILE = """
gzip on;
gzip_types *;
gzip_proxied any;
gzip_min_length 1;
gzip_http_version 1.0;

server {
    listen 127.0.0.1:<port>;
    proxy_buffering on;
    proxy_ignore_headers X-Accel-Buffering;
    proxy_read_timeout <silence>s;
    proxy_set_header Host $http_host;

    location /some/chat/ {
        proxy_pass <server>;
    }
    <more>
}
"""

REFUSED = "location ~ /_live/ws$ { return <status>; }"
SWALLOWED = "location ~ /_live/ws$ { proxy_pass http://127.0.0.1:<hole>; }"
DOUBLED = """
location = /some/chat/_live/send { mirror /again; proxy_pass <server>_live/send; }
location = /again { internal; proxy_pass <server>_live/send; }
"""


def fill(text: str, **values: object) -> str:
    """Replace names with their values."""
    for name, value in values.items():
        text = text.replace(f"<{name}>", str(value))
    return text


@pytest.fixture
def hostile(people: People, nginx: Nginx, rooms: Server, room: str) -> Callable[..., str]:
    """Return a function that starts the chat behind a hostile nginx and returns its URL."""
    # A browser reports each failed request in its console.
    people.allow("WebSocket connection to .* failed|Failed to load resource|net::ERR_")

    def start(more: str = "", silence: int = 60) -> str:
        port, server = nginx.port(), f"{rooms.url}{room}any/"
        nginx.start(fill(HOSTILE, more=more, port=port, silence=silence, server=server))
        return f"http://127.0.0.1:{port}/some/chat/"

    return start


def isCut(response: Response) -> bool:
    """Return whether nginx has timed out an answer."""
    return response.status == 504


class TestHostile:
    """A hostile nginx, through which two people talk and nothing is lost."""

    def converse(self, people: People, url: str) -> dict[str, Page]:
        """Have two people log in and talk."""
        pages = {name: people.window() for name in ("ada", "bob")}
        self.cuts: dict[str, list[Response]] = {name: [] for name in pages}
        for name, page in pages.items():
            page.on("response", partial(self._note, self.cuts[name]))
            page.goto(url)
            connected(page, BACK)
            enter(page, name)
        expectLines(pages["ada"], 2)
        talk(pages, 0, 10)
        expectTalk(pages, 10)
        return pages

    def _note(self, cuts: list[Response], response: Response) -> None:
        if isCut(response):
            cuts.append(response)

    def test_strippedUpgradeFallsBack(self, people: People, hostile: Callable[..., str]) -> None:
        """Two people talk although handshakes arrive as plain requests."""
        self.converse(people, hostile())

    @pytest.mark.parametrize("status", [400, 404])
    def test_refusedHandshakeFallsBack(
        self, people: People, hostile: Callable[..., str], status: int
    ) -> None:
        """Two people talk although nginx refuses handshakes."""
        self.converse(people, hostile(fill(REFUSED, status=status)))

    def test_swallowedHandshakeFallsBack(self, people: People, hostile: Callable[..., str]) -> None:
        """Two people talk although handshakes are never answered."""
        with socket.create_server(("127.0.0.1", 0)) as hole:
            self.converse(people, hostile(fill(SWALLOWED, hole=hole.getsockname()[1])))

    def test_doubledRequestsCountOnce(self, people: People, hostile: Callable[..., str]) -> None:
        """Each message is sent twice, and counts once."""
        self.converse(people, hostile(DOUBLED))

    def test_cutSilenceLosesNothing(
        self, people: People, nginx: Nginx, hostile: Callable[..., str]
    ) -> None:
        """An answer that is silent for two seconds is cut, and later messages arrive."""
        nginx.allow(rf"\({errno.ETIMEDOUT}: ")
        pages = self.converse(people, hostile(silence=2))
        for name, page in pages.items():
            # After two cuts, the browser prevents so long a silence.
            while len(self.cuts[name]) < 2:
                page.wait_for_event("response", isCut, timeout=BACK)
        talk(pages, 10, 20)
        expectTalk(pages, 20)
