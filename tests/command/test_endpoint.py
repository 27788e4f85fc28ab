"""Tests of L{livewidget.command.endpoint}: endpoints, their addresses and failures."""

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
    """Making an endpoint from the options."""

    @pytest.mark.parametrize(
        "listen", ["", "8080", "nosuch:80", "tcp:abc", "tcp", "tcp:80:nosuch=1", "tcp:80\\"]
    )
    def test_malformedListenIsShownWithExamples(self, listen: str) -> None:
        """A malformed --listen is shown in the error, with examples of correct ones."""
        line = lineOf(makeEndpoint, MemoryReactorClock(), parse(f"--listen={listen}"))
        assert line.startswith(f"live-widget: --listen: {listen!r} cannot be used (")
        assert "; use a form like tcp:8080, ssl:8443:privateKey=key.pem" in line

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (ImportError("no OpenSSL"), "(ImportError: no OpenSSL); to use TLS: pip install "),
            (FileNotFoundError("key.pem"), "(FileNotFoundError: key.pem); check that file"),
        ],
    )
    def test_failingListenGetsFittingAdvice(
        self, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
    ) -> None:
        """A well-formed --listen that cannot be used gets advice on what is missing."""

        def serverFromString(reactor: object, description: str) -> None:
            raise error

        monkeypatch.setattr(endpoint, "serverFromString", serverFromString)
        line = lineOf(makeEndpoint, MemoryReactorClock(), parse("--listen=ssl:1"))
        assert line.startswith(f"live-widget: --listen: 'ssl:1' cannot be used {said}")

    @pytest.mark.parametrize(
        ("interface", "servers"),
        [("127.0.0.1", "127.0.0.1"), ("", ""), ("::1", "::1"), ("[::]", "::")],
    )
    def test_portAndInterfaceMakeATCPEndpoint(self, interface: str, servers: str) -> None:
        """Without --listen the endpoint is TCP, at the port and the interface."""
        reactor = MemoryReactorClock()
        made = makeEndpoint(reactor, parse("--port=80", f"--interface={interface}"))
        made.listen(Factory())
        port, _, _, where = reactor.tcpServers[0]
        assert (port, where) == (80, servers)


class TestDescribe:
    """The address that is logged."""

    @pytest.mark.parametrize(
        ("listen", "url"),
        [("ssl:443", "https:"), ("tls:x:443", "https:"), ("tcp:80", "http:"), ("sslx:80", "http:")],
    )
    def test_endpointWithTLSIsLoggedAsHttps(self, listen: str, url: str) -> None:
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
    def test_addressIsShownAsABrowserOpensIt(self, address: IAddress, where: str) -> None:
        """A TCP address is shown as a URL that works in a browser, a socket as its path."""
        assert describeAddress(address, secure=False) == where


class TestExplain:
    """The error when an endpoint cannot listen."""

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            (errno.EADDRINUSE, "is in use; stop the program that uses it, or use another with "),
            (errno.EACCES, "may not be used by this user; use another with "),
            (errno.EPERM, "may not be used by this user; use another with "),
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
    def test_errorNamesThePortAndTheOption(
        self, code: int, said: str, argument: str, where: str, option: str
    ) -> None:
        """A port that is in use or not permitted is named, with the option to change."""
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
    def test_otherReasonsAreShownUnchanged(self, error: Exception, said: str) -> None:
        """Any other reason is shown as it is, with the options to check."""
        line = lineOf(makeService(Failing(error)).startService)
        assert line == (
            f"live-widget: cannot listen on port 8080 of 127.0.0.1: {said}; "
            "check --port and --interface"
        )
        assert lineOf(makeService(Failing(error), "--listen=tcp:80").startService) == (
            f"live-widget: cannot listen on tcp:80: {said}; check --listen"
        )
