"""Tests of a server's restart while many browsers are connected."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import Server

HERE = Path(__file__).resolve().parent

TABS = 200

#: Seconds that any step may take.
PATIENCE = 60


class Tabs:
    """Hundreds of browsers in a Node process."""

    def __init__(self, url: str) -> None:
        node = shutil.which("node")
        if node is None:
            pytest.fail("These tests need Node.js 20 or newer: install it", pytrace=False)
        # Node has WebSocket without an option since version 22.
        asked = subprocess.run([node, "-p", "typeof WebSocket"], capture_output=True, check=True)
        more = ["--experimental-websocket"] if asked.stdout.strip() == b"undefined" else []
        self._process = subprocess.Popen(
            [node, *more, "--no-warnings", str(HERE / "many.mjs"), url, str(TABS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, *command: Any) -> Any:
        """Have the browsers run a command, and return their answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        watchdog = threading.Timer(PATIENCE, self._process.kill)
        watchdog.start()
        try:
            line = self._process.stdout.readline()
        finally:
            watchdog.cancel()
        assert line, f"not done in {PATIENCE} seconds: {command}"
        return json.loads(line)

    def stop(self) -> None:
        """End the process."""
        try:
            self._process.communicate(timeout=PATIENCE)
        finally:
            self._process.kill()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Return a stack of what to end, the last first."""
    with ExitStack() as made:
        yield made


def start(stack: ExitStack, port: int = 0) -> Server:
    """Start a server."""
    server = Server.site("network", port)
    stack.callback(server.stop)
    server.waitUntilServing()
    return server


def test_twoHundredPagesComeBackOnce(stack: ExitStack) -> None:
    """Each of 200 pages gets a fresh page by itself, once, and works.

    The calls that the first server had not answered fail.
    """
    first = start(stack)
    tabs = Tabs(f"{first.url}websocket/counting")
    stack.callback(tabs.stop)
    tabs.ask("until", "connected", 1)
    tabs.ask("call", "count", 1)
    assert tabs.ask("outcomes", TABS) == {"1": TABS}
    for _ in range(3):
        tabs.ask("call", "never")
    first.kill()
    tabs.ask("until", "offline", 1)
    second = start(stack, first.port)
    tabs.ask("until", "connected", 2)
    assert tabs.ask("outcomes", 3 * TABS) == {"ConnectionLost 4404": 3 * TABS}
    tabs.ask("call", "count", 2)
    assert tabs.ask("outcomes", TABS) == {"2": TABS}
    second.check()
