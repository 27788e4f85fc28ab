"""Elements for the load generator.

A page has one L{Player}; L{TallPage} has many. Everything is at its defaults, as
C{twistd live-widget} has it, unless C{unpaced.py} serves it.
"""

from __future__ import annotations

import os
from typing import Any

from livewidget import LiveElement, LivePage, Topic, expose

#: How many elements a page has, for C{ELEMENTS} in the environment of the server.
ELEMENTS = "BENCHMARK_ELEMENTS"


class Room:
    """Whom the broadcasts are for."""

    def __init__(self) -> None:
        self.players: dict[Player, None] = {}
        self.topic = Topic()

    def enter(self, player: Player) -> None:
        """One more."""
        self.players[player] = None
        self.topic.add(player)

    def leave(self, player: Player) -> None:
        """One less; the topic knows it already."""
        self.players.pop(player, None)


class Player(LiveElement):
    """One that calls, and that broadcasts are for."""

    template = "player.html"

    def __init__(self, room: Room) -> None:
        self.room = room

    def connectionMade(self) -> None:
        """Take part from now on."""
        self.room.enter(self)

    def connectionLost(self, reason: Any) -> None:
        """Take part no more."""
        self.room.leave(self)

    @expose
    def echo(self, *args: Any) -> list[Any]:
        """Answer with what came."""
        return list(args)

    @expose
    def cast(self, data: str) -> None:
        """Tell all, by a topic."""
        self.room.topic.callRemoteOnly("hear", data)

    @expose
    def castLoop(self, data: str) -> None:
        """Tell all, by the plain loop."""
        for player in self.room.players:
            player.callRemoteOnly("hear", data)

    @expose
    def castCalls(self, data: str) -> None:
        """Tell all by the plain loop of the tutorial; each answers."""
        for player in self.room.players:
            player.callRemote("hear", data)


class TallPage(LivePage):
    """A page with many elements."""

    title = "Players"

    def __init__(self, room: Room, elements: int) -> None:
        for _ in range(elements):
            self.addElement(Player(room))


_room = Room()


def player() -> LiveElement | LivePage:
    """What to run: C{twistd -n live-widget --element=benchmarks.server.player.player}."""
    elements = int(os.environ.get(ELEMENTS, "1"))
    return Player(_room) if elements == 1 else TallPage(_room, elements)
