"""Tests of C{livewidget.web.access}: a cached decision holds under the same circumstances only."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock

from livewidget import LiveResource, LiveSite, Settings
from livewidget.web import channel as channelModule
from tests.support.differential import HELLO
from tests.support.http import Wire
from tests.support.log import Log
from tests.support.requests import PLAIN, changed, post


class TestAccess:
    """A head that was allowed once is checked again when anything else differs."""

    def ask(self, host: str = "127.0.0.1", headers: Any = PLAIN, **settings: Any) -> bool:
        """Return whether a resource with these settings accepts such a request."""
        resource = LiveResource(list, clock=Clock(), settings=Settings(**settings))
        site = LiveSite(resource, reactor=Clock(), timeout=None)
        wire = Wire(resource, host, site=site)
        wire.send(post(headers=headers, body=HELLO))
        answer = wire.take()
        assert answer.startswith((b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 403 Forbidden\r\n"))
        return b" 200 OK" in answer

    def test_otherResourceOrInterfaceIsCheckedAgain(self, log: Log) -> None:
        """Another resource or server address has its own decision."""
        evil = [*changed("Host", "a.example:80")]
        evil = [(name, "http://a.example" if name == "Origin" else value) for name, value in evil]
        assert self.ask("10.0.0.1", evil)
        assert not self.ask("127.0.0.1", evil)
        assert not self.ask("127.0.0.1", evil)
        assert self.ask("127.0.0.1", evil, hosts=["a.example"])
        assert not self.ask("127.0.0.1", evil)
        assert not self.ask("10.0.0.1", evil, hosts=["b.example"])
        assert self.ask("10.0.0.1", evil)
        log.events.clear()

    def test_trustedProxyIsCheckedAgain(self, log: Log) -> None:
        """A forwarded host counts once the peer is a trusted proxy."""
        headers = [*PLAIN, ("X-Forwarded-Host", "evil.example")]
        assert self.ask(headers=headers)
        assert not self.ask(headers=headers, proxies=["127.0.0.1"])
        assert self.ask(headers=headers, proxies=["10.0.0.0/8"])
        log.events.clear()

    def test_otherPeerIsCheckedAgain(self, log: Log) -> None:
        """A trusted proxy and another peer of one resource have their own decisions."""
        settings = Settings(proxies=["10.0.0.9"])
        resource = LiveResource(list, clock=Clock(), settings=settings)
        headers = [*PLAIN, ("X-Forwarded-Host", "evil.example")]
        statuses = []
        for peer in ["10.0.0.1", "10.0.0.9", "10.0.0.1"]:
            wire = Wire(resource, site=LiveSite(resource, reactor=Clock(), timeout=None))
            wire.transport.peerAddr = IPv4Address("TCP", peer, 50000)
            wire.send(post(headers=headers, body=HELLO))
            statuses.append(wire.take()[9:12])
        assert statuses == [b"200", b"403", b"200"]
        log.events.clear()

    def test_tlsIsCheckedAgain(self, log: Log) -> None:
        """An origin of plain HTTP is refused over HTTPS, before and after."""
        with patch.object(channelModule.LiveChannel, "isSecure", lambda _: True):
            assert not self.ask()
        assert self.ask()
        with patch.object(channelModule.LiveChannel, "isSecure", lambda _: True):
            assert not self.ask()
        log.events.clear()
