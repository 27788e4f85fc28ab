"""Tests of C{livewidget.web.writer}, over real sockets: each byte once and in order."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor as globalReactor
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.tcp import Connection
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory

from livewidget.web.writer import SocketWriter, write

reactor: Any = globalReactor
TURNS = 5_000


def turnUntil(condition: Callable[[], object]) -> None:
    """Let the reactor work until something holds."""
    for _ in range(TURNS):
        if condition():
            return
        reactor.iterate(0.005)
    raise AssertionError("it does not come to hold")


class Served(Protocol):
    """The end of the server.

    @ivar lost: whether its connection is.
    @ivar paused: whether it is to wait.
    """

    lost = False
    paused = False

    def connectionLost(self, reason: Any = None) -> None:
        """Note it."""
        self.lost = True

    def pauseProducing(self) -> None:
        """As a producer."""
        self.paused = True

    def resumeProducing(self) -> None:
        """As a producer."""
        self.paused = False

    def stopProducing(self) -> None:
        """As a producer."""


class Spy:
    """In the place of a socket: notes what is sent on it.

    @ivar tries: what it was given to send.
    @ivar sent: what it has sent of that.
    @ivar most: bytes that it takes at once.
    @ivar errors: of the next times.
    """

    def __init__(self, real: socket.socket) -> None:
        self._real = real
        self.tries: list[bytes] = []
        self.sent: list[bytes] = []
        self.most = 1_000_000
        self.errors: list[int] = []

    def send(self, data: Any) -> int:
        """Send some of it, or fail."""
        self.tries.append(bytes(data))
        if self.errors:
            raise OSError(self.errors.pop(0), "as the test says")
        size = self._real.send(data[: self.most])
        self.sent.append(bytes(data[:size]))
        return size

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class Pair:
    """A connection.

    @ivar served: the protocol of the server.
    @ivar client: the other end, which does not block.
    """

    def __init__(self, listen: Callable[[Factory], tuple[Any, Any, Any]]) -> None:
        made: list[Served] = []

        class Listening(Factory):
            noisy = False

            def buildProtocol(self, address: Any) -> Served:
                made.append(Served())
                return made[-1]

        self._port, self.client, address = listen(Listening())
        self.client.connect(address)
        self.client.setblocking(False)
        turnUntil(lambda: made and made[0].connected)
        self.served = made[0]
        self.received = b""
        self.ended = False

    @property
    def transport(self) -> Any:
        """The server's."""
        return self.served.transport

    def spy(self) -> Spy:
        """Watch the socket of the server."""
        self.transport.socket = Spy(self.transport.socket)
        spy: Spy = self.transport.socket
        return spy

    def read(self) -> bytes:
        """All that has come to the client by now."""
        while not self.ended:
            try:
                data = self.client.recv(65536)
            except BlockingIOError:
                break
            except ConnectionError:
                data = b""
            self.ended = not data
            self.received += data
        return self.received

    def readUntil(self, condition: Callable[[], object]) -> None:
        """Read, and let the reactor work, until something holds."""
        turnUntil(lambda: self.read() and condition())

    def close(self) -> None:
        """Close both ends."""
        self.client.close()
        if not self.served.lost:
            self.transport.abortConnection()
        stopped: list[Any] = []
        self._port.stopListening().addBoth(stopped.append)
        turnUntil(lambda: stopped and self.served.lost)


def overTCP(factory: Factory) -> tuple[Any, Any, Any]:
    """Listen; gives the port, a socket for the client, and where to connect it to."""
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    return port, socket.socket(), ("127.0.0.1", port.getHost().port)


@pytest.fixture(params=["TCP", "UNIX"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    """A connection, over each kind of socket."""

    def overUNIX(factory: Factory) -> tuple[Any, Any, Any]:
        path = str(tmp_path / "s")
        return reactor.listenUNIX(path, factory), socket.socket(socket.AF_UNIX), path

    pair = Pair(overTCP if request.param == "TCP" else overUNIX)
    yield pair
    pair.close()


def fill(pair: Pair) -> bytes:
    """Write until the connection takes no more; returns what was written."""
    # A full buffer is what its owner says, not how fast a machine is.
    pair.transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    pair.transport.registerProducer(pair.served, True)
    written = b""
    while not pair.served.paused:
        data = b"%07d " % len(written) * 1250
        write(pair.transport, data)
        written += data
    return written


class TestAtOnce:
    """Where nothing stands in the way."""

    def test_atOnce(self, pair: Pair) -> None:
        """The socket has it before the reactor has its turn, which is not asked for."""
        write(pair.transport, b"one")
        assert pair.read() == b"one"
        write(pair.transport, b"two")
        assert pair.read() == b"onetwo"
        assert pair.transport not in reactor.getWriters()

    def test_names(self, pair: Pair) -> None:
        """Twisted calls its buffers and states as we do; all would be slow else, or fail."""
        transport = pair.transport
        assert isinstance(transport, Connection)
        assert transport.connected
        assert transport.dataBuffer == b""
        assert transport._tempDataBuffer == []
        for name in ["disconnecting", "_aborting", "_writeDisconnected", "TLS"]:
            assert not getattr(transport, name)
        transport.write(b"first")
        assert transport._tempDataBuffer
        transport.socket = Spy(transport.socket)
        transport.socket.most = 2
        transport.doWrite()
        assert transport.dataBuffer
        assert not transport._tempDataBuffer

    def test_nothing(self, pair: Pair) -> None:
        """No bytes are none."""
        write(pair.transport, b"")
        write(pair.transport, b"x")
        assert pair.read() == b"x"


class TestOrder:
    """With what goes Twisted's way."""

    def test_afterTwisted(self, pair: Pair) -> None:
        """What was written before goes first."""
        spy = pair.spy()
        pair.transport.write(b"1")
        write(pair.transport, b"2")
        assert spy.sent == []
        pair.readUntil(lambda: pair.received == b"12")
        write(pair.transport, b"3")
        assert spy.sent[-1] == b"3"

    def test_afterAPart(self, pair: Pair) -> None:
        """Also what Twisted has begun to send."""
        spy = pair.spy()
        spy.most = 2
        pair.transport.write(b"12345")
        pair.transport.doWrite()
        spy.most = 100
        write(pair.transport, b"678")
        assert spy.sent == [b"12"]
        pair.readUntil(lambda: len(pair.received) >= 8)
        assert pair.received == b"12345678"

    def test_partly(self, pair: Pair) -> None:
        """What the socket does not take follows, and what is written then follows that."""
        spy = pair.spy()
        spy.most = 3
        write(pair.transport, b"12345")
        assert spy.sent == [b"123"]
        write(pair.transport, b"678")
        assert spy.sent == [b"123"]
        pair.readUntil(lambda: len(pair.received) >= 8)
        assert pair.received == b"12345678"

    def test_mixed(self, pair: Pair) -> None:
        """Both ways in turn, with a small buffer and a reader that reads now and then."""
        pair.transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        written = b""
        for number in range(300):
            data = b"%05d " % number * (number * 37 % 500)
            (pair.transport.write if number % 3 == 0 else lambda d: write(pair.transport, d))(data)
            written += data
            if number % 7 == 0:
                reactor.iterate(0)
            if number % 11 == 0:
                pair.read()
        pair.readUntil(lambda: len(pair.received) >= len(written))
        assert pair.received == written


class TestFull:
    """A reader that does not read."""

    def test_pause(self, pair: Pair) -> None:
        """The producer is paused, and goes on when all was read, once and in order."""
        written = fill(pair)
        spy = pair.spy()
        write(pair.transport, b"last")
        assert spy.sent == []
        pair.readUntil(lambda: len(pair.received) >= len(written) + 4)
        assert pair.received == written + b"last"
        turnUntil(lambda: not pair.served.paused)
        write(pair.transport, b"!")
        pair.readUntil(lambda: pair.received.endswith(b"!"))

    @pytest.mark.parametrize("error", [errno.EAGAIN, errno.ENOBUFS, errno.EINTR])
    def test_fullOnce(self, pair: Pair, error: int) -> None:
        """A socket that takes nothing just now gets it later."""
        pair.spy().errors.append(error)
        write(pair.transport, b"12")
        write(pair.transport, b"34")
        assert pair.read() == b""
        pair.readUntil(lambda: len(pair.received) >= 4)
        assert pair.received == b"1234"


class TestGone:
    """A connection that is about to close, or has."""

    @pytest.mark.parametrize("error", [errno.EPIPE, errno.ECONNRESET, errno.EBADF])
    def test_errors(self, pair: Pair, error: int) -> None:
        """That it is lost Twisted finds out, in its own time: nothing is raised."""
        pair.spy().errors += [error, error]
        write(pair.transport, b"12")
        assert not pair.served.lost
        turnUntil(lambda: pair.served.lost)
        assert pair.read() == b""

    def test_reset(self, pair: Pair) -> None:
        """A peer that is gone."""
        pair.client.close()
        for _ in range(3):
            write(pair.transport, b"12")
        turnUntil(lambda: pair.served.lost)

    @pytest.mark.parametrize("byUs", [True, False])
    def test_lost(self, pair: Pair, byUs: bool) -> None:
        """After the end nothing happens."""
        transport = pair.transport
        if byUs:
            transport.abortConnection()
        else:
            pair.client.close()
        turnUntil(lambda: pair.served.lost)
        write(transport, b"12")

    def test_closing(self, pair: Pair) -> None:
        """Twisted decides what becomes of what is written to one that closes."""
        spy = pair.spy()
        write(pair.transport, b"1")
        pair.transport.loseConnection()
        write(pair.transport, b"2")
        assert spy.sent == [b"1"]
        turnUntil(lambda: pair.served.lost)
        assert pair.read() == b"12"

    def test_aborting(self, pair: Pair) -> None:
        """Nothing goes out on one that was given up."""
        spy = pair.spy()
        pair.transport.abortConnection()
        write(pair.transport, b"12")
        turnUntil(lambda: pair.served.lost)
        assert spy.sent == []
        assert pair.read() == b""

    def test_halfClosed(self, pair: Pair) -> None:
        """Nor on one whose side was closed."""
        spy = pair.spy()
        write(pair.transport, b"1")
        pair.transport.loseWriteConnection()
        turnUntil(lambda: pair.read() and pair.ended)
        write(pair.transport, b"2")
        assert b"2" not in spy.tries
        assert pair.received == b"1"


class Layered(Connection):
    """As Twisted's own are while TLS is on them: what is written comes to the socket otherwise."""

    TLS = True

    def write(self, data: bytes) -> None:
        """Through the layer."""
        self.written.append(data)

    written: list[bytes]


class TestLayers:
    """What is written through a layer is never put beside it."""

    def test_startedTLS(self) -> None:
        """A connection on which TLS was started."""
        ours, theirs = socket.socketpair()
        transport = Layered(ours, Protocol(), reactor)
        transport.written = []
        transport.connected = 1
        write(transport, b"secret")
        assert transport.written == [b"secret"]
        theirs.setblocking(False)
        with pytest.raises(BlockingIOError):
            theirs.recv(10)
        ours.close()
        theirs.close()

    def test_wrapped(self, pair: Pair) -> None:
        """A layer around the connection, as that of C{ssl:} endpoints is."""
        written = []

        class Layer(ProtocolWrapper):
            def write(self, data: bytes) -> None:
                written.append(data)

        layer = Layer(WrappingFactory(Factory()), Protocol())
        layer.makeConnection(pair.transport)
        write(layer, b"secret")
        assert written == [b"secret"]
        assert pair.read() == b""


class TestWriter:
    """A connection whose state is remembered."""

    def test_remembered(self, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
        """After the first time Twisted's transport is not looked at any more."""
        writer = SocketWriter(pair.transport)
        writer.write(b"one")
        monkeypatch.setattr(Connection, "connected", property(lambda _: pytest.fail("looked")))
        writer._transport = None
        writer.write(b"two")
        assert pair.read() == b"onetwo"
        monkeypatch.undo()

    def test_others(self, pair: Pair) -> None:
        """What others have written, and say so, goes first."""
        writer = SocketWriter(pair.transport)
        writer.write(b"1")
        writer.recheck()
        pair.transport.write(b"2")
        writer.write(b"3")
        assert pair.read() == b"1"
        pair.readUntil(lambda: pair.received == b"123")
        spy = pair.spy()
        writer.write(b"4")
        assert spy.sent == [b"4"]
        assert pair.read() == b"1234"

    def test_partly(self, pair: Pair) -> None:
        """What the socket does not take follows, and what is written then follows that."""
        spy = pair.spy()
        writer = SocketWriter(pair.transport)
        writer.write(b"0")
        spy.most = 3
        writer.write(b"12345")
        writer.write(b"678")
        assert spy.sent == [b"0", b"123"]
        pair.readUntil(lambda: len(pair.received) >= 9)
        assert pair.received == b"012345678"
        spy.most = 100
        writer.write(b"9")
        writer.write(b"10")
        assert spy.sent[-2:] == [b"9", b"10"]

    @pytest.mark.parametrize("error", [errno.EAGAIN, errno.ENOBUFS, errno.EINTR])
    def test_full(self, pair: Pair, error: int) -> None:
        """What the socket does not take now it gets from Twisted."""
        spy = pair.spy()
        writer = SocketWriter(pair.transport)
        writer.write(b"1")
        spy.errors = [error]
        writer.write(b"2")
        writer.write(b"3")
        assert spy.sent == [b"1"]
        pair.readUntil(lambda: pair.received == b"123")

    def test_lost(self, pair: Pair) -> None:
        """A connection that is gone takes what is written, in silence."""
        writer = SocketWriter(pair.transport)
        writer.write(b"1")
        pair.transport.abortConnection()
        turnUntil(lambda: pair.served.lost)
        writer.write(b"2")
        writer.write(b"3")
        assert pair.read() == b"1"

    def test_closing(self, pair: Pair) -> None:
        """One that is about to close is left to Twisted."""
        writer = SocketWriter(pair.transport)
        writer.write(b"1")
        writer.recheck()
        pair.transport.write(b"2")
        pair.transport.loseConnection()
        writer.write(b"3")
        pair.readUntil(lambda: pair.ended)
        assert pair.received == b"123"
