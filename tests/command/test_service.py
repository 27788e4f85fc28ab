"""Tests of L{livewidget.command.service}: listening, saying where, and stopping."""

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
from livewidget.command.error import Mistake
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
    """What the options become."""

    def make(self, project: Project, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
        """What the resource was made with."""
        project.write("chat.py", CLASS + "def makeChatter():\n    1 / 0\n")
        made: dict[str, Any] = {}
        monkeypatch.setattr(tap, "LiveResource", lambda factory, **kw: made.update(kw, it=factory))
        options = Options()
        options.parseOptions(list(arguments))
        assert isinstance(tap.makeService(options), LiveService)
        return made

    def test_settings(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
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
    def test_title(
        self, project: Project, monkeypatch: pytest.MonkeyPatch, arguments: list[str], title: str
    ) -> None:
        """The title is the name of the class or function, unless one is given.

        The function is not called: that is done for each page.
        """
        assert self.make(project, monkeypatch, *arguments)["title"] == title

    def test_titleOfAlias(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        """A class under another name is titled with its own."""
        project.write("alias.py", "from chat import Chatter as Other\n")
        assert self.make(project, monkeypatch, "--element=alias.Other")["title"] == "Chatter"

    def test_workingDirectoryFirst(
        self, project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: Any
    ) -> None:
        """Modules of the working directory are found before any others."""
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        (elsewhere / "chat.py").write_text("")
        monkeypatch.setattr(sys, "path", [str(elsewhere), *sys.path[1:]])
        self.make(project, monkeypatch, "--element=chat.Chatter")
        assert sys.path[:2] == [str(project.folder), str(elsewhere)]

    def test_malformedListen(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        """A malformed --listen is found before anything starts."""
        line = lineOf(self.make, project, monkeypatch, "--element=chat.Chatter", "--listen=tcp:a")
        assert line.startswith("live-widget: --listen: 'tcp:a' cannot be used (")


class TestListening:
    """From the start of the service to its end."""

    def test_saysWhere(self) -> None:
        """One line says what is served and at which URL, once the reactor runs."""
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

    def test_withoutPrivilegedStart(self) -> None:
        """It listens as well when only startService is called."""
        endpoint = Endpoint()
        service = makeService(endpoint)
        service.startService()
        assert len(endpoint.listens) == 1

    def test_stop(self) -> None:
        """The port takes no more pages, and then those there are end.

        The stop is over when the port is closed, and one turn of the reactor later,
        in which TLS sends the last words of the pages.
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

    def test_startAgain(self) -> None:
        """A service that was stopped can be started again."""
        endpoint = Endpoint()
        service = makeService(endpoint)
        service.startService()
        service.stopService()
        service.startService()
        assert len(endpoint.listens) == 2

    def test_stopBeforeListening(self) -> None:
        """A stop while an endpoint is still busy cancels it, without a word."""
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
    def test_logOrTerminal(self, monkeypatch: pytest.MonkeyPatch, foreground: bool) -> None:
        """Where twistd has sent stderr to its log, the line goes around that.

        The code is then a number, so that the interpreter does not print the line
        once more. A daemon has no terminal: there the interpreter prints it to the log.
        """
        terminal = StringIO()
        monkeypatch.setattr(sys, "__stderr__", terminal)
        monkeypatch.setattr(sys, "stderr", LoggingFile(Logger()))
        service = makeService(Failing(CannotListenError("", 80, OSError(errno.EPERM, "x"))))
        service._options.parent = {"nodaemon": int(foreground)}  # type: ignore[assignment]
        with pytest.raises(Mistake) as caught:
            service.startService()
        line = str(caught.value)
        assert line.startswith("live-widget: port 8080 of 127.0.0.1 is not permitted")
        assert terminal.getvalue() == (f"{line}\n" if foreground else "")
        assert caught.value.code == (1 if foreground else line)

    def test_failsLater(self, log: Log) -> None:
        """An endpoint that fails after the start is logged, and the process ends."""
        reactor = MemoryReactorClock()
        endpoint = Endpoint()
        service = makeService(endpoint, reactor=reactor)
        service.startService()
        endpoint.listens[0].errback(OSError(errno.EADDRINUSE, "x"))
        assert log.take("live-widget: ") == (
            "live-widget: port 8080 of 127.0.0.1 is taken; "
            "stop what uses it, or choose another with --port"
        )
        assert reactor.hasStopped


class TestSite:
    """What the site logs."""

    @pytest.mark.parametrize("logsRequests", [False, True])
    def test_log(self, logsRequests: bool) -> None:
        """Requests are logged only if asked for; the factory itself is silent."""
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
    def test_modules(self, path: bytes, logged: bool) -> None:
        """Those for modules and style sheets are many, and may be left out."""
        for modules in (True, False):
            lines: list[str] = []
            site = LiveSite(Pages([]), logsModules=modules)  # type: ignore[arg-type]
            site._logFile = type(
                "File", (), {"write": lambda self, line, to=lines: to.append(line)}
            )()
            site._logFormatter = lambda timestamp, request: "GET"
            site.log(SimpleNamespace(uri=path))  # type: ignore[arg-type]
            assert bool(lines) is (modules or logged)

    def test_startsInSilence(self) -> None:
        """Starting to listen logs nothing but where."""
        reactor = MemoryReactorClock()
        endpoint = TCP4ServerEndpoint(reactor, 80, interface="127.0.0.1")
        service = makeService(endpoint, reactor=reactor)
        with capturedLogs() as events:
            service.startService()
            service.site.doStart()  # as a real port does, and this one does not
            reactor.run()
        assert [event["where"] for event in events] == ["http://127.0.0.1:80/"]
        service.site.doStop()


class TestClientInTheLog:
    """Which address a line of the access log begins with."""

    def line(self, forwarded: str | None, *arguments: str) -> str:
        """The line of a request that 127.0.0.1 made."""
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

    def test_proxy(self) -> None:
        """Behind a trusted proxy it is that of the client, and the rest is as ever."""
        line = self.line(
            "203.0.113.1, 192.0.2.9, 10.0.0.2", "--proxy=127.0.0.1", "--proxy=10.0.0.0/8"
        )
        assert line == '"192.0.2.9" - - None "GET /page HTTP/1.1" 200 7 "-" "-"\n'

    def test_others(self) -> None:
        """Otherwise it is the peer's, whatever that says; also if a proxy names nobody."""
        assert self.line("192.0.2.9").startswith('"127.0.0.1" - - ')
        assert self.line("192.0.2.9", "--proxy=10.0.0.0/8").startswith('"127.0.0.1" - - ')
        assert self.line(None, "--proxy=127.0.0.1").startswith('"127.0.0.1" - - ')

    @pytest.mark.parametrize("text", ['a" b', "a\x1b[31m", "a\x9b", "a\u00ad\u00e9", "a\\"])
    def test_escaped(self, text: str) -> None:
        """What is no address is escaped as the rest of the line is."""
        line = self.line(text, "--proxy=127.0.0.1").rstrip("\n")
        assert line.isprintable()
        assert line.isascii()
        assert re.match(r'"a(?:[^"\\]|\\.)*" - - None "GET /page ', line)
