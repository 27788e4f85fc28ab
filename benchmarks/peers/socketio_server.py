"""python-socketio on uvicorn, with uvloop and httptools."""

from __future__ import annotations

import sys
from typing import Any

import socketio
import uvicorn

server = socketio.AsyncServer(async_mode="asgi")


@server.event
async def connect(sid: str, environ: Any) -> None:
    """Add a client."""
    await server.enter_room(sid, "all")


@server.event
async def cast(sid: str, data: str) -> None:
    """Send a broadcast."""
    await server.emit("msg", data, room="all")


@server.event
async def echo(sid: str, *args: Any) -> Any:
    """Answer a call."""
    return args


def main() -> None:
    """Serve at the port of the command line."""
    uvicorn.run(
        socketio.ASGIApp(server),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        backlog=1024,
    )


if __name__ == "__main__":
    main()
