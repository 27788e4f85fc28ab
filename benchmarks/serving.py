"""What the benchmark of idle pages serves: the chat, and the floor to compare it with.

Either process collects its garbage at C{SIGUSR1} and then says so: what waits for
the collector belongs to no page.
"""

from __future__ import annotations

import gc
import signal
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol

from examples.chat import chat

COLLECTED = "garbage collected"


def chatter() -> Any:
    """What C{twistd live-widget} is to run: the chat."""
    # At the first page: to import this module changes nothing.
    if signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL:
        collectAtSignal()
    return chat()


def collectAtSignal() -> None:
    """Collect at C{SIGUSR1} from now on."""

    def collect(*_: object) -> None:
        gc.collect()
        print(COLLECTED, flush=True)

    signal.signal(signal.SIGUSR1, collect)


class Echo(WebSocketServerProtocol):
    """Sends back what comes, and is nothing else."""

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Send it back."""
        self.sendMessage(payload, isBinary)


def main() -> None:
    """Serve the floor: Autobahn's WebSocket by itself, with its defaults."""
    from twisted.internet import reactor

    loop: Any = reactor
    factory = WebSocketServerFactory()
    factory.protocol = Echo
    port = loop.listenTCP(0, factory, interface="127.0.0.1", backlog=1024)
    collectAtSignal()
    loop.callWhenRunning(print, f"Serving at http://127.0.0.1:{port.getHost().port}/", flush=True)
    loop.run()


if __name__ == "__main__":
    main()
