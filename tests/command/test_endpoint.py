"""Tests of L{livewidget.command.endpoint}: making, naming and failing to listen."""

from __future__ import annotations

import errno

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import capturedLogs

from livewidget.command import endpoint
from livewidget.command.endpoint import describeAddress, makeEndpoint
from tests.support.command import Endpoint, Failing, Port, lineOf, makeService, parse


class TestMake:
    """What the options become."""

    @pytest.mark.parametrize(
        "listen", ["", "8080", "nosuch:80", "tcp:abc", "tcp", "tcp:80:nosuch=1", "tcp:80\\"]
    )
    def test_malformedListen(self, listen: str) -> None:
        """A malformed --listen is named, with examples of good ones."""
        line = lineOf(makeEndpoint, MemoryReactorClock(), parse(f"--listen={listen}"))
        assert line.startswith(f"live-widget: --listen: {listen!r} cannot be used (")
        assert "; write it like tcp:8080, ssl:8443:privateKey=key.pem" in line

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (ImportError("no OpenSSL"), "(ImportError: no OpenSSL); for TLS: pip install "),
            (FileNotFoundError("key.pem"), "(FileNotFoundError: key.pem); check that file"),
        ],
    )
    def test_listenCannotBeUsed(
        self, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
    ) -> None:
        """Where --listen is well formed but lacks something, the advice is another."""

        def serverFromString(reactor: object, description: str) -> None:
            raise error

        monkeypatch.setattr(endpoint, "serverFromString", serverFromString)
        line = lineOf(makeEndpoint, MemoryReactorClock(), parse("--listen=ssl:1"))
        assert line.startswith(f"live-widget: --listen: 'ssl:1' cannot be used {said}")

    @pytest.mark.parametrize(
        ("interface", "servers"),
        [("127.0.0.1", "127.0.0.1"), ("", ""), ("::1", "::1"), ("[::]", "::")],
    )
    def test_portAndInterface(self, interface: str, servers: str) -> None:
        """Without --listen, it is a TCP endpoint of the port and the interface."""
        reactor = MemoryReactorClock()
        made = makeEndpoint(reactor, parse("--port=80", f"--interface={interface}"))
        made.listen(Factory())
        port, _, _, where = reactor.tcpServers[0]
        assert (port, where) == (80, servers)


class TestDescribe:
    """What is said of where it listens."""

    @pytest.mark.parametrize(
        ("listen", "url"),
        [("ssl:443", "https:"), ("tls:x:443", "https:"), ("tcp:80", "http:"), ("sslx:80", "http:")],
    )
    def test_scheme(self, listen: str, url: str) -> None:
        """The URL of an endpoint with TLS begins with https."""
        reactor = MemoryReactorClock()
        pending = Endpoint()
        service = makeService(pending, f"--listen={listen}", reactor=reactor)
        service.startService()
        pending.listens[0].callback(Port([], IPv4Address("TCP", "10.0.0.1", 4321)))
        with capturedLogs() as events:
            reactor.run()
        assert events[0]["where"] == f"{url}//10.0.0.1:4321/"

    @pytest.mark.parametrize(
        ("address", "where"),
        [
            (IPv4Address("TCP", "0.0.0.0", 80), "http://127.0.0.1:80/"),
            (IPv4Address("TCP", "", 80), "http://127.0.0.1:80/"),
            (IPv4Address("TCP", "10.0.0.1", 80), "http://10.0.0.1:80/"),
            (IPv6Address("TCP", "::1", 80), "http://[::1]:80/"),
            (IPv6Address("TCP", "::", 80), "http://[::1]:80/"),
            (UNIXAddress(b"/run/chat.sock"), "unix:/run/chat.sock"),
        ],
    )
    def test_addresses(self, address: IAddress, where: str) -> None:
        """An address is shown as a browser can open it, a socket as its path."""
        assert describeAddress(address, secure=False) == where


class TestExplain:
    """What is said when it cannot listen."""

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            (errno.EADDRINUSE, "is taken; stop what uses it, or choose another with "),
            (errno.EACCES, "is not permitted to this user; choose another with "),
            (errno.EPERM, "is not permitted to this user; choose another with "),
        ],
    )
    @pytest.mark.parametrize(
        ("argument", "where", "option"),
        [
            ("--port=80", "port 80 of 127.0.0.1", "--port"),
            ("--interface=", "port 8080 of all interfaces", "--port"),
            ("--listen=tcp:80", "tcp:80", "--listen"),
        ],
    )
    def test_cannotListen(
        self, code: int, said: str, argument: str, where: str, option: str
    ) -> None:
        """A port that is taken or not permitted is named, with the option to change."""
        error = CannotListenError("127.0.0.1", 80, OSError(code, "x"))
        service = makeService(Failing(error), argument)
        line = lineOf(service.privilegedStartService)
        assert line == f"live-widget: {where} {said}{option}"

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (CannotListenError("x", 80, OSError(-2, "Name not known")), "Name not known"),
            (CannotListenError(None, "/x", "Cannot acquire lock"), "Cannot acquire lock"),
            (OverflowError("port must be 0-65535."), "port must be 0-65535"),
        ],
    )
    def test_otherFailures(self, error: Exception, said: str) -> None:
        """Any other reason is given as it is, with the options to check."""
        line = lineOf(makeService(Failing(error)).startService)
        assert line == (
            f"live-widget: cannot listen on port 8080 of 127.0.0.1: {said}; "
            "check --port and --interface"
        )
        assert lineOf(makeService(Failing(error), "--listen=tcp:80").startService) == (
            f"live-widget: cannot listen on tcp:80: {said}; check --listen"
        )
