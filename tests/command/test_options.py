"""Tests of L{livewidget.command.options}: parsing the command line."""

from __future__ import annotations

from typing import Any

import pytest

from livewidget import LiveElement, tap
from livewidget.command.options import Options
from tests.support.command import lineOf, parse


class TestOptions:
    """Parsing the command line."""

    def test_defaultsListenOnLoopback(self) -> None:
        """With nothing but an element, the defaults are port 8080 of the loopback interface."""
        options = parse()
        assert (options["port"], options["interface"], options["listen"]) == (
            8080,
            "127.0.0.1",
            None,
        )
        assert (options["hosts"], options["origins"], options["proxies"]) == ([], [], [])
        assert (options["title"], bool(options["debug"])) == (None, False)

    def test_valuesAreKeptAndThePortIsANumber(self) -> None:
        """Each option is kept; the port becomes an integer."""
        options = parse("--port=0", "--interface=", "--title=My chat", "--debug")
        assert (options["port"], options["interface"]) == (0, "")
        assert (options["title"], bool(options["debug"])) == ("My chat", True)

    def test_bracketsOfAnIPv6InterfaceAreRemoved(self) -> None:
        """An IPv6 address may have the brackets that it has in a URL."""
        assert parse("--interface=[::1]")["interface"] == "::1"

    def test_repeatedOptionsAreCollectedInCanonicalForm(self) -> None:
        """--host, --origin and --proxy may be repeated, and are kept in their canonical form."""
        options = parse(
            "--host=Example.com",
            "--host=[::1]",
            "--origin=https://Example.com:443",
            "--origin=http://[::1]:8000",
            "--proxy=127.0.0.1/32",
            "--proxy=unix",
        )
        assert options["hosts"] == ["example.com", "[::1]"]
        assert options["origins"] == ["https://example.com", "http://[::1]:8000"]
        assert options["proxies"] == ["127.0.0.1", "unix"]

    def test_commandLinesShareNoLists(self) -> None:
        """Values that a command line adds are not in the options of the next."""
        parse("--host=example.com", "--origin=https://example.com", "--proxy=unix")
        options = parse()
        assert (options["hosts"], options["origins"], options["proxies"]) == ([], [], [])

    def test_listenLeavesPortAndInterfaceUnset(self) -> None:
        """With --listen, port and interface stay unset."""
        options = parse("--listen=tcp:80")
        assert (options["listen"], options["port"], options["interface"]) == ("tcp:80", None, None)

    @pytest.mark.parametrize("arguments", [[], ["--element="], ["--port=80"]])
    def test_missingElementIsExplained(self, arguments: list[str]) -> None:
        """Without --element the error shows how to use it."""
        line = lineOf(Options().parseOptions, arguments)
        assert line == ("live-widget: --element is missing; use --element=package.module.ClassName")

    @pytest.mark.parametrize("port", ["abc", "65536", "-1", "", "8080x", "٨", "9" * 5000])
    def test_invalidPortIsShownWithTheRange(self, port: str) -> None:
        """A port that is not a number or out of range is shown, with the valid range."""
        line = lineOf(parse, f"--port={port}")
        assert line == f"live-widget: --port: {port!r} is not a port; use a number from 0 to 65535"

    @pytest.mark.parametrize("port", ["0", "65535"])
    def test_firstAndLastPortAreAccepted(self, port: str) -> None:
        """The lowest and the highest port are accepted."""
        assert parse(f"--port={port}")["port"] == int(port)

    @pytest.mark.parametrize(
        "host",
        ["", "https://example.com", "example.com:80", "a/b", "*.example.com", "ü.example", "[1]"],
    )
    def test_invalidHostIsShownWithAnExample(self, host: str) -> None:
        """A host that is not just a name is shown, with how to write it."""
        line = lineOf(parse, f"--host={host}")
        assert line.startswith(f"live-widget: --host: {host!r} is not a host name; use the name")

    @pytest.mark.parametrize(
        "origin",
        [
            "",
            "null",
            "*",
            "example.com",
            "https://example.com/",
            "https://example.com/chat",
            "https://user@example.com",
            "https://example.com:",
            "https://example.com:65536",
            "https://[1]",
            "https://",
        ],
    )
    def test_invalidOriginIsShownWithAnExample(self, origin: str) -> None:
        """An origin that is not just scheme and host is shown, with how to write it."""
        line = lineOf(parse, f"--origin={origin}")
        assert line.startswith(f"live-widget: --origin: {origin!r} is not an origin; use scheme:")

    @pytest.mark.parametrize("proxy", ["", "localhost", "10.0.0.1/8"])
    def test_invalidProxyIsShownWithAnExample(self, proxy: str) -> None:
        """A proxy that is not an address or a network is shown, with how to write it."""
        line = lineOf(parse, f"--proxy={proxy}")
        assert line.startswith(f"live-widget: --proxy: {proxy!r} is not an address")
        assert "use an IP address such as 127.0.0.1, a network such as 10.0.0.0/8" in line

    def test_transportsAreAllByDefault(self) -> None:
        """--transports limits the transports that are offered; the default is all."""
        assert parse()["transports"] == ["websocket", "eventstream", "longpoll"]
        assert parse("--transports=longpoll")["transports"] == ["longpoll"]
        named = parse("--transports=longpoll,websocket")["transports"]
        assert named == ["longpoll", "websocket"]

    def test_transportsBecomeSettings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The transports of the command line are those of the settings."""
        made: dict[str, Any] = {}
        monkeypatch.setattr(tap, "findElement", lambda name: LiveElement)
        monkeypatch.setattr(tap, "LiveResource", lambda factory, **kw: made.update(kw))
        tap.makeService(parse("--transports=longpoll,websocket"))
        assert made["settings"].transports == {"longpoll", "websocket"}

    @pytest.mark.parametrize(
        ("names", "said"),
        [
            ("websocket,lonpoll", "'lonpoll' is not one of {}; did you mean longpoll?"),
            ("sse", "'sse' is not one of {}"),
            ("", "'' is not one of {}"),
            ("websocket,", "'' is not one of {}"),
        ],
    )
    def test_unknownTransportIsShownWithASuggestion(self, names: str, said: str) -> None:
        """An unknown or empty transport is refused, with a similar name if there is any."""
        line = lineOf(parse, f"--transports={names}")
        said = said.format("websocket, eventstream, longpoll")
        assert line == f"live-widget: --transports: {said}"

    @pytest.mark.parametrize("argument", ["--port=80", "--interface=::1"])
    def test_listenWithPortOrInterfaceIsRefused(self, argument: str) -> None:
        """--listen beside --port or --interface is refused, instead of overriding it."""
        line = lineOf(parse, "--listen=tcp:80", argument)
        assert "--listen replaces --port and --interface; use either" in line

    def test_unknownOptionIsOneLine(self) -> None:
        """An unknown option is an error of one line that says where the options are listed."""
        line = lineOf(parse, "--prot=80")
        assert "--prot" in line
        assert line.endswith("; see: twistd live-widget --help")

    def test_bareArgumentIsShownAsAnOption(self) -> None:
        """An element without --element is refused, with the correct spelling."""
        assert "--element=chat.room" in lineOf(Options().parseOptions, ["chat.room"])
