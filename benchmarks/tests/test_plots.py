"""Tests of the plots of the benchmarks."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from benchmarks.plots.bars import Bar, barPlot
from benchmarks.plots.canvas import WIDTH
from benchmarks.plots.lines import linePlot

SVG = "{http://www.w3.org/2000/svg}"


def lines(svg: str, kind: str) -> list[list[tuple[float, float]]]:
    """Return the points of the lines of a kind."""
    found = []
    for node in ElementTree.fromstring(svg).iter(f"{SVG}polyline"):
        if node.attrib["class"] == kind:
            pairs = re.findall(r"([\d.-]+),([\d.-]+)", node.attrib["points"])
            found.append([(float(x), float(y)) for x, y in pairs])
    return found


def test_largestBarIsOnTopAndOursStandsOut() -> None:
    """The largest bar is on top and the longest, ours stands out, labels are escaped."""
    bars = [Bar("half <&>", 50, False), Bar("whole", 100, True)]
    root = ElementTree.fromstring(barPlot("Title", "under", bars, str))
    boxes = [node.attrib for node in root.iter(f"{SVG}rect")][1:]
    assert [box["class"] for box in boxes] == ["c0", "other"]
    assert float(boxes[0]["width"]) == pytest.approx(2 * float(boxes[1]["width"]), abs=0.2)
    texts = [node.text for node in root.iter(f"{SVG}text")]
    assert texts == ["Title", "under", "whole", "100", "half <&>", "50"]


def test_barsOfZerosAreDrawn() -> None:
    """Bars of zeros are drawn without an error."""
    ElementTree.fromstring(barPlot("Title", "", [Bar("none", 0, True)], str))


def test_linearGrowthFollowsTheGuide() -> None:
    """Proportional values lie on the dashed guide. Values that grow faster do not."""
    linear = linePlot("Title", "ms", "pages", {"a": [(1, 0.02), (10, 0.2), (1000, 20)]})
    ((first, *_, last),) = lines(linear, "line l0")
    (guide,) = lines(linear, "guide")
    assert guide[1] == last
    assert guide[0] == pytest.approx(first, abs=0.2)
    square = linePlot("Title", "ms", "pages", {"a": [(1, 0.01), (10, 1), (100, 100)]})
    ((first, *_),) = lines(square, "line l0")
    (guide,) = lines(square, "guide")
    assert first[1] > guide[0][1] + 20


def test_largerValuesAreUpAndToTheRight() -> None:
    """Larger values are up and to the right, and inside the plot."""
    svg = linePlot("Title", "ms", "pages", {"a": [(1, 1), (10_000, 3)], "b": [(1, 2), (9, 400)]})
    ((one, two),) = lines(svg, "line l0")
    assert one[0] < two[0] < WIDTH
    assert one[1] > two[1] > 0
    assert len(lines(svg, "line l1")) == 1


def test_zerosAreLeftOut() -> None:
    """Points at zero are left out, and a line of nothing else is refused."""
    svg = linePlot("Title", "ms", "pages", {"a": [(1, 0), (10, 5), (100, 50)]})
    assert len(lines(svg, "line l0")[0]) == 2
    with pytest.raises(ValueError, match="not 0"):
        linePlot("Title", "ms", "pages", {"a": [(1, 0)]})
