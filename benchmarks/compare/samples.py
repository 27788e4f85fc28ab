"""What was measured, and what follows from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

#: Shares of a core from which on the generator is the limit, or the server is not.
BUSY, FREE = 0.9, 0.95
#: What others may have of the server's core: interrupts, and a thread of the load generator.
OTHERS = 0.1
#: Of the broadcasts that were wanted, so many must have been made.
KEEPS_UP = 0.95

#: What must not happen to messages.
WRONG = ("lost", "doubled", "disordered")

Sample = dict[str, Any]


class Samples:
    """All samples of a run.

    Rates of two servers are compared by their ratio in the same round, each
    rate scaled to the same speed of the server's core.

    @ivar samples: in the order in which they were taken. Each has C{contestant},
        C{load} and C{round}, and what the load generator says of it.
    """

    def __init__(self, samples: list[Sample] | None = None) -> None:
        self.samples: list[Sample] = [] if samples is None else samples

    def add(self, contestant: str, load: str, round: int, figures: Sample) -> None:
        """One more."""
        self.samples.append({"contestant": contestant, "load": load, "round": round, **figures})

    def save(self, path: Path, **more: Any) -> None:
        """Write them, and what else is known, as JSON."""
        path.write_text(json.dumps({**more, "samples": self.samples}, indent=1))

    def of(self, contestant: str, load: str) -> Iterator[Sample]:
        """Those of a server and a load."""
        for sample in self.samples:
            if (sample["contestant"], sample["load"]) == (contestant, load):
                yield sample

    def figure(self, contestant: str, load: str, name: str) -> float | None:
        """The median of a figure, or L{None}: it was not measured."""
        found = [sample[name] for sample in self.of(contestant, load) if name in sample]
        return median(found) if found else None

    def spread(self, contestant: str, load: str, name: str) -> float:
        """Half of the distance between the largest and the smallest, to the median."""
        found = [sample[name] for sample in self.of(contestant, load) if name in sample]
        middle = median(found) if found else 0
        return (max(found) - min(found)) / 2 / middle if middle else 0.0

    def ratio(self, one: tuple[str, str], other: tuple[str, str], name: str) -> float | None:
        """The median of the ratios in each round; L{None}: no round has both.

        @param one: a contestant and a load.
        @param name: of a figure; C{rate} is scaled.
        """
        ones = {sample["round"]: sample for sample in self.of(*one)}
        others = {sample["round"]: sample for sample in self.of(*other)}
        ratios = []
        for round in ones.keys() & others.keys():
            above, below = (_scaled(side[round], name) for side in (ones, others))
            if above is not None and below:
                ratios.append(above / below)
        return median(ratios) if ratios else None

    def disturbance(self) -> str:
        """What other work there was on the server's core, in a sentence, or nothing."""
        shares = [_othersIn(sample) for sample in self.samples if "core_cpu" in sample]
        disturbed = [share for share in shares if share > OTHERS]
        if not disturbed:
            return ""
        return (
            f"In {len(disturbed)} of {len(shares)} samples others had more than {OTHERS:.0%} of "
            f"the server's core, at the most {max(disturbed):.0%}: "
            "measure again on a quiet machine."
        )

    def remarks(self) -> list[str]:
        """What is to be known of single samples: lost messages, and a generator at its limit."""
        return [
            f"{sample['contestant']}, {sample['load']}, round {sample['round'] + 1}: {text}"
            for sample in self.samples
            for text in _remarksOn(sample)
        ]


def isOverload(sample: Sample) -> bool:
    """Whether the server did not keep up with the broadcasts that were wanted of it."""
    wanted: float = sample.get("wanted", 0)
    casts: float = sample.get("casts_s", 0)
    return bool(wanted) and casts < wanted * KEEPS_UP


def _scaled(sample: Sample, name: str) -> float | None:
    value: float | None = sample.get(name)
    if value is None or name != "rate" or not sample.get("loop_ns"):
        return value
    return value * float(sample["loop_ns"])


def _othersIn(sample: Sample) -> float:
    """The part of the server's core that the server did not have, and somebody else had."""
    return float(sample.get("core_cpu", 0) - sample.get("srv_cpu", 0))


def _remarksOn(sample: Sample) -> Iterator[str]:
    for key in WRONG:
        if sample.get(key):
            late = ", or more than 5 seconds late" if key == "lost" else ""
            yield f"{sample[key]:,} messages {key}{late}"
    if isOverload(sample):
        yield f"overload: {sample['casts_s']:.1f} broadcasts a second of {sample['wanted']:g}"
    busy, server = sample.get("gen_busy", 0), sample.get("srv_cpu", 1)
    if sample.get("wanted") or _othersIn(sample) > OTHERS:
        return
    if busy > BUSY and server < FREE:
        yield f"the generator was the bottleneck: {busy:.0%} of its core, the server {server:.0%}"
    elif server < FREE:
        yield f"the server had {server:.0%} of its core, the generator {busy:.0%}"
