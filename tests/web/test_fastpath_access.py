"""Tests of C{livewidget.web.fastpath}: who may connect, where that was looked at before."""

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
    """That headers were accepted once is not taken for more than it is."""

    def ask(self, host: str = "127.0.0.1", headers: Any = PLAIN, **settings: Any) -> bool:
        """Whether such a request is let in by a resource with these settings."""
        resource = LiveResource(list, clock=Clock(), settings=Settings(**settings))
        site = LiveSite(resource, reactor=Clock(), timeout=None)
        wire = Wire(resource, host, site=site)
        wire.send(post(headers=headers, body=HELLO))
        answer = wire.take()
        assert answer.startswith((b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 403 Forbidden\r\n"))
        return b" 200 OK" in answer

    def test_elsewhere(self, log: Log) -> None:
        """Another resource, another address: it is asked again."""
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

    def test_proxies(self, log: Log) -> None:
        """What a peer forwards counts where it is a proxy that is trusted."""
        headers = [*PLAIN, ("X-Forwarded-Host", "evil.example")]
        assert self.ask(headers=headers)
        assert not self.ask(headers=headers, proxies=["127.0.0.1"])
        assert self.ask(headers=headers, proxies=["10.0.0.0/8"])
        log.events.clear()

    def test_peers(self, log: Log) -> None:
        """So it is where both come to one resource."""
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

    def test_secure(self, log: Log) -> None:
        """An origin of plain HTTP is none of HTTPS."""
        with patch.object(channelModule.LiveChannel, "isSecure", lambda _: True):
            assert not self.ask()
        assert self.ask()
        with patch.object(channelModule.LiveChannel, "isSecure", lambda _: True):
            assert not self.ask()
        log.events.clear()
