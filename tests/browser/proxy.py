"""A bad network: a TCP proxy between browser and server, on loopback.

It runs in a thread of its own. What is asked of it is done when the call returns.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from typing import Any

#: Bytes that may wait in a connection that passes nothing on.
CHUNK = 64 * 1024
#: Connections at a time; more are turned away.
MOST = 100
#: Seconds that anything asked of the proxy may take.
PATIENCE = 10


class Connection:
    """One connection of the browser, and ours to the server that belongs to it."""

    def __init__(self, browser: asyncio.StreamWriter) -> None:
        self.browser = browser
        self.server: asyncio.StreamWriter | None = None
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.budget: int | None = None
        #: What the server sent after the browser's side was cut.
        self.unread = b""
        #: Set when the server has closed its side.
        self.serverClosed = threading.Event()
        self.browserGone = False
        self.isWebSocket = False

    def cutBrowser(self) -> None:
        """The browser sees a reset; the server sees nothing."""
        self.browserGone = True
        _reset(self.browser)

    def cut(self) -> None:
        """Both sides see a reset."""
        self.cutBrowser()
        self.flowing.set()
        if self.server is not None:
            _reset(self.server)


class Proxy:
    """Passes bytes to and fro, until it is told otherwise.

    @ivar strip: a path prefix that is taken off the requests, as a reverse proxy does.
    @ivar url: where the browser finds it.
    """

    def __init__(self, port: int, strip: bytes = b"") -> None:
        self.target = port
        self.strip = strip
        self._connections: set[Connection] = set()
        self._accepting: asyncio.Server | None = None
        self._flowing = True
        self._chaos: random.Random | None = None
        self.cuts = 0
        # It holds the port while nobody listens there.
        self._holder = _bound(0)
        self.port: int = self._holder.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}{strip.decode()}/"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self.accept()

    # What a test asks for.

    def accept(self) -> None:
        """Take new connections."""
        self._do(self._listen)

    def refuse(self) -> None:
        """Refuse new connections; those that exist go on."""
        self._do(self._stopListening)

    def cut(self) -> None:
        """Reset all connections, on both sides."""

        async def cut() -> None:
            for connection in list(self._connections):
                connection.cut()

        self._do(cut)

    def cutBrowser(self) -> list[Connection]:
        """Reset all connections on the browser's side alone: the server hears nothing.

        @return: the WebSocket connections among them.
        """

        async def cut() -> list[Connection]:
            cut = list(self._connections)
            for connection in cut:
                connection.cutBrowser()
            return [connection for connection in cut if connection.isWebSocket]

        return self._do(cut)

    def stall(self) -> None:
        """Pass nothing any more, not on new connections either, which are accepted."""

        async def stall() -> None:
            self._flowing = False
            for connection in self._connections:
                connection.flowing.clear()

        self._do(stall)

    def lose(self) -> None:
        """Pass nothing any more on the connections there are; new ones are well."""

        async def lose() -> None:
            for connection in self._connections:
                connection.flowing.clear()

        self._do(lose)

    def flow(self) -> None:
        """Pass everything again, also what waited."""

        async def flow() -> None:
            self._flowing = True
            for connection in self._connections:
                connection.flowing.set()

        self._do(flow)

    def chaos(self, seed: int | None) -> None:
        """Cut each connection after a random number of bytes; L{None}: no longer.

        Some are cut in the middle of a frame; some on the browser's side alone.
        """

        async def chaos() -> None:
            self._chaos = None if seed is None else random.Random(seed)
            for connection in self._connections:
                connection.budget = self._budget()

        self._do(chaos)

    def stop(self) -> None:
        """Close everything, and end the thread."""

        async def stop() -> None:
            await self._stopListening()
            for connection in list(self._connections):
                connection.cut()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        self._do(stop)
        self._holder.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    # Inside.

    def _do(self, function: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        return asyncio.run_coroutine_threadsafe(function(), self._loop).result(PATIENCE)

    async def _listen(self) -> None:
        if self._accepting is None:
            self._accepting = await asyncio.start_server(self._accepted, sock=_bound(self.port))

    async def _stopListening(self) -> None:
        accepting, self._accepting = self._accepting, None
        if accepting is not None:
            accepting.close()

    def _budget(self) -> int | None:
        if self._chaos is None:
            return None
        # A handshake takes about 700 bytes, so that some do not get through it.
        return self._chaos.randrange(500, 3000)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(writer)
        if len(self._connections) >= MOST:
            connection.cut()
            return
        if not self._flowing:
            connection.flowing.clear()
        connection.budget = self._budget()
        self._connections.add(connection)
        try:
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
            writer.close()
            if connection.server is not None:
                connection.server.close()

    async def _up(self, connection: Connection, reader: asyncio.StreamReader) -> None:
        server = connection.server
        assert server is not None
        while data := await _read(reader):
            if self.strip:
                data = data.replace(b" " + self.strip + b"/", b" /", 1)
            connection.isWebSocket = connection.isWebSocket or b"Upgrade: websocket" in data
            await self._pass(connection, server, data)
            if connection.browserGone:
                return
        if not connection.browserGone:
            await connection.flowing.wait()
            server.close()

    async def _down(self, connection: Connection, reader: asyncio.StreamReader) -> None:
        while data := await _read(reader):
            if connection.browserGone:
                connection.unread = (connection.unread + data)[-CHUNK:]
            else:
                await self._pass(connection, connection.browser, data)
        connection.serverClosed.set()
        await connection.flowing.wait()
        connection.browser.close()

    async def _pass(self, connection: Connection, to: asyncio.StreamWriter, data: bytes) -> None:
        """Pass data on, once it may flow: all of it, or what the connection still lives for."""
        await connection.flowing.wait()
        ends = False
        if connection.budget is not None:
            data = data[: connection.budget]
            connection.budget -= len(data)
            ends = connection.budget == 0
        if connection.browserGone:
            return
        to.write(data)
        await to.drain()
        if ends and not connection.browserGone:
            self._cutOne(connection)

    def _cutOne(self, connection: Connection) -> None:
        self.cuts += 1
        if self._chaos is not None and self._chaos.random() < 0.5:
            connection.cutBrowser()
        else:
            connection.cut()


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
        # Linger for no time: the peer sees a reset, not an end.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
