"""The floor for idle pages: an Autobahn WebSocket that echoes, with Autobahn's defaults.

C{python -m benchmarks.server.echo PORT}
"""

from __future__ import annotations

import sys
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol

from benchmarks.server.garbage import collectAtSignal


class Echo(WebSocketServerProtocol):
    """A protocol that sends every message back."""

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Send a message back."""
        self.sendMessage(payload, isBinary)


def main() -> None:
    """Serve at the port of the command line."""
    from twisted.internet import reactor

    loop: Any = reactor
    factory = WebSocketServerFactory()
    factory.protocol = Echo
    loop.listenTCP(int(sys.argv[1]), factory, interface="127.0.0.1", backlog=1024)
    collectAtSignal()
    loop.run()


if __name__ == "__main__":
    main()
