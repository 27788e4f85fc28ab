"""Rounds of many lives at a time, after which nothing may be left."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

from tests.acceptance.hostile.besieged import LOOKS, STEADY, WINDOW, Besieged
from tests.acceptance.soak.lives import GONE, LIVES, World, live, refusal
from tests.acceptance.soak.tally import Tally

#: How many lives run at a time.
TOGETHER = 30


class Soak:
    """A server, and round after round of its users.

    @ivar rounds: the vitals after each round.
    """

    def __init__(self, siege: Besieged, seed: int) -> None:
        self._siege = siege
        self._chance = Random(seed)
        self.tally = Tally()
        self.start = self._atRest()
        self.rounds: list[dict[str, Any]] = []

    def round(self, seconds: float) -> None:
        """Run many lives for some seconds, and check that nothing is left."""
        world = World(self._siege, self.tally, time.monotonic() + seconds)
        with ThreadPoolExecutor(TOGETHER) as pool:
            for _ in range(TOGETHER):
                pool.submit(self._liveOn, world, Random(self._chance.random()))
        self._siege.isWell()
        # A poller that has vanished is noticed first, and then waited for.
        self._siege.advance(WINDOW)
        self._siege.advance(WINDOW)
        self._comeLate(world)
        self._siege.forget()
        # The vanished connections stay open here: the server has to drop them itself.
        self._expectNothing("of those who said nothing")
        self._siege.closeAll()
        self.rounds.append(self._expectNothing("of all"))

    def _liveOn(self, world: World, chance: Random) -> None:
        while not world.over:
            [life] = chance.choices(list(LIVES), list(LIVES.values()))
            live(world, life, chance)

    def _comeLate(self, world: World) -> None:
        for browser in world.late:
            code = refusal(browser)
            self.tally.count("closed with", f"{code}, too late")
            if code != GONE:
                self.tally.problem(f"one that came too late was told {code}")

    def _expectNothing(self, whose: str) -> dict[str, Any]:
        now = self._atRest(self.start)
        for name in STEADY:
            if now[name] != self.start[name]:
                self.tally.problem(
                    f"{name} {whose} are left: {now[name]}, and not {self.start[name]}"
                )
        return now

    def _atRest(self, wanted: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the vitals when they are as wanted, or when waiting does not help."""
        for _ in range(LOOKS):
            now = self._siege.vitals()
            if wanted is None or all(now[name] == wanted[name] for name in STEADY):
                break
        return now
