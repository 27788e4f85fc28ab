"""Tests of L{livewidget.command.service}: listening, logging, and stopping."""

from __future__ import annotations

import errno
import re
import sys
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import Logger, LoggingFile, capturedLogs
from twisted.web.http import Request
from twisted.web.test.requesthelper import DummyChannel

from livewidget import tap
from livewidget.command.error import CommandError
from livewidget.command.options import Options
from livewidget.command.service import LiveService, LiveSite
from tests.support.command import (
    CLASS,
    Endpoint,
    Failing,
    Pages,
    Port,
    Project,
    lineOf,
    makeService,
    parse,
)
from tests.support.log import Log


class TestMakeService:
    """Making the service from the options."""

    def make(self, project: Project, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
        """Return the arguments that the resource was created with."""
        project.write("chat.py", CLASS + "def makeChatter():\n    1 / 0\n")
        made: dict[str, Any] = {}
        monkeypatch.setattr(tap, "LiveResource", lambda factory, **kw: made.update(kw, it=factory))
        options = Options()
        options.parseOptions(list(arguments))
        assert isinstance(tap.makeService(options), LiveService)
        return made

    def test_optionsBecomeSettings(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        """Hosts, origins, proxies and debug become settings."""
        made = self.make(
            project,
            monkeypatch,
            "--element=chat.Chatter",
            "--host=a.example",
            "--origin=https://b.example",
            "--proxy=127.0.0.1",
            "--debug",
        )
        settings = made["settings"]
        assert settings.hosts == frozenset({"a.example"})
        assert settings.origins == frozenset({"https://b.example"})
        assert settings.proxies == frozenset({"127.0.0.1"})
        assert settings.debug is True
        assert made["it"] is sys.modules["chat"].Chatter

    @pytest.mark.parametrize(
        ("arguments", "title"),
        [
            (["--element=chat.Chatter"], "Chatter"),
            (["--element=chat.makeChatter"], "makeChatter"),
            (["--element=chat.makeChatter", "--title=Chat"], "Chat"),
        ],
    )
    def test_titleIsTheOptionOrTheElementsName(
        self, project: Project, monkeypatch: pytest.MonkeyPatch, arguments: list[str], title: str
    ) -> None:
        """The title is the name of the class or function, unless --title is given.

        The function is not called before a page is loaded.
        """
        assert self.make(project, monkeypatch, *arguments)["title"] == title

    def test_titleOfAnAliasIsTheClassName(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The title of a class that is imported under another name is the class's own name."""
        project.write("alias.py", "from chat import Chatter as Other\n")
        assert self.make(project, monkeypatch, "--element=alias.Other")["title"] == "Chatter"

    def test_workingDirectoryIsSearchedFirst(
        self, project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: Any
    ) -> None:
        """Modules of the working directory are found before all others."""
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        (elsewhere / "chat.py").write_text("")
        monkeypatch.setattr(sys, "path", [str(elsewhere), *sys.path[1:]])
        self.make(project, monkeypatch, "--element=chat.Chatter")
        assert sys.path[:2] == [str(project.folder), str(elsewhere)]

    def test_malformedListenFailsBeforeTheStart(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A malformed --listen is an error before anything is started."""
        line = lineOf(self.make, project, monkeypatch, "--element=chat.Chatter", "--listen=tcp:a")
        assert line.startswith("live-widget: --listen: 'tcp:a' cannot be used (")


class TestListening:
    """The service from its start to its stop."""

    def test_addressIsLoggedOnceTheReactorRuns(self) -> None:
        """A line with the element and the URL is logged, once the reactor runs."""
        reactor = MemoryReactorClock()
        endpoint = Endpoint()
        service = makeService(endpoint, "--port=0", reactor=reactor)
        with capturedLogs() as events:
            service.privilegedStartService()
            service.startService()
            endpoint.listens[0].callback(Port([], IPv4Address("TCP", "127.0.0.1", 4321)))
            assert events == []
            reactor.run()
        assert [event["log_format"].format(**event) for event in events] == [
            "Serving chat.Chatter at http://127.0.0.1:4321/"
        ]
        assert len(endpoint.listens) == 1

    def test_startServiceAloneListens(self) -> None:
        """The service listens if only startService is called."""
        endpoint = Endpoint()
        service = makeService(endpoint)
        service.startService()
        assert len(endpoint.listens) == 1

    def test_stopClosesThePortAndThenEndsPages(self) -> None:
        """A stop closes the port first, and then ends the pages.

        It is over one turn of the reactor after the port is closed, in which TLS sends the last
        messages of the pages.
        """
        events: list[str] = []
        port = Port(events, IPv4Address("TCP", "127.0.0.1", 80))
        endpoint = Endpoint()
        reactor = MemoryReactorClock()
        service = LiveService(Pages(events), endpoint, parse(), reactor)  # type: ignore[arg-type]
        service.startService()
        endpoint.listens[0].callback(port)
        stopped = service.stopService()
        reactor.advance(0)
        assert events == ["port closes", "pages ended"]
        assert not stopped.called
        port.closed.callback(None)
        assert not stopped.called
        reactor.advance(0)
        assert stopped.called

    def test_stoppedServiceCanBeStartedAgain(self) -> None:
        """A service that was stopped listens again after another start."""
        endpoint = Endpoint()
        service = makeService(endpoint)
        service.startService()
        service.stopService()
        service.startService()
        assert len(endpoint.listens) == 2

    def test_stopCancelsAnEndpointThatIsNotListeningYet(self) -> None:
        """A stop cancels an endpoint that does not listen yet, and logs nothing."""
        endpoint = Endpoint()
        reactor = MemoryReactorClock()
        service = makeService(endpoint, reactor=reactor)
        service.startService()
        with capturedLogs() as events:
            stopped = service.stopService()
            reactor.advance(0)
            assert stopped.called
        assert (events, endpoint.listens[0].called) == ([], True)

    @pytest.mark.parametrize("foreground", [True, False])
    def test_errorBypassesARedirectedStderr(
        self, monkeypatch: pytest.MonkeyPatch, foreground: bool
    ) -> None:
        """If twistd has redirected stderr to its log, the error is printed on the terminal.

        The exit code is then a number, so that the interpreter does not print the error again. A
        daemon has no terminal: its interpreter prints the error to the log.
        """
        terminal = StringIO()
        monkeypatch.setattr(sys, "__stderr__", terminal)
        monkeypatch.setattr(sys, "stderr", LoggingFile(Logger()))
        service = makeService(Failing(CannotListenError("", 80, OSError(errno.EPERM, "x"))))
        service._options.parent = {"nodaemon": int(foreground)}  # type: ignore[assignment]
        with pytest.raises(CommandError) as caught:
            service.startService()
        line = str(caught.value)
        assert line.startswith("live-widget: port 8080 of 127.0.0.1 may not be used by this user")
        assert terminal.getvalue() == (f"{line}\n" if foreground else "")
        assert caught.value.code == (1 if foreground else line)

    def test_laterFailureIsLoggedAndStopsTheReactor(self, log: Log) -> None:
        """If the endpoint fails after the start, the error is logged and the reactor stops."""
        reactor = MemoryReactorClock()
        endpoint = Endpoint()
        service = makeService(endpoint, reactor=reactor)
        service.startService()
        endpoint.listens[0].errback(OSError(errno.EADDRINUSE, "x"))
        assert log.take("live-widget: ") == (
            "live-widget: port 8080 of 127.0.0.1 is in use; "
            "stop the program that uses it, or use another with --port"
        )
        assert reactor.hasStopped


class TestSite:
    """Lines in the access log."""

    @pytest.mark.parametrize("logsRequests", [False, True])
    def test_requestsAreLoggedOnlyIfAskedFor(self, logsRequests: bool) -> None:
        """Requests are logged only if asked for."""
        lines: list[str] = []
        site = LiveSite(Pages([]), logsRequests=logsRequests)  # type: ignore[arg-type]
        site._logFile = type("File", (), {"write": lambda self, line: lines.append(line)})()
        site._logFormatter = lambda timestamp, request: "GET /"
        site.log(object())  # type: ignore[arg-type]
        assert lines == ["GET /\n"] * logsRequests

    @pytest.mark.parametrize(
        ("path", "logged"),
        [
            (b"/chat", True),
            (b"/chat/_live/js/chat-1/Chat.js", False),
            (b"/_live/css/chat-1/Chat.css?x", False),
            (b"/_live/poll", True),
        ],
    )
    def test_requestsForModulesCanBeLeftOut(self, path: bytes, logged: bool) -> None:
        """Requests for modules and style sheets can be left out of the log."""
        for modules in (True, False):
            lines: list[str] = []
            site = LiveSite(Pages([]), logsModules=modules)  # type: ignore[arg-type]
            site._logFile = type(
                "File", (), {"write": lambda self, line, to=lines: to.append(line)}
            )()
            site._logFormatter = lambda timestamp, request: "GET"
            site.log(SimpleNamespace(uri=path))  # type: ignore[arg-type]
            assert bool(lines) is (modules or logged)

    def test_startLogsNothingButTheAddress(self) -> None:
        """Starting to listen logs one line, with the address."""
        reactor = MemoryReactorClock()
        endpoint = TCP4ServerEndpoint(reactor, 80, interface="127.0.0.1")
        service = makeService(endpoint, reactor=reactor)
        with capturedLogs() as events:
            service.startService()
            service.site.doStart()  # A real port calls this; the double does not.
            reactor.run()
        assert [event["where"] for event in events] == ["http://127.0.0.1:80/"]
        service.site.doStop()


class TestClientInTheLog:
    """The client's address in a line of the access log."""

    def line(self, forwarded: str | None, *arguments: str) -> str:
        """Return the log line of a request from 127.0.0.1."""
        site = makeService(Endpoint(), "--debug", *arguments).site
        written: list[str] = []
        site._logFile = type("File", (), {"write": lambda self, line: written.append(line)})()
        request = Request(DummyChannel(), False)
        request.client = IPv4Address("TCP", "127.0.0.1", 50000)
        request.method, request.uri, request.clientproto = b"GET", b"/page", b"HTTP/1.1"
        request.code, request.sentLength = 200, 7
        if forwarded is not None:
            request.requestHeaders.setRawHeaders(b"x-forwarded-for", [forwarded.encode("latin-1")])
        site.log(request)
        [line] = written
        return line

    def test_clientOfATrustedProxyIsLogged(self) -> None:
        """Behind a trusted proxy the line has the client's address."""
        line = self.line(
            "203.0.113.1, 192.0.2.9, 10.0.0.2", "--proxy=127.0.0.1", "--proxy=10.0.0.0/8"
        )
        assert line == '"192.0.2.9" - - None "GET /page HTTP/1.1" 200 7 "-" "-"\n'

    def test_otherwiseThePeerIsLogged(self) -> None:
        """Without a trusted proxy, or if it names no client, the line has the peer's address."""
        assert self.line("192.0.2.9").startswith('"127.0.0.1" - - ')
        assert self.line("192.0.2.9", "--proxy=10.0.0.0/8").startswith('"127.0.0.1" - - ')
        assert self.line(None, "--proxy=127.0.0.1").startswith('"127.0.0.1" - - ')

    @pytest.mark.parametrize("text", ['a" b', "a\x1b[31m", "a\x9b", "a\u00ad\u00e9", "a\\"])
    def test_forwardedTextIsEscaped(self, text: str) -> None:
        """A forwarded text that is not an address is escaped like the rest of the line."""
        line = self.line(text, "--proxy=127.0.0.1").rstrip("\n")
        assert line.isprintable()
        assert line.isascii()
        assert re.match(r'"a(?:[^"\\]|\\.)*" - - None "GET /page ', line)
