"""Count the system calls of a process with strace."""

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
    """strace is not installed, or may not trace the process; the text says which."""


def counted(pid: int, file: Path, during: Callable[[], _T]) -> tuple[dict[str, int], _T]:
    """Count the system calls of a process while a function runs.

    @param file: the file for strace to write to.
    @return: the numbers of system calls by name, and the function's result.
    @raise NoStrace: strace does not work.
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
    """Return the numbers of system calls in the output of C{strace -c}."""
    return {name: int(calls) for calls, name in _ROW.findall(text) if name != "total"}
