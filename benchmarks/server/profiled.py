"""The server that is profiled: livewidget at its defaults, with measurement windows.

C{python -m benchmarks.server.profiled PORT FILE}; see L{Windows}.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from benchmarks.profile.window import Windows
from benchmarks.server.player import Player, Room
from livewidget import LiveResource, LiveSite, expose


class CountedRoom(Room):
    """A room that counts the calls of its players."""

    asked = 0


class CountedPlayer(Player):
    """A player that counts its calls."""

    room: CountedRoom

    @expose
    def echo(self, *args: Any) -> list[Any]:
        """Count the call, and return the arguments."""
        self.room.asked += 1
        return list(args)

    @expose
    def cast(self, data: str) -> None:
        """Count the call, and send data to all players by a topic."""
        self.room.asked += 1
        self.room.topic.callRemoteOnly("hear", data)


def main() -> None:
    """Serve at the port of the command line."""
    from twisted.internet import reactor

    loop: Any = reactor
    room = CountedRoom()
    Windows(Path(sys.argv[2]), lambda: room.asked).listen()
    site = LiveSite(LiveResource(lambda: CountedPlayer(room)), logsRequests=False)
    loop.listenTCP(int(sys.argv[1]), site, backlog=1024, interface="127.0.0.1")
    loop.run()


if __name__ == "__main__":
    main()
