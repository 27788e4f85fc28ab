"""The servers that are compared, and their commands."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.compare.machine import SERVER_CORE
from benchmarks.serving import BUILD, ROOT, Server, serving

PEERS = ROOT / "benchmarks" / "peers"
PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
#: The load generator's names of livewidget's transports.
OUR_PROTOCOLS = ("websocket", "stream", "poll")
#: The placeholder for the port in a command.
PORT = "PORT"

_TWISTD = (
    str(Path(sys.executable).with_name("twistd")),
    *("-n", "--pidfile=", "live-widget", "--element=benchmarks.server.player.player"),
    f"--listen=tcp:{PORT}:interface=127.0.0.1:backlog=1024",
)
#: livewidget without a limit of calls per second; see C{benchmarks/README.md}.
UNPACED = (sys.executable, "-m", "benchmarks.server.unpaced", PORT)


@dataclass(frozen=True)
class Contestant:
    """A server, used in a particular way.

    @ivar name: its short name in the results.
    @ivar title: its title in tables.
    @ivar command: the command that starts it; one of the words contains L{PORT}.
    @ivar protocol: the protocol of the load generator.
    @ivar method: the method of livewidget that broadcasts.
    @ivar environment: additional variables of the server's environment.
    """

    name: str
    title: str
    command: tuple[str, ...]
    protocol: str = "raw"
    method: str = "cast"
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def isOurs(self) -> bool:
        """Return whether this is livewidget."""
        return self.protocol in OUR_PROTOCOLS

    def commandAt(self, port: int) -> list[str]:
        """Return the command for a port."""
        return [word.replace(PORT, str(port)) for word in self.command]

    def serving(self) -> AbstractContextManager[Server]:
        """Run the server on its core until the end of the C{with} statement."""
        modules = {"NODE_PATH": str(BUILD / "node" / "node_modules")}
        return serving(self.name, self.commandAt, {**modules, **self.environment}, SERVER_CORE)


def _python(file: str) -> tuple[str, ...]:
    return (str(PEERS_PYTHON), str(PEERS / file), PORT)


def _node(file: str) -> tuple[str, ...]:
    return ("node", str(PEERS / file), PORT)


def _kernel(how: str) -> tuple[str, ...]:
    return (str(BUILD / "kernelmax"), PORT, how)


_ALL = [
    Contestant("livewidget", "**livewidget**", _TWISTD, "websocket"),
    Contestant("stream", "**livewidget**, event stream", _TWISTD, "stream"),
    Contestant("poll", "**livewidget**, long-poll", _TWISTD, "poll"),
    Contestant(
        "loop", "**livewidget**, loop of `callRemoteOnly`", _TWISTD, "websocket", "castLoop"
    ),
    Contestant(
        "answers", "**livewidget**, loop of `callRemote`", _TWISTD, "websocket", "castCalls"
    ),
    Contestant("kernel-direct", "C, one send each", _kernel("direct")),
    Contestant("kernel-batch", "C, frames gathered", _kernel("batch")),
    Contestant("autobahn", "Autobahn on Twisted", _python("autobahn_server.py")),
    Contestant("node-ws", "Node, ws", _node("ws_server.js")),
    Contestant("node-socketio", "Node, socket.io", _node("socketio_server.js"), "socketio"),
    Contestant("python-socketio", "python-socketio", _python("socketio_server.py"), "socketio"),
    Contestant(
        "python-socketio-polling",
        "python-socketio, polling",
        _python("socketio_server.py"),
        "enginepoll",
    ),
    Contestant("nicegui", "NiceGUI", _python("nicegui_server.py"), "nicegui"),
]

#: The servers by name, in the order of tables.
CONTESTANTS = {contestant.name: contestant for contestant in _ALL}
