"""Random faults of connections, reproducible by their seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Generic, Literal, TypeVar

#: The faults of a connection: both sides see a reset; only the browser does; all bytes are dropped
#: and neither side is told; or nothing passes for a moment.
Fate = Literal["cut", "cutBrowser", "vanish", "stall"]
#: The faults of a WebSocket: none, cut, never answered, cut early, or one chosen at random.
Upgrade = Literal["pass", "cut", "swallow", "die", "chance"]

# Silence takes two seconds to notice, so it is rare.
FATES: Sequence[Fate] = ("cut",) * 8 + ("cutBrowser",) * 7 + ("stall",) * 4 + ("vanish",)
UPGRADES: Sequence[Upgrade] = ("pass", "pass", "cut", "die", "swallow")

Card = TypeVar("Card", bound=str)


class Pack(Generic[Card]):
    """A deck that is dealt repeatedly: one card of each kind first, then all cards in each round.

    @ivar dealt: the cards dealt so far.
    """

    def __init__(self, cards: Sequence[Card], random: random.Random) -> None:
        self._cards = cards
        self._random = random
        self._left = self._shuffled(sorted(set(cards)))
        self.dealt: list[Card] = []

    def deal(self) -> Card:
        """Return the next card."""
        if not self._left:
            self._left = self._shuffled(self._cards)
        self.dealt.append(self._left.pop())
        return self.dealt[-1]

    def _shuffled(self, cards: Sequence[Card]) -> list[Card]:
        return self._random.sample(cards, len(cards))


class Chaos:
    """The faults of the connections of a network."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.fates: Pack[Fate] = Pack(FATES, self._random)
        self.upgrades: Pack[Upgrade] = Pack(UPGRADES, self._random)

    def budget(self) -> int:
        """Return the number of bytes that a connection passes before a fault."""
        # A handshake takes about 700 bytes, so that some are cut within it.
        return self._random.randrange(500, 3000)

    def pause(self) -> float:
        """Return the number of seconds in which nothing passes."""
        return self._random.uniform(0.05, 0.5)
