"""Tests of C{livewidget.transports.websocket}: the handshake and the hello, in memory."""

from __future__ import annotations

import json
from typing import Any

import pytest
from twisted.internet.testing import StringTransport

from livewidget import LiveElement
from livewidget.page.page import Page
from livewidget.transports.websocket.resource import WebSocketEntry
from livewidget.wire.controls import Hello, encodeControl
from livewidget.wire.messages import Call
from tests.support.http import Wire, parseResponse
from tests.support.log import Log
from tests.support.origins import EXAMPLES
from tests.support.pages import CLAIM
from tests.support.server import Server, echo
from tests.support.websocket import HANDSHAKE, Socket, frame

pytestmark = pytest.mark.usefixtures("takenBy")


class TestHandshake:
    """The handshake, by which HTTP becomes WebSocket."""

    def test_handshakeIsAnsweredWithoutCompression(self, server: Server) -> None:
        """The response is that of RFC 6455, with our subprotocol, not compressed."""
        response = Socket(server.resource, Sec_WebSocket_Extensions="permessage-deflate").response
        assert response.status == 101
        assert response.headers["upgrade"].lower() == "websocket"
        assert response.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert response.headers["sec-websocket-protocol"] == "livewidget.1"
        assert "sec-websocket-extensions" not in response.headers

    def test_subprotocolIsPickedFromSeveral(self, server: Server) -> None:
        """Our subprotocol is picked from several."""
        response = Socket(server.resource, Sec_WebSocket_Protocol="chat, livewidget.1").response
        assert response.headers["sec-websocket-protocol"] == "livewidget.1"

    @pytest.mark.parametrize("name", [None, "chat", "livewidget.2", "livewidget", "LIVEWIDGET.1"])
    def test_otherSubprotocolIsRefused(self, server: Server, name: str | None) -> None:
        """A handshake without our subprotocol is refused."""
        assert Socket(server.resource, Sec_WebSocket_Protocol=name).response.status == 400

    @pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
    @pytest.mark.parametrize("upgrade", [None, "h2c", "websocket, h2c"])
    def test_requestWithoutUpgradeGets426(
        self, server: Server, method: str, upgrade: str | None
    ) -> None:
        """A request that is not a handshake gets 426."""
        headers = {} if upgrade is None else {"Upgrade": upgrade}
        response = Wire(server.resource).request("/_live/ws", headers, method)
        assert response.status == 426
        assert response.headers["upgrade"] == "websocket"

    def test_postWithUpgradeGets426(self, server: Server) -> None:
        """Only GET may become a WebSocket."""
        headers = {**HANDSHAKE, "Content-Length": "0"}
        assert Wire(server.resource).request("/_live/ws", headers, "POST").status == 426

    @pytest.mark.parametrize("query", ["redirect=http://evil.example", "redirect=javascript:x"])
    def test_queryCausesNoRedirect(self, server: Server, query: str) -> None:
        """Autobahn's status page, which redirects to a URL of the query, is off."""
        path = f"/_live/ws?{query}&after=0"
        for headers in ({}, {k: v for k, v in HANDSHAKE.items() if k != "Upgrade"}):
            response = Wire(server.resource).request(path, headers)
            assert response.status == 426
            assert "location" not in response.headers
            assert "evil" not in response.text
            assert "javascript" not in response.text
        assert Socket(server.resource, path).response.status == 101

    def test_protocolHasNoStatusPage(self, server: Server) -> None:
        """Autobahn's status page is off in the protocol itself, too."""
        protocol = WebSocketEntry(server.resource.pages)._factory.buildProtocol(None)
        transport = StringTransport()
        transport.registerProducer(protocol, True)
        protocol.makeConnection(transport)
        protocol.dataReceived(b"GET /?redirect=javascript:x&after=0 HTTP/1.1\r\nHost: x\r\n\r\n")
        response = parseResponse(transport.value())
        assert response.status == 426
        assert "javascript" not in response.text

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec_WebSocket_Version": "12"},
            {"Sec_WebSocket_Version": None},
            {"Sec_WebSocket_Version": "x"},
            {"Sec_WebSocket_Key": "short"},
            {"Sec_WebSocket_Key": None},
            {"Connection": "close"},
        ],
    )
    def test_malformedHandshakeIsRefused(self, server: Server, headers: dict[str, Any]) -> None:
        """A malformed handshake is refused over HTTP."""
        assert 400 <= Socket(server.resource, **headers).response.status < 500

    @pytest.mark.parametrize("origin", EXAMPLES)
    def test_foreignOriginIsClosedAfterTheHandshake(
        self, server: Server, log: Log, origin: str | None
    ) -> None:
        """A foreign Origin gets 4403 after the handshake, which a script can read."""
        page = server.page()
        socket = Socket(server.resource, Origin=origin)
        assert socket.response.status == 101
        assert socket.code == 4403
        assert socket.hello(page) is None
        assert not page.delivery.connected
        assert page.ended is None
        assert server.clock.getDelayedCalls() == [page._timer._call]
        assert ("--origin" in log.take("connection refused")) == bool(origin)

    @pytest.mark.parametrize("origin", ["http://localhost:8080.evil.example", "http://a:b:c"])
    def test_malformedOriginFailsTheHandshake(self, server: Server, origin: str) -> None:
        """A malformed Origin fails the handshake."""
        assert Socket(server.resource, Origin=origin).response.status == 400

    def test_foreignHostIsRefusedAfterTheHandshake(self, server: Server, log: Log) -> None:
        """A foreign Host on loopback gets 4403, even with a matching Origin."""
        socket = Socket(server.resource, Host="evil.example", Origin="http://evil.example")
        assert socket.code == 4403
        assert "--host" in log.take("connection refused")

    def test_allowedOriginMayConnect(self) -> None:
        """An allowed Origin may connect."""
        server = Server(origins=frozenset(["https://other.example"]))
        socket = Socket(server.resource, Origin="https://other.example")
        assert socket.hello(server.page()) is not None

    def test_anyHostIsServedOnOtherInterfaces(self, server: Server) -> None:
        """On another interface any Host is served if the Origin matches."""
        socket = Socket(
            server.resource, host="192.0.2.1", Host="a.example", Origin="https://a.example"
        )
        assert socket.hello(server.page()) is not None


class TestHello:
    """The first frame."""

    def test_welcomeComesBeforeMessages(self, server: Server, page: Page) -> None:
        """The welcome is sent first, and then the messages that waited."""
        page.elements[1].callRemoteOnly("show", 1)
        socket = Socket(server.resource)
        assert socket.hello(page) == {
            "connection": 1,
            "received": 0,
            "heartbeat": 25.0,
            "timeout": 20.0,
            "limits": {"message": 65536, "messages": 10000, "bytes": 1048576},
            "first": 1,
        }
        assert socket.after == [b'["call",null,1,"show",[1]]']

    def test_missingHelloClosesTheConnection(self, server: Server) -> None:
        """A connection without a hello for 10 s gets 4408, and leaves no timer."""
        socket = Socket(server.resource)
        server.clock.advance(9.9)
        assert socket.code is None
        server.clock.advance(0.1)
        assert socket.code == 4408
        assert server.clock.getDelayedCalls() == []

    def test_lossBeforeTheHelloLeavesNothing(self, server: Server) -> None:
        """A connection lost before its hello leaves no timer."""
        Socket(server.resource).wire.lose()
        assert server.clock.getDelayedCalls() == []

    def test_helloInTimeStopsTheTimer(self, server: Server, socket: Socket) -> None:
        """Nothing happens at 10 s after a hello in time."""
        server.clock.advance(11)
        assert socket.code is None

    def test_unknownPageIsRefused(self, server: Server, page: Page, log: Log) -> None:
        """An unknown page gets 4404; its id is not in the log."""
        page.end(4404, "gone")
        socket = Socket(server.resource)
        assert socket.hello(page) is None
        assert socket.code == 4404
        assert page.pageId not in log.take("connection refused (4404)")

    def test_closedPageGivesItsReason(self, server: Server, page: Page, log: Log) -> None:
        """A page that the application has closed gives its reason. Nothing is logged."""
        page.close("Good night.")
        socket = Socket(server.resource)
        assert socket.hello(page) is None
        assert socket.closed == (4000, "Good night.")
        assert log.texts() == []

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"{}",
            b"[]",
            b"null",
            b'["call",1,1,"say",["x"]]',
            b'{"received":0}',
            b'{"leave":true}',
            b'{"page":"x","claim":"y","connection":1,"received":0}',
            b'{"page":PAGE,"claim":CLAIM,"connection":0,"received":0}',
            b'{"page":PAGE,"claim":CLAIM,"connection":1,"received":-1}',
            b'{"page":PAGE,"claim":CLAIM,"connection":1,"received":1e999}',
            b'{"page":PAGE,"claim":CLAIM,"connection":1.5,"received":0}',
            b'{"page":PAGE,"claim":CLAIM,"connection":"1","received":0}',
            b'{"page":PAGE,"claim":CLAIM,"connection":9007199254740992,"received":0}',
            b'{"page":PAGE,"claim":CLAIM,"connection":1}',
            b'{"page":PAGE,"claim":CLAIM,"connection":1,"received":0,"more":1}',
            b'{"page":PAGE,"claim":null,"connection":1,"received":0}',
            b"{" * 50_000,
        ],
    )
    def test_malformedHelloIsRefusedAndTouchesNoPage(
        self, server: Server, page: Page, log: Log, data: bytes
    ) -> None:
        """A malformed hello gets 4400, and no page is affected."""
        socket = Socket(server.resource)
        names = ((b"PAGE", page.pageId), (b"CLAIM", CLAIM))
        for name, value in names:
            data = data.replace(name, json.dumps(value).encode())
        socket.send(data)
        assert socket.code == 4400
        assert page.ended is None
        assert not page.delivery.connected
        assert log.take("connection refused (4400)").isprintable()

    def test_helloAfterARefusalIsIgnored(self, server: Server, page: Page, log: Log) -> None:
        """A good hello after a bad one, in the same segment, is ignored."""
        socket = Socket(server.resource)
        good = encodeControl(Hello(page.pageId, CLAIM, 1, 0))
        socket.wire.send(frame(b"{}") + frame(good))
        assert socket.code == 4400
        assert not page.delivery.connected
        log.take("connection refused (4400)")

    def test_secondHelloEndsThePage(self, page: Page, socket: Socket, log: Log) -> None:
        """A second hello on a connection is malformed."""
        assert socket.hello(page, 2) is None
        assert socket.code == 4400
        log.take("page refused (4400)")

    def test_newerConnectionTakesOver(self, server: Server, page: Page, socket: Socket) -> None:
        """A newer connection closes the older with 4409, which is then ignored."""
        newer = server.connect(page, 2)
        assert socket.code == 4409
        socket.send(Call(1, 1, "say", ["old"]))
        socket.wire.lose()
        newer.send(Call(1, 1, "say", ["new"]))
        assert echo(page).heard == ["new"]
        assert newer.take() == [b'["result",1,"new"]']

    def test_olderConnectionIsRefused(self, server: Server, page: Page, log: Log) -> None:
        """A connection with a lower number gets 4409; the newer goes on."""
        newer = server.connect(page, 5)
        older = Socket(server.resource)
        assert older.hello(page, 4) is None
        assert older.code == 4409
        newer.send(Call(1, 1, "say", ["new"]))
        assert newer.take() == [b'["result",1,"new"]']

    def test_pageClosedByItsHookGivesTheReason(self, server: Server) -> None:
        """A page closed in C{connectionMade} sends the reason, not a welcome."""

        class Closing(LiveElement):
            def connectionMade(self) -> None:
                assert self.page is not None
                self.page.close("full up")

        page = server.resource.pages.make()
        page.attach(Closing())
        socket = Socket(server.resource)
        assert socket.hello(page) is None
        assert socket.closed == (4000, "full up")
        assert server.clock.getDelayedCalls() == []
