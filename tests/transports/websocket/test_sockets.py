"""Tests of C{livewidget.transports.websocket} on real sockets, also with slow readers."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.http import endTurn
from tests.support.project import Project
from tests.support.sockets import Echo, Server, turnUntil
from tests.support.websocket import PONG, TEXT, frame, parseFrames

pytestmark = pytest.mark.usefixtures("takenBy")


@pytest.fixture
def server(project: Project) -> Iterator[Server]:
    """Return a server of L{Echo}."""
    with Server(project.page("<p {{ liveElement }}></p>", say=Echo.say)) as server:
        yield server


def test_browserConnectsCallsResumesAndGoes(server: Server) -> None:
    """A browser loads the page, connects, calls, loses the connection, resumes and goes."""
    client = server.open()
    response = client.request("/")
    assert response.status == 200
    length = int(response.headers["content-length"])
    turnUntil(lambda: client.read() or len(client.data) >= length)
    found = re.search(rb'id="livewidget-start">(.*?)</script>', client.data)
    assert found is not None
    pageId = json.loads(found[1])["page"]

    first = server.open()
    first.upgrade()
    assert first.hello(pageId)["received"] == 0
    assert first.call(1, "a") == b'["result",1,"a"]'
    first.close()
    page = server.resource.pages._sessions[pageId]
    turnUntil(lambda: not page.delivery.connected)

    page.elements[1].callRemoteOnly("show")
    second = server.open()
    second.upgrade()
    assert second.hello(pageId, 2, 1)["received"] == 1
    assert second.next() == b'["call",null,1,"show",[]]'
    assert second.call(2, "b") == b'["result",2,"b"]'
    second.send(frame(b'{"received":3}'))
    second.close()
    turnUntil(lambda: not page.delivery.connected)
    assert server.resource.pages.bufferedBytes == 0
    server.resource.pages.clock.advance(60)
    assert len(server.resource.pages) == 0


def test_clientThatReadsNothingIsClosed(server: Server) -> None:
    """A client that reads nothing costs bounded memory and is closed; others go on."""
    element = Echo()
    page = server.page(element)
    slow = server.open(receiveBuffer=4096)
    slow.upgrade()
    slow.hello(page.pageId)
    transport = page.transport
    transport.writer._transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    other = server.open()
    other.upgrade()
    other.hello(server.page(Echo()).pageId)

    given = 0
    for number in range(17):
        element.callRemoteOnly("show", "x" * 60_000)
        given = page.delivery.next - 1
        assert other.call(number + 1, "hi") == b'["result",%d,"hi"]' % (number + 1)
    assert transport.paused
    assert page.delivery.next - 1 == given <= 5
    assert server.resource.pages.bufferedBytes > 1_000_000
    assert page.ended is None

    element.callRemoteOnly("show", "x" * 60_000)
    server.resource.pages.clock.advance(0)
    assert page.ended is not None
    assert page.ended.code == 4429
    assert server.resource.pages.bufferedBytes < 1000
    assert other.call(99, "hi") == b'["result",99,"hi"]'
    turnUntil(lambda: slow.receive() or slow.closed)
    assert slow.closed is not None
    assert slow.closed[0] == 4429
    assert len(slow.texts) == given


def test_slowClientGetsEverythingInOrder(server: Server) -> None:
    """A client that reads slowly gets everything in order."""
    element = Echo()
    page = server.page(element)
    client = server.open(receiveBuffer=4096)
    client.upgrade()
    client.hello(page.pageId)
    transport = page.transport
    transport.writer._transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    for number in range(16):
        element.callRemoteOnly("show", number, "x" * 60_000)
    endTurn(server.resource)
    assert transport.paused
    assert [json.loads(client.next())[4][0] for _ in range(16)] == list(range(16))
    assert not transport.paused
    client.send(frame(b'{"received":16}'))
    turnUntil(lambda: server.resource.pages.bufferedBytes == 0)


def test_messageDoesNotInterruptAutobahnsWrite(server: Server) -> None:
    """A message does not interrupt what Autobahn has begun to write."""
    element = Echo()
    page = server.page(element)
    client = server.open()
    client.upgrade()
    client.hello(page.pageId)
    assert client.call(1, "a") == b'["result",1,"a"]'
    transport: Any = page.transport
    tcp = transport.writer._transport
    tcp.protocol.sendPong(b"12345")
    tcp.dataBuffer, tcp._tempDataBuffer = b"".join(tcp._tempDataBuffer), []
    tcp.offset = tcp.socket.send(tcp.dataBuffer[:3])
    element.callRemoteOnly("show")
    endTurn(server.resource)
    turnUntil(lambda: client.read() or client.data.endswith(b"]"))
    frames, rest = parseFrames(client.data)
    assert frames == [(PONG, b"12345"), (TEXT, b'["call",null,1,"show",[]]')]
    assert rest == b""


def test_lossInsideAHandshakeOrFrameLeavesNothing(server: Server) -> None:
    """A connection lost inside a handshake or frame leaves nothing."""
    page = server.page(Echo())
    server.open().send(b"GET /_live/ws HTTP/1.1\r\nUpgrade: web")
    client = server.open()
    client.upgrade()
    client.hello(page.pageId)
    client.send(frame(b'["call",1,1,"say",["x"]]')[:10])
    for each in server.clients:
        each.close()
    turnUntil(lambda: not page.delivery.connected)
    assert page.ended is None


def test_stoppedServerClosesWebSockets(server: Server) -> None:
    """A server that goes down closes browsers with 1001."""
    page = server.page(Echo())
    client = server.open()
    client.upgrade()
    client.hello(page.pageId)
    server.resource.stop()
    turnUntil(lambda: client.receive() or client.closed)
    assert client.closed is not None
    assert client.closed[0] == 1001
