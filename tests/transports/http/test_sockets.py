"""Tests of the HTTP transports on real sockets: slow readers, and browsers that disconnect."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from livewidget.wire.messages import Call, encode
from tests.support.http import dechunkPart, endTurn
from tests.support.log import Log
from tests.support.project import Project
from tests.support.sockets import Client, Echo, Server, ask, post, stream, turnUntil


@pytest.fixture
def server(project: Project) -> Iterator[Server]:
    """Return a server of L{Echo}."""
    with Server(project.page("<p {{ liveElement }}></p>", say=Echo.say)) as server:
        yield server


def events(client: Client) -> list[Any]:
    """Return the events of the whole chunks received."""
    data = client.data.partition(b"\r\n\r\n")[2]
    text, _, _ = dechunkPart(data)
    return [json.loads(event[6:]) for event in text.split(b"\n\n")[:-1]]


def test_streamThatIsNotReadIsClosed(server: Server, log: Log) -> None:
    """A stream that is not read costs bounded memory and is closed; others go on."""
    element = Echo()
    page = server.page(element)
    slow = stream(server, page, receiveBuffer=4096)
    transport: Any = page.transport
    channel = transport._reply.request.channel
    channel.transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    other, another = server.page(Echo()), server.open()
    ask(server, other, "poll", another, hello=True)

    for number in range(17):
        element.callRemoteOnly("show", "x" * 60_000)
        given = page.delivery.next - 1
        call = Call(None, 1, "say", ["hi"])
        message = json.loads(encode(call))
        answer = ask(server, other, "send", another, first=number + 1, messages=[message])
        assert answer == {"received": number + 1}
    assert transport._paused
    assert page.delivery.next - 1 == given <= 5
    assert page.ended is None

    element.callRemoteOnly("show", "x" * 60_000)
    server.resource.pages.clock.advance(0)
    assert page.ended is not None
    assert server.resource.pages.bufferedBytes < 1000
    turnUntil(lambda: slow.read() or b'{"close":[4429,' in slow.data)
    assert len(events(slow)) == 1 + given + 1
    log.take("page closed (4429)")


def test_slowStreamGetsEverythingInOrder(server: Server) -> None:
    """A stream that is read slowly gets everything in order."""
    element = Echo()
    page = server.page(element)
    client = stream(server, page, receiveBuffer=4096)
    transport: Any = page.transport
    channel = transport._reply.request.channel
    channel.transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    for number in range(16):
        element.callRemoteOnly("show", number, "x" * 60_000)
    endTurn(server.resource)
    assert transport._paused
    turnUntil(
        lambda: client.read() or (len(client.data) > 16 * 60_000 and len(events(client)) > 16)
    )
    assert [event[4][0] for event in events(client)[1:]] == list(range(16))
    assert not transport._paused
    ask(server, page, "send", server.open(), received=16)
    assert server.resource.pages.bufferedBytes == 0


def test_streamClosedByItsBrowserKeepsThePage(server: Server) -> None:
    """A stream that its browser closes is a lost connection; the page waits."""
    page = server.page(Echo())
    stream(server, page).close()
    turnUntil(lambda: not page.delivery.connected)
    assert page.ended is None
    assert page.transport is None


def test_pollClosedByItsBrowserIsForgotten(server: Server) -> None:
    """Only a waiting poll that its browser closes is forgotten."""
    element = Echo()
    page = server.page(element)
    ask(server, page, "poll", server.open(), hello=True)
    client = server.open()
    post(server, page, "poll", client)
    transport: Any = page.transport
    turnUntil(lambda: transport._waiting is not None)
    client.close()
    turnUntil(lambda: transport._waiting is None)
    assert page.delivery.connected
    element.callRemoteOnly("show")
    answer = ask(server, page, "poll", server.open())
    assert answer["messages"] == [["call", None, 1, "show", []]]


def test_stoppedServerClosesPollsAndStreams(server: Server) -> None:
    """A server that stops closes waiting polls and streams with 1001."""
    one, two = server.page(Echo()), server.page(Echo())
    ask(server, one, "poll", server.open(), hello=True)
    poll = server.open()
    post(server, one, "poll", poll)
    waiting: Any = one.transport
    turnUntil(lambda: waiting._waiting is not None)
    client = stream(server, two)
    server.resource.stop()
    turnUntil(lambda: poll.read() or b'{"close":[1001,' in poll.data)
    turnUntil(lambda: client.read() or b'data: {"close":[1001,' in client.data)
