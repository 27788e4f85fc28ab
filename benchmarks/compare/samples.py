"""Samples, and the figures that follow from them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

#: The share of a core above which the generator is busy, and below which the server is free.
BUSY, FREE = 0.9, 0.95
#: The share of the server's core that others may have, such as interrupts.
OTHERS = 0.1
#: The share of the requested broadcasts that must have been made.
KEEPS_UP = 0.95

#: Faults that must not happen to messages.
WRONG = ("lost", "doubled", "disordered")

Sample = dict[str, Any]


class Samples:
    """All samples of a run.

    Rates of two servers are compared by their ratio in the same round, each rate scaled
    to the same speed of the server's core.

    @ivar samples: the samples, in the order in which they were taken. Each has
        C{contestant}, C{load}, C{round}, and the load generator's figures.
    """

    def __init__(self, samples: list[Sample] | None = None) -> None:
        self.samples: list[Sample] = [] if samples is None else samples

    def add(self, contestant: str, load: str, round: int, figures: Sample) -> None:
        """Add a sample."""
        self.samples.append({"contestant": contestant, "load": load, "round": round, **figures})

    def save(self, path: Path, **more: Any) -> None:
        """Write the samples, and more values, as JSON."""
        path.write_text(json.dumps({**more, "samples": self.samples}, indent=1))

    def of(self, contestant: str, load: str) -> Iterator[Sample]:
        """Yield the samples of a server and a load."""
        for sample in self.samples:
            if (sample["contestant"], sample["load"]) == (contestant, load):
                yield sample

    def figure(self, contestant: str, load: str, name: str) -> float | None:
        """Return the median of a figure, or L{None} if it was not measured."""
        found = [sample[name] for sample in self.of(contestant, load) if name in sample]
        return median(found) if found else None

    def spread(self, contestant: str, load: str, name: str) -> float:
        """Return half of the range of a figure, relative to its median."""
        found = [sample[name] for sample in self.of(contestant, load) if name in sample]
        middle = median(found) if found else 0
        return (max(found) - min(found)) / 2 / middle if middle else 0.0

    def ratio(self, one: tuple[str, str], other: tuple[str, str], name: str) -> float | None:
        """Return the median of the ratios in each round, or L{None} if no round has both.

        @param one: a server and a load.
        @param name: the name of a figure; C{rate} is scaled.
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
        """Return a sentence about other work on the server's core, or an empty text."""
        shares = [_othersIn(sample) for sample in self.samples if "core_cpu" in sample]
        disturbed = [share for share in shares if share > OTHERS]
        if not disturbed:
            return ""
        return (
            f"In {len(disturbed)} of {len(shares)} samples other processes used more than "
            f"{OTHERS:.0%} of the server's core, up to {max(disturbed):.0%}: "
            "measure again on a quiet machine."
        )

    def remarks(self) -> list[str]:
        """Return remarks on samples, such as lost messages or a generator at its limit."""
        return [
            f"{sample['contestant']}, {sample['load']}, round {sample['round'] + 1}: {text}"
            for sample in self.samples
            for text in _remarksOn(sample)
        ]


def isOverload(sample: Sample) -> bool:
    """Return whether the server made fewer broadcasts than were requested."""
    wanted: float = sample.get("wanted", 0)
    casts: float = sample.get("casts_s", 0)
    return bool(wanted) and casts < wanted * KEEPS_UP


def _scaled(sample: Sample, name: str) -> float | None:
    value: float | None = sample.get(name)
    if value is None or name != "rate" or not sample.get("loop_ns"):
        return value
    return value * float(sample["loop_ns"])


def _othersIn(sample: Sample) -> float:
    """Return the share of the server's core that other processes used."""
    return float(sample.get("core_cpu", 0) - sample.get("srv_cpu", 0))


def _remarksOn(sample: Sample) -> Iterator[str]:
    for key in WRONG:
        if sample.get(key):
            late = ", or more than 5 seconds late" if key == "lost" else ""
            yield f"{sample[key]:,} messages {key}{late}"
    if isOverload(sample):
        yield f"overload: {sample['casts_s']:.1f} broadcasts per second of {sample['wanted']:g}"
    busy, server = sample.get("gen_busy", 0), sample.get("srv_cpu", 1)
    if sample.get("wanted") or _othersIn(sample) > OTHERS:
        return
    if busy > BUSY and server < FREE:
        yield f"the generator was the bottleneck: {busy:.0%} of its core, the server {server:.0%}"
    elif server < FREE:
        yield f"the server had {server:.0%} of its core, the generator {busy:.0%}"
