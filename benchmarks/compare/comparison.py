"""Carry out a plan."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.compare.contestants import CONTESTANTS
from benchmarks.compare.generator import holding, measure
from benchmarks.compare.growth import Growth, growingElements, growingPages, growingReceivers
from benchmarks.compare.plan import Plan, Run
from benchmarks.compare.samples import WRONG, Samples
from benchmarks.micro import render, size
from benchmarks.serving import Trouble

#: Idle clients that are connected before memory is measured.
FIRST = 50
#: Seconds of rest before memory is measured.
REST = 1.0

_RENDER_ROUNDS = 3


class Comparison:
    """Measures the servers of a plan, and prints its progress on stderr.

    @ivar samples: the measurements.
    @ivar growths: the growth of costs.
    @ivar troubles: sentences about what failed.
    @ivar seconds: how long all of it took.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.samples = Samples()
        self.growths: list[Growth] = []
        self.troubles: list[str] = []
        self.seconds = 0.0

    def run(self) -> None:
        """Carry out the plan. Servers take turns, since the machine's speed changes."""
        begun = time.monotonic()
        plan = self._plan
        for round in range(plan.rounds):
            for run in plan.runs:
                if round < run.rounds:
                    self._try(f"round {round + 1}: {run.contestant}", self._measure, run, round)
        for name, number in plan.idle.items():
            self._try(f"idle: {name}", self._idle, name, number)
        self._try("render", self._render)
        self._grow()
        self.seconds = time.monotonic() - begun

    def _try(self, what: str, work: Callable[..., str], *args: Any) -> None:
        begun = time.monotonic()
        try:
            said = work(*args)
        except Exception as error:
            # Earlier measurements are kept.
            name = "" if isinstance(error, Trouble) else f"{type(error).__name__}: "
            self.troubles.append(f"{what}: {name}{error}")
            said = f"FAILED: {name}{error}"
        print(f"{what}: {said} ({time.monotonic() - begun:.1f} s)", file=sys.stderr, flush=True)

    def _measure(self, run: Run, round: int) -> str:
        contestant = CONTESTANTS[run.contestant]
        phases = [self._plan.phases[load] for load in run.loads]
        with contestant.serving() as server:
            found = measure(contestant, server, run.clients, phases)
        for load, figures in zip(run.loads, found, strict=True):
            self.samples.add(run.contestant, load, round, figures)
            wrong = {name: figures[name] for name in WRONG if figures.get(name)}
            if wrong and contestant.isOurs:
                raise Trouble(f"{load}: messages {wrong}")
        rates = [f"{figures['rate']:,.0f}/s" for figures in found]
        return ", ".join(f"{load} {rate}" for load, rate in zip(run.loads, rates, strict=True))

    def _idle(self, name: str, number: int) -> str:
        contestant = CONTESTANTS[name]
        memory = []
        with (
            contestant.serving() as server,
            holding(contestant, server, [FIRST, FIRST + number]) as steps,
        ):
            for _ in steps:
                time.sleep(REST)
                memory.append(server.memory())
        before, after = memory
        kib = (after - before) / number
        self.samples.add(name, "idle", 0, {"kib": kib, "clients": number})
        return f"{kib:.1f} KiB a client"

    def _render(self) -> str:
        ours, floor, ratio = render.measure(_RENDER_ROUNDS, self._plan.renderSeconds)
        gzipped = sum(after for _, after in size.sizes().values())
        figures = {"rate": ours, "floor": floor, "ratio": ratio, "gzipped": gzipped}
        self.samples.add("livewidget", "render", 0, figures)
        return f"{ours:,.0f}/s"

    def _grow(self) -> None:
        plan = self._plan

        def receivers() -> str:
            return self._keep([growingReceivers(plan.receivers)])

        def pages() -> str:
            return self._keep([growingPages(plan.pages)])

        def elements() -> str:
            return self._keep(list(growingElements(plan.elements, plan.renderSeconds / 2)))

        for numbers, work in (
            (plan.receivers, receivers),
            (plan.pages, pages),
            (plan.elements, elements),
        ):
            if numbers:
                self._try(f"growth: {work.__name__}", work)

    def _keep(self, growths: list[Growth]) -> str:
        self.growths += growths
        return ", ".join(growth.name for growth in growths)
