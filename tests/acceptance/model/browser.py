"""The process that a browser runs in, which gets commands and returns events."""

from __future__ import annotations

import json
import select
import subprocess
from pathlib import Path
from typing import Any

#: Seconds of real time after which the process counts as stuck.
STUCK = 60


class BrowserProcess:
    """The process of C{browser.mjs}, which serves one example after another."""

    def __init__(self) -> None:
        program = Path(__file__).with_name("browser.mjs")
        self._process = subprocess.Popen(
            ["node", str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def tell(self, now: float, commands: list[list[Any]]) -> tuple[list[list[Any]], float | None]:
        """Set the time to C{now}, then run a command.

        @return: the events, and the time of the browser's next timer.
        """
        stdin: Any = self._process.stdin
        stdout: Any = self._process.stdout
        stdin.write(json.dumps({"now": now, "do": commands}).encode() + b"\n")
        stdin.flush()
        assert select.select([stdout], [], [], STUCK)[0], "the browser is stuck"
        line = stdout.readline()
        assert line, "the browser has died"
        answer = json.loads(line)
        return answer["news"], answer["timer"]

    def stop(self) -> None:
        """End the process."""
        stdin: Any = self._process.stdin
        stdout: Any = self._process.stdout
        stdin.close()
        stdout.close()
        self._process.wait()
