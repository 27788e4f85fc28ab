"""Tests of C{livewidget.web.writer} on real sockets: each byte is sent once and in order."""

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
    """Run the reactor until something holds."""
    for _ in range(TURNS):
        if condition():
            return
        reactor.iterate(0.005)
    raise AssertionError("it does not come to hold")


class Served(Protocol):
    """The server's protocol.

    @ivar lost: whether its connection is lost.
    @ivar paused: whether its transport has paused it.
    """

    lost = False
    paused = False

    def connectionLost(self, reason: Any = None) -> None:
        """Note the loss."""
        self.lost = True

    def pauseProducing(self) -> None:
        """Note the pause."""
        self.paused = True

    def resumeProducing(self) -> None:
        """Note the end of the pause."""
        self.paused = False

    def stopProducing(self) -> None:
        """Do nothing."""


class Spy:
    """A socket that records the bytes sent on it.

    @ivar tries: the bytes that it was asked to send.
    @ivar sent: the bytes that it has sent of those.
    @ivar most: how many bytes it accepts in one write.
    @ivar errors: raised by the next sends.
    """

    def __init__(self, real: socket.socket) -> None:
        self._real = real
        self.tries: list[bytes] = []
        self.sent: list[bytes] = []
        self.most = 1_000_000
        self.errors: list[int] = []

    def send(self, data: Any) -> int:
        """Send a part, or fail."""
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

    @ivar served: the server's protocol.
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
        """Return the server's transport."""
        return self.served.transport

    def spy(self) -> Spy:
        """Watch the server's socket."""
        self.transport.socket = Spy(self.transport.socket)
        spy: Spy = self.transport.socket
        return spy

    def read(self) -> bytes:
        """Return all that has arrived at the client."""
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
        """Read, and run the reactor, until a condition holds."""
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
    """Listen, and return the port, a client's socket, and the address to connect it to."""
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    return port, socket.socket(), ("127.0.0.1", port.getHost().port)


@pytest.fixture(params=["TCP", "UNIX"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    """Return a connection, over each kind of socket."""

    def overUNIX(factory: Factory) -> tuple[Any, Any, Any]:
        path = str(tmp_path / "s")
        return reactor.listenUNIX(path, factory), socket.socket(socket.AF_UNIX), path

    pair = Pair(overTCP if request.param == "TCP" else overUNIX)
    yield pair
    pair.close()


def fill(pair: Pair) -> bytes:
    """Write until the connection accepts no more, and return what was written."""
    # The size of a full buffer is fixed, and does not depend on the machine's speed.
    pair.transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    pair.transport.registerProducer(pair.served, True)
    written = b""
    while not pair.served.paused:
        data = b"%07d " % len(written) * 1250
        write(pair.transport, data)
        written += data
    return written


class TestAtOnce:
    """An idle connection."""

    def test_idleSocketGetsTheBytesAtOnce(self, pair: Pair) -> None:
        """The socket has the bytes before the reactor turns, and does not wait to be writable."""
        write(pair.transport, b"one")
        assert pair.read() == b"one"
        write(pair.transport, b"two")
        assert pair.read() == b"onetwo"
        assert pair.transport not in reactor.getWriters()

    def test_twistedHasTheNamesThatAreRead(self, pair: Pair) -> None:
        """Twisted's transport has the attributes that decide whether it is idle."""
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

    def test_writingNothingSendsNothing(self, pair: Pair) -> None:
        """No bytes are sent if none are written."""
        write(pair.transport, b"")
        write(pair.transport, b"x")
        assert pair.read() == b"x"


class TestOrder:
    """Writes mixed with those of Twisted."""

    def test_bytesFollowTwistedsBuffer(self, pair: Pair) -> None:
        """Bytes that Twisted has buffered are sent first."""
        spy = pair.spy()
        pair.transport.write(b"1")
        write(pair.transport, b"2")
        assert spy.sent == []
        pair.readUntil(lambda: pair.received == b"12")
        write(pair.transport, b"3")
        assert spy.sent[-1] == b"3"

    def test_bytesFollowWhatTwistedHasPartlySent(self, pair: Pair) -> None:
        """A write that Twisted has partly sent is finished first."""
        spy = pair.spy()
        spy.most = 2
        pair.transport.write(b"12345")
        pair.transport.doWrite()
        spy.most = 100
        write(pair.transport, b"678")
        assert spy.sent == [b"12"]
        pair.readUntil(lambda: len(pair.received) >= 8)
        assert pair.received == b"12345678"

    def test_restOfAPartialSendComesFirst(self, pair: Pair) -> None:
        """Bytes that the socket does not accept are sent before later writes."""
        spy = pair.spy()
        spy.most = 3
        write(pair.transport, b"12345")
        assert spy.sent == [b"123"]
        write(pair.transport, b"678")
        assert spy.sent == [b"123"]
        pair.readUntil(lambda: len(pair.received) >= 8)
        assert pair.received == b"12345678"

    def test_bothWaysInTurnKeepTheOrder(self, pair: Pair) -> None:
        """Direct and buffered writes in turn arrive in order at a slow reader."""
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

    def test_fullConnectionPausesItsProducer(self, pair: Pair) -> None:
        """The producer is paused, and resumed when all is read, once and in order."""
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
    def test_socketThatIsFullGetsTheBytesLater(self, pair: Pair, error: int) -> None:
        """A socket that accepts nothing at the moment gets the bytes later."""
        pair.spy().errors.append(error)
        write(pair.transport, b"12")
        write(pair.transport, b"34")
        assert pair.read() == b""
        pair.readUntil(lambda: len(pair.received) >= 4)
        assert pair.received == b"1234"


class TestGone:
    """A connection that is about to close, or lost."""

    @pytest.mark.parametrize("error", [errno.EPIPE, errno.ECONNRESET, errno.EBADF])
    def test_errorIsLeftToTwisted(self, pair: Pair, error: int) -> None:
        """An error of the socket is not raised; Twisted finds the loss itself."""
        pair.spy().errors += [error, error]
        write(pair.transport, b"12")
        assert not pair.served.lost
        turnUntil(lambda: pair.served.lost)
        assert pair.read() == b""

    def test_resetConnectionIsLostQuietly(self, pair: Pair) -> None:
        """A peer that resets the connection causes no error."""
        pair.client.close()
        for _ in range(3):
            write(pair.transport, b"12")
        turnUntil(lambda: pair.served.lost)

    @pytest.mark.parametrize("byUs", [True, False])
    def test_writingAfterTheLossDoesNothing(self, pair: Pair, byUs: bool) -> None:
        """Nothing happens after the connection is lost."""
        transport = pair.transport
        if byUs:
            transport.abortConnection()
        else:
            pair.client.close()
        turnUntil(lambda: pair.served.lost)
        write(transport, b"12")

    def test_closingConnectionIsLeftToTwisted(self, pair: Pair) -> None:
        """Twisted decides what happens to writes while it closes."""
        spy = pair.spy()
        write(pair.transport, b"1")
        pair.transport.loseConnection()
        write(pair.transport, b"2")
        assert spy.sent == [b"1"]
        turnUntil(lambda: pair.served.lost)
        assert pair.read() == b"12"

    def test_abortedConnectionSendsNothing(self, pair: Pair) -> None:
        """Nothing is sent on an aborted connection."""
        spy = pair.spy()
        pair.transport.abortConnection()
        write(pair.transport, b"12")
        turnUntil(lambda: pair.served.lost)
        assert spy.sent == []
        assert pair.read() == b""

    def test_halfClosedConnectionSendsNothing(self, pair: Pair) -> None:
        """Nothing is sent once the server has closed its side."""
        spy = pair.spy()
        write(pair.transport, b"1")
        pair.transport.loseWriteConnection()
        turnUntil(lambda: pair.read() and pair.ended)
        write(pair.transport, b"2")
        assert b"2" not in spy.tries
        assert pair.received == b"1"


class Layered(Connection):
    """A layer like Twisted's TLS: writes reach the socket in another form."""

    TLS = True

    def write(self, data: bytes) -> None:
        """Write through the layer."""
        self.written.append(data)

    written: list[bytes]


class TestLayers:
    """Writes through a layer never bypass it."""

    def test_startedTLSIsNotBypassed(self) -> None:
        """A connection on which TLS was started is left to Twisted."""
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

    def test_wrappedTransportIsNotBypassed(self, pair: Pair) -> None:
        """A transport in a layer, as of C{ssl:} endpoints, is left to Twisted."""
        written = []

        class Layer(ProtocolWrapper):
            def write(self, data: bytes) -> None:
                written.append(data)

        layer = Layer(WrappingFactory(Factory()), Protocol())
        layer.makeConnection(pair.transport)
        write(layer, b"secret")
        assert written == [b"secret"]
        assert pair.read() == b""


class TestSocketWriter:
    """A writer that remembers that its connection is idle."""

    def test_idleConnectionIsNotCheckedAgain(
        self, pair: Pair, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """After the first write Twisted's transport is not read any more."""
        writer = SocketWriter(pair.transport)
        writer.write(b"one")
        monkeypatch.setattr(Connection, "connected", property(lambda _: pytest.fail("looked")))
        writer._transport = None
        writer.write(b"two")
        assert pair.read() == b"onetwo"
        monkeypatch.undo()

    def test_recheckKeepsTheOrderWithOthers(self, pair: Pair) -> None:
        """Bytes that others have written are sent first after a recheck."""
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

    def test_restOfAPartialSendComesFirst(self, pair: Pair) -> None:
        """Bytes that the socket does not accept are sent before later writes."""
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
    def test_socketThatIsFullGetsTheBytesLater(self, pair: Pair, error: int) -> None:
        """Bytes that the socket does not accept now are sent by Twisted."""
        spy = pair.spy()
        writer = SocketWriter(pair.transport)
        writer.write(b"1")
        spy.errors = [error]
        writer.write(b"2")
        writer.write(b"3")
        assert spy.sent == [b"1"]
        pair.readUntil(lambda: pair.received == b"123")

    def test_lostConnectionIsWrittenToQuietly(self, pair: Pair) -> None:
        """Writing to a lost connection causes no error."""
        writer = SocketWriter(pair.transport)
        writer.write(b"1")
        pair.transport.abortConnection()
        turnUntil(lambda: pair.served.lost)
        writer.write(b"2")
        writer.write(b"3")
        assert pair.read() == b"1"

    def test_closingConnectionIsLeftToTwisted(self, pair: Pair) -> None:
        """A connection that is about to close is left to Twisted after a recheck."""
        writer = SocketWriter(pair.transport)
        writer.write(b"1")
        writer.recheck()
        pair.transport.write(b"2")
        pair.transport.loseConnection()
        writer.write(b"3")
        pair.readUntil(lambda: pair.ended)
        assert pair.received == b"123"
