"""Browsers that connect and then do nothing, written over asyncio streams."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

#: How many clients connect at the same time.
TOGETHER = 20

TEXT, CLOSE = 1, 8


@dataclass
class Address:
    """The address of a server."""

    host: str
    port: int

    @property
    def name(self) -> str:
        """Return the value of a C{Host} header."""
        return f"{self.host}:{self.port}"


class Connection:
    """A WebSocket.

    @ivar closed: the code and reason with which the server closed it, or L{None}.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.closed: str | None = None

    def send(self, text: str) -> None:
        """Send one text frame of up to 64 KiB."""
        payload = text.encode()
        length = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + _16(len(payload))
        # A mask of zeros is valid, and changes nothing.
        frame = bytes([0x80 | TEXT, length[0] | 0x80]) + length[1:] + bytes(4) + payload
        self._writer.write(frame)

    async def receive(self) -> str | None:
        """Return the next text, or L{None} if the server closed the connection."""
        try:
            opcode, payload = await self._frame()
        except asyncio.IncompleteReadError:
            opcode, payload = CLOSE, b"--the TCP connection ended"
        if opcode == CLOSE:
            code = int.from_bytes(payload[:2], "big")
            self.closed = f"{code} {payload[2:].decode(errors='replace')}"
            return None
        return payload.decode()

    async def _frame(self) -> tuple[int, bytes]:
        first, length = await self._reader.readexactly(2)
        if length == 126:
            length = int.from_bytes(await self._reader.readexactly(2), "big")
        return first & 0x0F, await self._reader.readexactly(length)


async def openSocket(address: Address, path: str, protocol: str | None) -> Connection:
    """Return a connection after its handshake.

    @raise ConnectionError: the server refused it.
    """
    reader, writer = await asyncio.open_connection(address.host, address.port)
    headers = {
        "Host": address.name,
        "Origin": f"http://{address.name}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    if protocol is not None:
        headers["Sec-WebSocket-Protocol"] = protocol
    _request(writer, path, headers)
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in head.partition(b"\r\n")[0]:
        raise ConnectionError(f"no handshake: {head.decode('latin-1')}")
    return Connection(reader, writer)


async def openPage(address: Address) -> Connection:
    """Load a livewidget page and connect it, as its script does."""
    start = await _loadPage(address)
    connection = await openSocket(address, "/_live/ws", "livewidget.1")
    hello = {"page": start["page"], "claim": "c" * 32, "connection": 1, "received": 0}
    connection.send(json.dumps(hello))
    welcome = await connection.receive()
    if welcome is None or "heartbeat" not in welcome:
        raise ConnectionError(f"no welcome: {welcome} {connection.closed}")
    return connection


async def openEcho(address: Address) -> Connection:
    """Connect to the echo server, and check that it echoes."""
    connection = await openSocket(address, "/", None)
    connection.send("hello")
    if await connection.receive() != "hello":
        raise ConnectionError("no echo")
    return connection


async def openMany(
    number: int, openOne: Callable[[Address], Awaitable[Connection]], address: Address
) -> list[Connection]:
    """Open connections, some at a time, and keep them; each one answers heartbeats."""
    turns = asyncio.Semaphore(TOGETHER)

    async def one() -> Connection:
        async with turns:
            connection = await openOne(address)
        _running.add(asyncio.create_task(_idle(connection)))
        return connection

    return await asyncio.gather(*(one() for _ in range(number)))


# asyncio keeps only weak references to tasks.
_running: set[asyncio.Task[None]] = set()


async def _idle(connection: Connection) -> None:
    while (text := await connection.receive()) is not None:
        if "received" in text:
            connection.send('{"received":0}')


async def _loadPage(address: Address) -> dict[str, Any]:
    reader, writer = await asyncio.open_connection(address.host, address.port)
    _request(writer, "/", {"Host": address.name, "Connection": "close"})
    answer = (await reader.read()).decode()
    writer.close()
    found = re.search('id="livewidget-start">(.*?)</script>', answer)
    if found is None:
        raise ConnectionError(f"no page: {answer[:200]}")
    start: dict[str, Any] = json.loads(found[1])
    return start


def _request(writer: asyncio.StreamWriter, path: str, headers: dict[str, str]) -> None:
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write("".join(f"{line}\r\n" for line in [*lines, ""]).encode())


def _16(number: int) -> bytes:
    return number.to_bytes(2, "big")
