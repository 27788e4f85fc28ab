"""A bad network: a TCP proxy between browser and server, on loopback.

The proxy runs in a thread of its own. Each of its methods returns once it has taken effect.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from tests.acceptance.browser.chaos import Chaos, Upgrade

#: Bytes that may wait in a stalled connection.
CHUNK = 64 * 1024
#: The largest number of connections. Others are refused.
MOST = 100
#: Seconds that any method of the proxy may take.
PATIENCE = 10


class Connection:
    """A connection of the browser, with the proxy's connection to the server."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.browser: asyncio.StreamWriter | None = None
        self.server: asyncio.StreamWriter | None = None
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.budget: int | None = None
        #: The bytes that the server sent after the browser's side was cut.
        self.unread = b""
        #: Set when the server has closed its side.
        self.serverClosed = threading.Event()
        self.browserGone = False
        #: Whether bytes are read and dropped, and ends are not passed on.
        self.vanishes = False
        self.isWebSocket = False

    def cutBrowser(self) -> None:
        """Reset the browser's side; the server sees nothing."""
        self.browserGone = True
        # A connection just accepted has no streams yet, and ends as soon as it has.
        if self.browser is not None:
            _reset(self.browser)

    def cut(self) -> None:
        """Reset both sides."""
        self.cutBrowser()
        self.flowing.set()
        if self.server is not None:
            _reset(self.server)


class Proxy:
    """A proxy that passes bytes in both directions, with faults on demand.

    @ivar strip: a path prefix to strip from the requests, as a reverse proxy does.
    @ivar url: the URL for the browser.
    """

    def __init__(self, port: int, strip: bytes = b"") -> None:
        self.target = port
        self.strip = strip
        self._connections: set[Connection] = set()
        self._listener: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._flowing = True
        self._chaos: Chaos | None = None
        #: The fault of WebSockets, unless chosen at random.
        self.webSockets: Upgrade = "pass"
        # Reserves the port while nothing listens on it.
        self._holder = _bound(0)
        self.port: int = self._holder.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}{strip.decode()}/"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self.accept()

    # Called by tests.

    def accept(self) -> None:
        """Accept new connections."""
        self._do(self._listen)

    def refuse(self) -> None:
        """Refuse new connections, and keep the existing ones."""
        self._do(self._stopListening)

    def cut(self) -> None:
        """Reset all connections, on both sides."""

        async def cut() -> None:
            for connection in list(self._connections):
                connection.cut()

        self._do(cut)

    def cutBrowser(self) -> list[Connection]:
        """Reset all connections on the browser's side only; the server is not told.

        @return: the WebSocket connections among them.
        """

        async def cut() -> list[Connection]:
            cut = list(self._connections)
            for connection in cut:
                connection.cutBrowser()
            return [connection for connection in cut if connection.isWebSocket]

        return self._do(cut)

    def stall(self) -> None:
        """Accept connections, but pass nothing on any of them."""

        async def stall() -> None:
            self._flowing = False
            for connection in self._connections:
                connection.flowing.clear()

        self._do(stall)

    def lose(self) -> None:
        """Pass nothing on the existing connections; new ones work."""

        async def lose() -> None:
            for connection in self._connections:
                connection.flowing.clear()

        self._do(lose)

    def flow(self) -> None:
        """Pass everything again, including the bytes that waited."""

        async def flow() -> None:
            self._flowing = True
            for connection in self._connections:
                connection.flowing.set()

        self._do(flow)

    def chaos(self, chaos: Chaos | None) -> None:
        """Give each connection a fault after a number of bytes; L{None} ends that.

        The fault may lie within a handshake, a request or a frame.
        """

        async def begin() -> None:
            self._chaos = chaos
            for connection in self._connections:
                connection.budget = self._budget()

        self._do(begin)

    def stop(self) -> None:
        """Close everything, and end the thread."""

        async def stop() -> None:
            await self._stopListening()
            connections = list(self._connections)
            for connection in connections:
                connection.cut()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            # The transports close in the following turns.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            for connection in connections:
                connection.sock.close()

        self._do(stop)
        self._holder.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    # Inside.

    def _do(self, function: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        return asyncio.run_coroutine_threadsafe(function(), self._loop).result(PATIENCE)

    async def _listen(self) -> None:
        if self._listener is None:
            self._listener = _bound(self.port)
            self._listener.setblocking(False)
            self._listener.listen(MOST)
            self._loop.add_reader(self._listener, self._accept, self._listener)

    async def _stopListening(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            self._loop.remove_reader(listener)
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        # Not asyncio.start_server: a server closed during an accept leaks the socket.
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        if len(self._connections) >= MOST:
            sock.close()
            return
        sock.setblocking(False)
        connection = Connection(sock)
        if not self._flowing:
            connection.flowing.clear()
        connection.budget = self._budget()
        self._connections.add(connection)
        task = self._loop.create_task(self._serve(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _budget(self) -> int | None:
        if self._chaos is None:
            return None
        return self._chaos.budget()

    async def _serve(self, connection: Connection) -> None:
        try:
            reader, connection.browser = await asyncio.open_connection(
                sock=connection.sock, limit=CHUNK
            )
            if connection.browserGone:
                connection.cut()
            await connection.flowing.wait()
            serverReader, connection.server = await asyncio.open_connection(
                "127.0.0.1", self.target, limit=CHUNK
            )
            await asyncio.gather(
                self._up(connection, reader),
                self._down(connection, serverReader),
            )
        except (OSError, asyncio.CancelledError):
            connection.cut()
        finally:
            self._connections.discard(connection)
            for writer in (connection.browser, connection.server):
                if writer is not None:
                    writer.close()

    async def _up(self, connection: Connection, reader: asyncio.StreamReader) -> None:
        server = connection.server
        assert server is not None
        while data := await _read(reader):
            if self.strip:
                data = data.replace(b" " + self.strip + b"/", b" /", 1)
            if b"Upgrade: websocket" in data:
                connection.isWebSocket = True
                self._treatWebSocket(connection)
            await self._pass(connection, server, data)
            if connection.browserGone:
                return
        await connection.flowing.wait()
        if not connection.browserGone and not connection.vanishes:
            server.close()

    async def _down(self, connection: Connection, reader: asyncio.StreamReader) -> None:
        while data := await _read(reader):
            if connection.browserGone:
                connection.unread = (connection.unread + data)[-CHUNK:]
            elif connection.browser is not None:
                await self._pass(connection, connection.browser, data)
        connection.serverClosed.set()
        await connection.flowing.wait()
        if connection.browser is not None and not connection.vanishes:
            connection.browser.close()

    def _treatWebSocket(self, connection: Connection) -> None:
        upgrade = self.webSockets
        if upgrade == "chance":
            upgrade = "pass" if self._chaos is None else self._chaos.upgrades.deal()
        if upgrade == "cut":
            connection.cut()
        elif upgrade == "swallow":
            connection.flowing.clear()
        elif upgrade == "die":
            # The rest of the handshake, its answer and the hello are longer than that.
            connection.budget = 1300

    async def _pass(self, connection: Connection, to: asyncio.StreamWriter, data: bytes) -> None:
        """Pass data on once it may flow: all of it, or up to the next fault."""
        while data:
            await connection.flowing.wait()
            if connection.browserGone or connection.vanishes:
                return
            now = data[: connection.budget]
            data = data[len(now) :]
            to.write(now)
            await to.drain()
            if connection.budget is not None:
                connection.budget -= len(now)
                if connection.budget <= 0:
                    self._happen(connection)

    def _happen(self, connection: Connection) -> None:
        connection.budget = None
        fate = "cut" if self._chaos is None else self._chaos.fates.deal()
        if fate == "cut":
            connection.cut()
        elif fate == "cutBrowser":
            connection.cutBrowser()
        elif fate == "vanish":
            connection.vanishes = True
        elif self._chaos is not None:
            connection.flowing.clear()
            self._loop.call_later(self._chaos.pause(), self._flowAgain, connection)

    def _flowAgain(self, connection: Connection) -> None:
        connection.budget = self._budget()
        if self._flowing:
            connection.flowing.set()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(CHUNK)
    except OSError:
        return b""


def _bound(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(("127.0.0.1", port))
    return sock


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        # With a linger time of 0 the peer sees a reset, not an end.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
