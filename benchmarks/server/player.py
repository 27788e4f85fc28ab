"""Elements for the load generator.

A page has one L{Player}; a L{TallPage} has many. All settings have their defaults, as in
C{twistd live-widget}, except in C{unpaced.py}.
"""

from __future__ import annotations

import os
from typing import Any

from livewidget import LiveElement, LivePage, Topic, expose

#: The environment variable with the number of elements on a page.
ELEMENTS = "BENCHMARK_ELEMENTS"


class Room:
    """The receivers of broadcasts."""

    def __init__(self) -> None:
        self.players: dict[Player, None] = {}
        self.topic = Topic()

    def enter(self, player: Player) -> None:
        """Add a player."""
        self.players[player] = None
        self.topic.add(player)

    def leave(self, player: Player) -> None:
        """Remove a player, whom the topic has removed already."""
        self.players.pop(player, None)


class Player(LiveElement):
    """An element that calls the server and receives broadcasts."""

    template = "player.html"

    def __init__(self, room: Room) -> None:
        self.room = room

    def connectionMade(self) -> None:
        """Enter the room."""
        self.room.enter(self)

    def connectionLost(self, reason: Any) -> None:
        """Leave the room."""
        self.room.leave(self)

    @expose
    def echo(self, *args: Any) -> list[Any]:
        """Return the arguments."""
        return list(args)

    @expose
    def cast(self, data: str) -> None:
        """Send data to all players by a topic."""
        self.room.topic.callRemoteOnly("hear", data)

    @expose
    def castLoop(self, data: str) -> None:
        """Send data to all players in a loop."""
        for player in self.room.players:
            player.callRemoteOnly("hear", data)

    @expose
    def castCalls(self, data: str) -> None:
        """Send data to all players in a loop, with an answer from each."""
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
    """Return a new element or page.

    C{twistd -n live-widget --element=benchmarks.server.player.player}
    """
    elements = int(os.environ.get(ELEMENTS, "1"))
    return Player(_room) if elements == 1 else TallPage(_room, elements)
