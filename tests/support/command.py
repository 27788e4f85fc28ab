"""Helpers of the tests of the command: a project, its processes, doubles of endpoints."""

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
from livewidget.command.error import CommandError
from livewidget.command.options import Options
from livewidget.command.service import LiveService

ROOT = Path(next(iter(livewidget.__path__))).parent
TWISTD = Path(sys.executable).with_name("twistd")

ELEMENT = "from livewidget.elements.element import LiveElement\n"
CLASS = ELEMENT + "class Chatter(LiveElement):\n    pass\n"


def parse(*arguments: str) -> Options:
    """Return the options for an element and these arguments."""
    options = Options()
    options.parseOptions(["--element=chat.Chatter", *arguments])
    return options


def lineOf(function: Callable[..., object], *arguments: Any) -> str:
    """Return the line of the L{CommandError} that a call raises; it must be one line."""
    with pytest.raises(CommandError) as caught:
        function(*arguments)
    line = str(caught.value.code)
    assert line.startswith("live-widget: ")
    assert len(line.splitlines()) == 1
    return line


class Project:
    """A project in a folder of its own, which is the working directory."""

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
    """A server process, killed if it still runs after a minute."""

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
        """Return the next line of the log that contains a text."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if part in line:
                return line.rstrip()
        pytest.fail(f"ended without {part!r}: {self.process.communicate()[1]}")

    def kill(self) -> None:
        """Kill the process, so that a failed test leaves none behind."""
        self.watchdog.cancel()
        with self.process:
            self.process.kill()

    def end(self) -> tuple[int, str, str]:
        """Wait for the end. Return the exit code, the rest of the log, and stderr."""
        out, err = self.process.communicate()
        self.watchdog.cancel()
        return self.process.returncode, out, err


class Pages(Resource):
    """A double of LiveResource that records when it is stopped."""

    def __init__(self, events: list[str]) -> None:
        super().__init__()
        self.events = events

    def stop(self) -> None:
        self.events.append("pages ended")


class Port:
    """A double of a listening port."""

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
    """A double of an endpoint whose listen() waits for the test."""

    def __init__(self) -> None:
        self.listens: list[Deferred[Any]] = []

    def listen(self, site: Any) -> Deferred[Any]:
        self.listens.append(Deferred())
        return self.listens[-1]


class Failing:
    """A double of an endpoint that fails immediately."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def listen(self, site: Any) -> Deferred[Any]:
        answer: Deferred[Any] = Deferred()
        answer.errback(self.error)
        return answer


def makeService(endpoint: Any, *arguments: str, reactor: Any = None) -> LiveService:
    """Return a service over doubles."""
    reactor = reactor or MemoryReactorClock()
    return LiveService(Pages([]), endpoint, parse(*arguments), reactor)  # type: ignore[arg-type]
