"""The system calls of a process, counted by strace."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

_T = TypeVar("_T")

_ROW = re.compile(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$", re.MULTILINE)


class NoStrace(Exception):
    """It is not there, or may not look at the process; the text says which."""


def counted(pid: int, file: Path, during: Callable[[], _T]) -> tuple[dict[str, int], _T]:
    """The system calls of a process while something is done, by their names; and what that gave.

    @param file: for strace to write to.
    @raise NoStrace: it does not count.
    """
    if shutil.which("strace") is None:
        raise NoStrace("strace is not installed")
    with subprocess.Popen(
        ["strace", "-f", "-c", "-o", str(file), "-p", str(pid)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        line = process.stderr.readline().strip()
        if not re.search(r" attached\b", line):
            process.kill()
            raise NoStrace(f"strace does not count: {line}")
        try:
            result = during()
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate()
    return parse(file.read_text()), result


def parse(text: str) -> dict[str, int]:
    """How often each was called, out of what C{strace -c} prints."""
    return {name: int(calls) for calls, name in _ROW.findall(text) if name != "total"}
