"""Find the versions of the servers, and of the software that runs them."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from benchmarks.compare.contestants import PEERS_PYTHON
from benchmarks.serving import BUILD

_OURS = ("livewidget", "Twisted", "autobahn", "msgspec")
_PYTHON_PEERS = (
    *("Twisted", "autobahn", "python-socketio", "python-engineio"),
    *("uvicorn", "uvloop", "nicegui"),
)
_NODE_PEERS = ("socket.io", "engine.io", "ws")
_ASK = (
    "import sys\nfrom importlib.metadata import version\n"
    "print(*(version(name) for name in sys.argv[1:]), sep='\\n')"
)


def versions() -> dict[str, str]:
    """Return versions by name, without software that is not installed."""
    found = {"Python": platform.python_version(), "Linux": platform.release()}
    found["cores"] = str(os.cpu_count())
    found |= {name: version(name) for name in _OURS}
    found |= _output("Node", ["node", "--version"])
    found |= _output("gcc", ["gcc", "-dumpfullversion"])
    peers = _output("peers", [str(PEERS_PYTHON), "-c", _ASK, *_PYTHON_PEERS]).get("peers", "")
    for name, number in zip(_PYTHON_PEERS, peers.split(), strict=False):
        found[f"{name} of the peers" if name in _OURS else name] = number
    for name in _NODE_PEERS:
        package = BUILD / "node" / "node_modules" / name / "package.json"
        if package.exists():
            found[name] = json.loads(package.read_text())["version"]
    return found


def _output(name: str, command: list[str]) -> dict[str, str]:
    if not Path(command[0]).exists() and "/" in command[0]:
        return {}
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return {}
    return {name: done.stdout.strip()}
