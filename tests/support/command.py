"""What the tests of the command share: a user's project, its processes, doubles of listening."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.testing import MemoryReactorClock
from twisted.web.resource import Resource

import livewidget
from livewidget.command.error import Mistake
from livewidget.command.options import Options
from livewidget.command.service import LiveService

ROOT = Path(next(iter(livewidget.__path__))).parent
TWISTD = Path(sys.executable).with_name("twistd")

ELEMENT = "from livewidget.elements.element import LiveElement\n"
CLASS = ELEMENT + "class Chatter(LiveElement):\n    pass\n"


def parse(*arguments: str) -> Options:
    """Options with an element and these arguments."""
    options = Options()
    options.parseOptions(["--element=chat.Chatter", *arguments])
    return options


def lineOf(function: Callable[..., object], *arguments: Any) -> str:
    """The line of the mistake that a call ends with; it must be one line."""
    with pytest.raises(Mistake) as caught:
        function(*arguments)
    line = str(caught.value.code)
    assert line.startswith("live-widget: ")
    assert len(line.splitlines()) == 1
    return line


class Project:
    """A user's project in a folder of its own, which is the working directory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[Running] = []

    def write(self, name: str, text: str = "") -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def start(self, *arguments: str, program: tuple[str, ...] = (str(TWISTD), "-n")) -> Running:
        return self.run(*program, "live-widget", *arguments)

    def run(self, *command: str) -> Running:
        self.started.append(Running(list(command), self.folder))
        return self.started[-1]


class Running:
    """A server process; killed if it is still there after a minute."""

    def __init__(self, command: list[str], folder: Path) -> None:
        # A job in the background of a shell ignores Ctrl-C, and so would its children.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        signal.signal(signal.SIGINT, before)
        self.watchdog = Timer(60, self.process.kill)
        self.watchdog.start()

    def readUntil(self, part: str) -> str:
        """The first line of the log that has this part."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if part in line:
                return line.rstrip()
        pytest.fail(f"ended without {part!r}: {self.process.communicate()[1]}")

    def kill(self) -> None:
        """Leave nothing behind, also when a test has failed halfway."""
        self.watchdog.cancel()
        with self.process:
            self.process.kill()

    def end(self) -> tuple[int, str, str]:
        """Wait for the end: the code, the rest of the log, stderr."""
        out, err = self.process.communicate()
        self.watchdog.cancel()
        return self.process.returncode, out, err


class Pages(Resource):
    """In place of a LiveResource: records when it is stopped."""

    def __init__(self, events: list[str]) -> None:
        super().__init__()
        self.events = events

    def stop(self) -> None:
        self.events.append("pages ended")


class Port:
    """In place of a listening port."""

    def __init__(self, events: list[str], address: IAddress) -> None:
        self.events = events
        self.address = address
        self.closed: Deferred[None] = Deferred()

    def getHost(self) -> IAddress:
        return self.address

    def stopListening(self) -> Deferred[None]:
        self.events.append("port closes")
        return self.closed


class Endpoint:
    """In place of an endpoint: each listen() waits for the test."""

    def __init__(self) -> None:
        self.listens: list[Deferred[Any]] = []

    def listen(self, site: Any) -> Deferred[Any]:
        self.listens.append(Deferred())
        return self.listens[-1]


class Failing:
    """In place of an endpoint: fails at once."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def listen(self, site: Any) -> Deferred[Any]:
        answer: Deferred[Any] = Deferred()
        answer.errback(self.error)
        return answer


def makeService(endpoint: Any, *arguments: str, reactor: Any = None) -> LiveService:
    """A service over doubles."""
    reactor = reactor or MemoryReactorClock()
    return LiveService(Pages([]), endpoint, parse(*arguments), reactor)  # type: ignore[arg-type]
