"""Measure a server during windows of time that signals open and close."""

from __future__ import annotations

import cProfile
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.profile.functions import Function, functionsOf

#: The signals that open and close a window, without and with a profiler.
PLAIN, PROFILED = signal.SIGUSR1, signal.SIGUSR2


@dataclass(frozen=True)
class Seen:
    """The measurements of a window.

    @ivar asked: the number of calls of the application.
    @ivar user: seconds of processor time in user mode.
    @ivar system: seconds of processor time in the kernel.
    @ivar functions: the functions, if there was a profiler.
    """

    asked: int
    user: float
    system: float
    functions: list[Function] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Return the processor time in seconds."""
        return self.user + self.system


class Windows:
    """Opens and closes windows at signals, in the process that is measured.

    @param file: the file to which measurements are written, as JSON, at the end of a window.
    @param asked: returns the number of calls of the application so far.
    """

    def __init__(self, file: Path, asked: Callable[[], int]) -> None:
        self._file = file
        self._asked = asked
        self._profiler: cProfile.Profile | None = None
        self._begun: Seen | None = None

    def listen(self) -> None:
        """Handle the signals from now on."""
        signal.signal(PLAIN, lambda *_: self.turn(profiled=False))
        signal.signal(PROFILED, lambda *_: self.turn(profiled=True))

    def turn(self, profiled: bool) -> None:
        """Open a window, or close the open one."""
        if self._begun is None:
            self._begun = self._now()
            if profiled:
                self._profiler = cProfile.Profile(time.process_time)
                self._profiler.enable()
            return
        profiler, self._profiler = self._profiler, None
        if profiler is not None:
            profiler.disable()
        begun, self._begun = self._begun, None
        now = self._now()
        functions = [] if profiler is None else functionsOf(profiler.getstats(), _modules())
        seen = Seen(
            now.asked - begun.asked, now.user - begun.user, now.system - begun.system, functions
        )
        # Renamed, so that no reader sees an incomplete file.
        written = self._file.with_suffix(".part")
        written.write_text(json.dumps(asdict(seen)))
        os.replace(written, self._file)

    def _now(self) -> Seen:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return Seen(self._asked(), used.ru_utime, used.ru_stime)


def read(file: Path) -> Seen:
    """Return the measurements in a file."""
    seen = json.loads(file.read_text())
    functions = [Function(**function) for function in seen.pop("functions")]
    return Seen(**seen, functions=functions)


def _modules() -> dict[str, str]:
    found = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file:
            spec = getattr(module, "__spec__", None)
            found[file] = name if spec is None else spec.name
    return found
