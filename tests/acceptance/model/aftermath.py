"""The end of an example: the network heals, everything arrives, and the page ends."""

from __future__ import annotations

from tests.acceptance.model.pipes import Fate
from tests.acceptance.model.world import World

#: Seconds until a page has recovered after its network: a dead connection is noticed after 45.
HEALS_WITHIN = 75
#: Seconds until both ends have seen that a connection is dead.
DEAD_WITHIN = 50
#: Seconds until a call on a working network has arrived and is answered.
SAID_WITHIN = 10
#: Seconds until the browser knows that its call has arrived.
ACKNOWLEDGED_WITHIN = 3
#: The largest number of requests in 20 idle seconds.
MOST_IN_PEACE = 50
#: Seconds until a page that was left ends, even if the leave request arrives late.
LEFT_WITHIN = 7
#: The same for a page whose browser has vanished.
GONE_WITHIN = 45 + 60 + 1
#: Seconds until nothing is left of a page that has ended.
CLEAN_WITHIN = 100

#: How the last page ends: the application closes it, the browser leaves it, leaves it while a
#: connection opens, or vanishes.
ENDINGS = ("closed", "left", "left in haste", "gone")


class Aftermath:
    """The end of an example.

    @param calm: the fate of connections on a working network: possibly slow, but sound.
    """

    def __init__(self, world: World, calm: Fate) -> None:
        self._world = world
        self._network = world.network
        self._calm = calm

    def heal(self) -> None:
        """Check that everything that was sent arrives, and that nothing more is sent."""
        world, network = self._world, self._network
        network.heal(self._calm)
        network.browser(["crowd", False])
        world.comeBack()
        isWell = world.passTime(HEALS_WITHIN + self._backlog(), self._isWell)
        assert isWell, "the network is well, and the page is not"
        # A dead connection may stay in use until one end has something to send.
        world.passTime(DEAD_WITHIN, lambda: not any(one.dead for one in network.alive))
        requests = network.requests
        world.passTime(20)
        assert network.requests - requests <= MOST_IN_PEACE, "a storm of requests"
        # A page that was left may have ended meanwhile; then the browser loads the next one.
        assert world.passTime(SAID_WITHIN, self._isWell), "the page did not stay well"

    def talk(self) -> None:
        """Check that messages sent now arrive."""
        world = self._world
        for _ in range(8):
            world.conversation.peer.make("now", True, 40)
        self._network.browser(["call", 8, "now", True, 40])
        wasSaid = world.passTime(SAID_WITHIN + self._backlog(), self._isWell)
        assert wasSaid, "the network is well, and what is said does not come"
        world.passTime(ACKNOWLEDGED_WITHIN)

    def end(self, how: str) -> None:
        """End the page, and check that nothing is left of it or of the pages before it."""
        page = self._world.conversation
        if how == "closed":
            self._close()
        elif how == "gone":
            self._vanish()
        else:
            self._leave(inHaste=how != "left")
        assert page.server.over, "the page lives on"
        self._world.passTime(CLEAN_WITHIN)
        for ended in self._world.all if how == "closed" else self._world.all[:-1]:
            ended.checkEnd()
        self._checkClean(gone=how == "gone")

    def _close(self) -> None:
        page = self._world.conversation
        page.wasClosed = True
        page.page.close("as it was told")
        self._world.passTime(SAID_WITHIN)
        assert page.browser.over, "the browser does not know"

    def _leave(self, inHaste: bool) -> None:
        network = self._network
        if inHaste:
            network.fates.append(Fate(up=1.5))
            network.browser(["window", "reconnect"])
            self._world.passTime(1.05)
        network.browser(["window", "leave"])
        assert inHaste or network.leaves[-1].messages == [], "the browser keeps what has come"
        self._world.passTime(LEFT_WITHIN)

    def _vanish(self) -> None:
        self._network.vanish()
        self._world.passTime(GONE_WITHIN)

    def _checkClean(self, gone: bool) -> None:
        network = self._network
        assert not network.timed, "the browser has timers after the end"
        # A browser waits for the answer to its leave request, up to a limit.
        dead = [one for one in network.alive if gone or b'"leave":true' in one.browser.opening]
        left = [str(one) for one in network.alive if one not in dead or not one.server.lost]
        assert not left, f"connections are open after the end: {left}"
        network.stop()
        assert self._world.clock.getDelayedCalls() == []

    def _backlog(self) -> float:
        """Return the seconds that the server needs for the calls that wait."""
        page = self._world.conversation
        return (len(page.browser.made) - page.server.heard) / page.settings.callsPerSecond

    def _isWell(self) -> bool:
        """Return whether the page is alive and everything has arrived, or the next page exists."""
        world = self._world
        world.renew()
        world.release()
        page = world.conversation
        return not page.server.over and page.settled
