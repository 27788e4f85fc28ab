"""TCP connections in memory, on a clock, with faults."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.server import Site

from tests.support.http import address


@dataclass(frozen=True)
class Fate:
    """The fault of a connection that the browser makes.

    @ivar kind: one of L{KINDS}.
    @ivar up: seconds that bytes take to the server.
    @ivar down: the same to the browser.
    @ivar pieces: the number of bytes that arrive together; 0: all that were written together.
    @ivar lives: seconds after which a C{young} connection is cut.
    @ivar room: the number of bytes in transit to the browser at which the server has to pause.
    """

    kind: str = "good"
    up: float = 0.01
    down: float = 0.01
    pieces: int = 0
    room: int = 64 * 1024
    lives: float = 1.0


#: C{refused}: nothing listens. C{hangs}: nothing arrives, and neither end is told. C{gateway}: a
#: proxy answers that the server is down. C{deaf}: no byte of an answer arrives. C{unanswered}: the
#: connection is cut instead of an answer. C{young}: it is cut after C{lives}. C{twice}, C{again}: a
#: proxy sends the request twice; the answer to the first or the second one counts. C{buffered}: a
#: proxy holds an answer for a minute, or until it is complete.
KINDS = (
    "good",
    "refused",
    "hangs",
    "gateway",
    "deaf",
    "unanswered",
    "young",
    "twice",
    "again",
    "buffered",
)

GOOD = Fate()


class Pipe:
    """A direction of a connection. Bytes arrive in order, after a delay.

    @param arrived: called with bytes.
    @param ended: called after all bytes, if the sender has closed its end.
    @ivar stalled: whether nothing moves at the moment.
    @ivar swallows: whether all bytes are dropped.
    """

    def __init__(
        self,
        clock: Clock,
        delay: float,
        pieces: int,
        arrived: Callable[[bytes], None],
        ended: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._delay = delay
        self._pieces = pieces
        self._arrived = arrived
        self._ended = ended
        self._underWay: deque[tuple[float, bytes | None]] = deque()
        self._timer: IDelayedCall | None = None
        self.swallows = False
        self.stalled = False

    @property
    def size(self) -> int:
        """Return the number of bytes in transit."""
        return sum(len(data or b"") for _, data in self._underWay)

    def put(self, data: bytes | None) -> None:
        """Send bytes; L{None} ends the stream."""
        if self.swallows:
            return
        at = self._clock.seconds() + self._delay
        step = self._pieces or len(data or b"")
        parts = [data] if not data else [data[i : i + step] for i in range(0, len(data), step)]
        self._underWay += [(at, part) for part in parts]
        self._wait()

    def flow(self) -> None:
        """Resume a stalled direction."""
        self.stalled = False
        self._wait()

    def swallow(self, butFirst: int = 0) -> None:
        """Drop all bytes from now on, except for the first ones in transit."""
        if self.swallows:
            return
        self.swallows = True
        whole = b"".join(data or b"" for _, data in self._underWay)
        self._clear()
        if whole[:butFirst]:
            self._arrived(whole[:butFirst])

    def reset(self) -> None:
        """Drop the bytes in transit, and tell the other end."""
        if not self.swallows:
            self._clear()
            self.put(None)

    def _clear(self) -> None:
        self._underWay.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        if self._timer is None and self._underWay and not self.stalled:
            wait = max(0.0, self._underWay[0][0] - self._clock.seconds())
            self._timer = self._clock.callLater(wait, self._due)

    def _due(self) -> None:
        self._timer = None
        if self.stalled:
            return
        _, data = self._underWay.popleft()
        self._wait()
        if data is None:
            self._ended()
        else:
            self._arrived(data)


class ServerEnd(StringTransport):
    """The server's end of a connection: the transport of Twisted protocols.

    Its buffer is bounded, and it resumes its producer once the bytes are taken.
    """

    def __init__(self, clock: Clock, pipe: Pipe, room: int) -> None:
        super().__init__(address("127.0.0.1"), address("127.0.0.1"), lenient=True)
        self._clock = clock
        self._pipe = pipe
        self._room = room
        self._full = False
        self.lost = False

    # Called by protocols.

    def write(self, data: bytes) -> None:
        if self.lost or self.disconnecting or not data:
            return
        self._pipe.put(data)
        if self._pipe.size > self._room and not self._full:
            self._full = True
            if self.producer is not None:
                self.producer.pauseProducing()

    def writeSequence(self, data: Any) -> None:
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        if not self.disconnecting:
            self.disconnecting = True
            self._pipe.put(None)
            if not self._full:
                self._clock.callLater(0, self.lose)

    def abortConnection(self) -> None:
        self._pipe.reset()
        self.disconnecting = True
        self._clock.callLater(0, self.lose)

    # Called by the network.

    def taken(self) -> None:
        """Remove sent bytes from the buffer, and resume the producer when it is empty."""
        if not self._full or self._pipe.size or self.lost:
            return
        self._full = False
        if self.disconnecting:
            self._clock.callLater(0, self.lose)
        elif self.producer is not None:
            self.producer.resumeProducing()

    def lose(self) -> None:
        """Tell this end that the connection is lost."""
        if not self.lost:
            if not self.disconnecting:
                self._pipe.put(None)
            self.lost = self.disconnecting = True
            self.protocol.connectionLost(Failure(ConnectionLost()))


class Connection:
    """A TCP connection from a browser to a server.

    @param browser: has C{received} and C{lost}, which are called with this connection.
    @param site: the server's; L{None} while it is down, when the bytes are dropped.
    @ivar cutsAnswer: whether it is cut when the first bytes of an answer arrive.
    """

    def __init__(self, clock: Clock, fate: Fate, site: Site | None, browser: Any) -> None:
        self.browser = browser
        self.fate = fate
        self.up = Pipe(clock, fate.up, fate.pieces, self._serverReceives, self._serverLoses)
        self.down = Pipe(clock, fate.down, fate.pieces, self._browserReceives, self.loseByBrowser)
        self.server = ServerEnd(clock, self.down, fate.room)
        self.seenByBrowser = False
        self.cutsAnswer = False
        if site is None:
            self.server.lost = True
            self.vanish()
            return
        self.server.protocol = site.buildProtocol(self.server.getPeer())
        self.server.protocol.makeConnection(self.server)

    def __str__(self) -> str:
        ends = {"server": not self.server.lost, "browser": not self.seenByBrowser}
        openTo = " and ".join(name for name, isOpen in ends.items() if isOpen)
        return f"{self.fate}, open to {openTo}: {self.browser.opening[:500]!r}"

    @property
    def alive(self) -> bool:
        """Return whether the connection is open for at least one end."""
        return not (self.server.lost and self.seenByBrowser)

    @property
    def dead(self) -> bool:
        """Return whether bytes are dropped."""
        return self.up.swallows or self.down.swallows

    def vanish(self) -> None:
        """Drop all bytes without telling either end."""
        self.up.swallow()
        self.down.swallow()

    def cut(self, up: int = 0, down: int = 0) -> None:
        """Drop all bytes but the first ones in transit, without telling either end yet."""
        self.up.swallow(up)
        self.down.swallow(down)

    def kill(self) -> None:
        """Cut the connection, and tell both ends."""
        self.cut()
        self.loseByBrowser()
        self.server.lose()

    def answer(self, data: bytes) -> None:
        """Deliver bytes to the browser."""
        if not self.seenByBrowser:
            self.browser.received(self, data)

    def loseByBrowser(self) -> None:
        """Tell the browser's end that the connection is lost."""
        if not self.seenByBrowser:
            self.seenByBrowser = True
            self.browser.lost(self)

    def closeByBrowser(self) -> None:
        """Close the browser's end; bytes that it has written still arrive."""
        self.seenByBrowser = True
        self.up.put(None)

    def _serverReceives(self, data: bytes) -> None:
        if not self.server.lost:
            self.server.protocol.dataReceived(data)

    def _serverLoses(self) -> None:
        # The kernel reports this to a writer. The bytes written before are gone.
        self.down.swallow()
        self.server.lose()

    def _browserReceives(self, data: bytes) -> None:
        if self.cutsAnswer:
            self.kill()
            return
        self.server.taken()
        self.answer(data)
