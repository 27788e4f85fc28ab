"""Run a server on a given reactor and its browser in a thread, and print the outcome.

C{python -m tests.support.reactors epoll}
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from typing import Any

from twisted.application.reactors import installReactor

#: Messages in one turn: more than sockets buffer, and less than a page's limit.
MANY = 150


def main(name: str) -> None:
    """Serve one page over TCP."""
    reactor: Any = installReactor(name)

    from twisted.web.server import Site

    from livewidget import LiveElement, LiveResource, expose
    from tests.support.pages import CLAIM
    from tests.support.websocket import HANDSHAKE, frame, parseFrames

    sent = threading.Event()

    class Echo(LiveElement):
        @expose
        def say(self, value: Any) -> Any:
            return value

        @expose
        def flood(self) -> None:
            # The size of a full buffer is fixed here, and does not depend on the machine's speed.
            page.transport.writer._transport.socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_SNDBUF, 4096
            )
            for number in range(MANY):
                self.callRemoteOnly("show", number, "x" * 5000)
            # Two turns later, after one that sends and fills the socket.
            reactor.callLater(0, reactor.callLater, 0, sent.set)

    resource = LiveResource(Echo)
    port = reactor.listenTCP(0, Site(resource), interface="127.0.0.1")
    page: Any = resource.pages.make()
    page.attach(Echo())
    found: dict[str, Any] = {}

    class Browser:
        def __init__(self) -> None:
            self._socket = socket.socket()
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            self._socket.settimeout(30)
            self._socket.connect(("127.0.0.1", port.getHost().port))
            self._data = b""
            self._frames: list[tuple[int, bytes]] = []

        def upgrade(self) -> None:
            host = f"localhost:{port.getHost().port}"
            headers = {**HANDSHAKE, "Host": host, "Origin": f"http://{host}"}
            lines = ["GET /_live/ws HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
            self._socket.sendall("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
            while b"\r\n\r\n" not in self._data:
                self._data += self._socket.recv(65536)
            _, _, self._data = self._data.partition(b"\r\n\r\n")

        def send(self, value: Any) -> None:
            self._socket.sendall(frame(json.dumps(value).encode()))

        def next(self) -> Any:
            while not self._frames:
                self._data += self._socket.recv(65536)
                self._frames, self._data = parseFrames(self._data)
            opcode, payload = self._frames.pop(0)
            return json.loads(payload) if opcode == 1 else int.from_bytes(payload[:2], "big")

    def browse() -> None:
        browser = Browser()
        browser.upgrade()
        hello = {"page": page.pageId, "claim": CLAIM, "connection": 1, "received": 0}
        browser.send(hello)
        browser.next()
        found["answers"] = []
        for number in range(1, 21):
            browser.send(["call", number, 1, "say", [number]])
            found["answers"].append(browser.next())
        browser.send(["call", None, 1, "flood", []])
        assert sent.wait(30)
        found["paused"] = page.transport.paused
        found["shown"] = [browser.next()[4][0] for _ in range(MANY)]
        reactor.callFromThread(end)
        found["last"] = browser.next()
        found["code"] = browser.next()

    def end() -> None:
        page.elements[1].callRemoteOnly("show", "last")
        resource.stop()

    def run() -> None:
        try:
            browse()
        finally:
            reactor.callFromThread(reactor.stop)

    threading.Thread(target=run, daemon=True).start()
    reactor.run()
    print(json.dumps({"reactor": type(reactor).__name__, **found}))


if __name__ == "__main__":
    main(sys.argv[1])
