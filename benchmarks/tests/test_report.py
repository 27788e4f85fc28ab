"""Tests of the evaluation of samples, not of any speed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.compare.contestants import CONTESTANTS, PORT
from benchmarks.compare.generator import parse
from benchmarks.compare.growth import Growth, millisecondsOf
from benchmarks.compare.plan import FULL, QUICK, Plan
from benchmarks.compare.plots import plots
from benchmarks.compare.report import report, table
from benchmarks.compare.samples import Sample, Samples, isOverload
from benchmarks.compare.targets import TARGETS, Target
from benchmarks.serving import Trouble

ROOT = Path(__file__).resolve().parents[2]
OURS, OTHER = ("livewidget", "calls"), ("node-ws", "calls")


def calls(*rates: tuple[float, float, float, float]) -> Samples:
    """Return samples of both sides, with the rates and loop times of each round."""
    samples = Samples()
    for round, (ours, ourLoop, other, otherLoop) in enumerate(rates):
        samples.add(*OURS, round, {"rate": ours, "loop_ns": ourLoop})
        samples.add(*OTHER, round, {"rate": other, "loop_ns": otherLoop})
    return samples


def test_figureIsTheMedianWithHalfOfTheRange() -> None:
    """A figure is the median of the rounds, and its spread is half of the range."""
    samples = calls((100, 1, 1, 1), (120, 1, 1, 1), (90, 1, 1, 1))
    assert samples.figure(*OURS, "rate") == 100
    assert samples.spread(*OURS, "rate") == pytest.approx(0.15)
    assert samples.figure("livewidget", "saturated", "rate") is None
    assert samples.spread("livewidget", "saturated", "rate") == 0


def test_ratioIsTakenRoundByRound() -> None:
    """Ratios are taken round by round, and not of the medians."""
    samples = calls((10, 1, 1, 1), (50, 1, 25, 1), (40, 1, 10, 1))
    assert samples.ratio(OURS, OTHER, "rate") == 4
    samples.add(*OURS, 3, {"rate": 1_000_000})
    assert samples.ratio(OURS, OTHER, "rate") == 4
    assert samples.ratio(OURS, ("nicegui", "calls"), "rate") is None


def test_rateIsScaledByTheCoresSpeed() -> None:
    """A rate on a core of half the speed counts twice. A latency is not scaled."""
    samples = calls((100, 200, 100, 100))
    assert samples.ratio(OURS, OTHER, "rate") == 2
    assert samples.ratio(OURS, OTHER, "loop_ns") == 2


def test_rateOfZeroHasNoRatio() -> None:
    """A ratio to a rate of zero does not exist."""
    assert calls((100, 1, 0, 1)).ratio(OURS, OTHER, "rate") is None


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        ({"gen_busy": 0.5, "srv_cpu": 0.99}, []),
        ({"lost": 3, "doubled": 0}, ["3 messages lost, or more than 5 seconds late"]),
        ({"doubled": 1, "disordered": 2}, ["1 messages doubled", "2 messages disordered"]),
        (
            {"gen_busy": 0.97, "srv_cpu": 0.6},
            ["the generator was the bottleneck: 97% of its core, the server 60%"],
        ),
        ({"gen_busy": 0.5, "srv_cpu": 0.6}, ["the server had 60% of its core, the generator 50%"]),
        (
            {"gen_busy": 0.97, "srv_cpu": 0.6, "core_cpu": 1.0},
            [],
        ),
        ({"wanted": 20, "casts_s": 20, "gen_busy": 0.1, "srv_cpu": 0.2}, []),
        (
            {"wanted": 20, "casts_s": 9.5, "gen_busy": 0.1, "srv_cpu": 1},
            ["overload: 9.5 broadcasts per second of 20"],
        ),
    ],
)
def test_doubtfulSampleHasARemark(sample: Sample, said: list[str]) -> None:
    """A doubtful sample has a remark."""
    samples = Samples()
    samples.add("livewidget", "paced", 1, sample)
    assert samples.remarks() == [f"livewidget, paced, round 2: {text}" for text in said]


def test_otherWorkOnTheCoreIsReportedOnce() -> None:
    """Other work of more than a tenth of the server's core is reported once."""
    samples = Samples()
    samples.add("livewidget", "calls", 0, {"srv_cpu": 0.93, "core_cpu": 1.0})
    samples.add("livewidget", "idle", 0, {"kib": 15})
    assert samples.disturbance() == ""
    samples.add("livewidget", "calls", 1, {"srv_cpu": 0.4, "core_cpu": 1.0})
    samples.add("livewidget", "calls", 2, {"srv_cpu": 0.8, "core_cpu": 1.0})
    assert "In 2 of 3 samples" in samples.disturbance()
    assert "up to 60%" in samples.disturbance()


def test_fewerBroadcastsThanRequestedIsAnOverload() -> None:
    """A server is overloaded if it made fewer broadcasts than were requested."""
    assert isOverload({"wanted": 20, "casts_s": 18})
    assert not isOverload({"wanted": 20, "casts_s": 19.9})
    assert not isOverload({"wanted": 0, "casts_s": 1})


def test_targetIsABoundOfAFigureOrARatio() -> None:
    """A target is an upper or lower bound of a figure or a ratio."""
    samples = calls((90, 1, 100, 1))
    least = Target("", OURS, OTHER, 0.9)
    assert least.measured(samples) == pytest.approx(0.9)
    assert least.isMet(0.9)
    assert not least.isMet(0.89)
    most = Target("", OURS, None, 20, "kib", atMost=True)
    assert most.measured(samples) is None
    assert most.isMet(20)
    assert not most.isMet(20.1)


def test_phasesOfTheGeneratorAreParsed() -> None:
    """The phases in the generator's output become samples."""
    lines = [{"kind": "ready", "clients": 2}, {"kind": "calls", "rate": 5}, {"kind": "resumed"}]
    assert parse("".join(f"{json.dumps(line)}\n" for line in lines)) == [lines[1]]


def test_timeOfABroadcastIsThatOfItsDeliveries() -> None:
    """The time of a broadcast is the server's time for all of its deliveries."""
    assert millisecondsOf({"srv_cpu": 0.5, "rate": 100_000}, 1000) == pytest.approx(5)
    with pytest.raises(Trouble, match="no broadcast"):
        millisecondsOf({"srv_cpu": 0.5, "rate": 0}, 1000)


def test_eachMeasurementWithValuesHasAPlot() -> None:
    """Each load and each cost that has values has a plot."""
    samples = calls((90, 1, 100, 1))
    pages = Growth("pages", "Pages", "pages", "MiB", {"livewidget": [(1, 0), (10, 25)]})
    nothing = Growth("nothing", "Nothing", "pages", "MiB", {"livewidget": [(1, 0)]})
    assert plots(samples, [pages, nothing]).keys() == {"calls.svg", "pages.svg"}


def test_tableAlignsNumbersRight() -> None:
    """A Markdown table aligns numbers right."""
    assert table(("a", "b"), [["1", "2"]]) == "| a | b |\n| --- | --: |\n| 1 | 2 |"


def test_reportHasServersTargetsAndFailures() -> None:
    """The report has each measured server, each target, failures and remarks."""
    samples = calls((90, 1, 100, 1))
    samples.add("livewidget", "saturated", 0, {"rate": 1234567.0, "lost": 7})
    growth = Growth("pages", "Pages", "pages", "MiB", {"livewidget": [(1, 2.5), (10, 25)]})
    text = report(samples, [growth], {"Python": "3.11"}, ["idle: it fell over"])
    assert "| **livewidget** | 1,234,567 ±0% | 1 | - | - | - | 90 ±0% | 1 | - |" in text
    assert "| Node, ws | - | - | - | - | - | 100 ±0% | 0.90 | - |" in text
    assert "NiceGUI" not in text.partition("## Targets")[0]
    assert "| … to Node socket.io | at least 0.8 | - | not measured |" in text
    assert "![Pages](pages.svg)\n\n| pages | livewidget, MiB |\n| --- | --: |\n| 1 | 2.5 |" in text
    assert "- FAILED: idle: it fell over\n- livewidget, saturated, round 1: 7 messages lost" in text


@pytest.mark.parametrize("plan", [FULL, QUICK], ids=["full", "quick"])
def test_plansNameExistingServersAndLoads(plan: Plan) -> None:
    """A plan names existing servers and loads. The full plan has all that targets need."""
    names = {run.contestant for run in plan.runs} | plan.idle.keys()
    assert names <= CONTESTANTS.keys()
    measured = {(run.contestant, load) for run in plan.runs for load in run.loads}
    assert {load for _, load in measured} <= plan.phases.keys()
    measured |= {(name, "idle") for name in plan.idle}
    wanted = {side for target in TARGETS for side in (target.ours, target.other) if side}
    assert plan is QUICK or wanted <= measured


def test_eachCommandHasThePort() -> None:
    """The command of each server has the port."""
    for contestant in CONTESTANTS.values():
        assert any("12345" in word for word in contestant.commandAt(12345))
        assert not any(PORT in word for word in contestant.commandAt(12345))


def test_peersHaveExactVersions() -> None:
    """Peers have exact versions, and those on Node are locked to the same."""
    lines = (ROOT / "requirements" / "bench.in").read_text().splitlines()
    assert all("==" in line for line in lines if not line.startswith("#"))
    lock = json.loads((ROOT / "benchmarks" / "package-lock.json").read_text())
    manifest = json.loads((ROOT / "benchmarks" / "package.json").read_text())
    for name, version in manifest["dependencies"].items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
