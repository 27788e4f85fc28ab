"""Raw Autobahn on Twisted, with its C{sendMessage}: the floor of a Twisted stack.

The protocol of all peers without one of their own, as texts over a WebSocket::

    {"op": "echo", "id": 1, "args": […]}  ->  {"id": 1, "result": […]}, to the caller
    {"op": "cast", "data": "…"}           ->  {"op": "msg", "data": "…"}, to everyone
"""

from __future__ import annotations

import json
import sys
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol


class Factory(WebSocketServerFactory):
    """A factory that keeps the connected clients."""

    def __init__(self) -> None:
        super().__init__()
        self.peers: set[Peer] = set()


class Peer(WebSocketServerProtocol):
    """The connection of one client."""

    factory: Factory

    def onOpen(self) -> None:
        """Add the client."""
        self.factory.peers.add(self)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        """Remove the client."""
        self.factory.peers.discard(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Answer a call, or send a broadcast."""
        message = json.loads(payload)
        if message["op"] == "echo":
            self.sendMessage(encode({"id": message["id"], "result": message["args"]}))
            return
        text = encode({"op": "msg", "data": message["data"]})
        for peer in list(self.factory.peers):
            peer.sendMessage(text)


def encode(value: Any) -> bytes:
    """Return JSON without spaces."""
    return json.dumps(value, separators=(",", ":")).encode()


def main() -> None:
    """Serve at the port of the command line."""
    from twisted.internet import reactor

    loop: Any = reactor
    factory = Factory()
    factory.protocol = Peer
    factory.setProtocolOptions(tcpNoDelay=True)
    loop.listenTCP(int(sys.argv[1]), factory, backlog=1024, interface="127.0.0.1")
    loop.run()


if __name__ == "__main__":
    main()
