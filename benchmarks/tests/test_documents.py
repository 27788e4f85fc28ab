"""Tests of putting a report and its plots into the documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.compare.documents import Unfit, copyPlots, replaced, reportIn, summaryOf

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "reference" / "benchmark-results.md"


def test_onlyTheTextBetweenTheCommentsIsReplaced() -> None:
    """Only the text between the comments is replaced, and a repetition changes nothing."""
    text = "a\n<!-- report -->\nold\n<!-- end of report -->\nb\n"
    once = replaced(text, "report", "new\n")
    assert once == "a\n<!-- report -->\n\nnew\n\n<!-- end of report -->\nb\n"
    assert replaced(once, "report", "new") == once


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        "<!-- report -->",
        "<!-- end of report --> <!-- report -->",
        "<!-- report --> <!-- end of report --> <!-- report -->",
    ],
)
def test_documentWithoutItsCommentsIsRefused(text: str) -> None:
    """A document that lacks the comments is refused."""
    with pytest.raises(Unfit, match="<!-- report --> and after it <!-- end of report -->"):
        replaced(text, "report", "new")


def test_reportIsFittedIntoTheDocument() -> None:
    """A report is inserted without its title, with lower headings, and with plots in the folder."""
    report = "# Title\n\ntext\n\n## Targets\n\n![Pages](pages.svg) [x](y.md)\n"
    expected = "\ntext\n\n### Targets\n\n![Pages](plots/pages.svg) [x](y.md)\n"
    assert reportIn(report, "plots") == expected


def test_summaryIsThePartBeforeTheFirstLoad() -> None:
    """The part of a profile before the first load is shown."""
    assert summaryOf("# Title\n\ntext\n\n| a |\n\n## Calls\n\nmore\n") == "\ntext\n\n| a |\n"


def test_shownPlotsAreCopiedAndOthersRemoved(tmp_path: Path) -> None:
    """The shown plots are copied and older ones removed. If one is missing, nothing changes."""
    source, target = tmp_path / "made", tmp_path / "plots"
    source.mkdir()
    target.mkdir()
    (target / "old.svg").write_text("old")
    for name in ("one.svg", "quick-one.svg"):
        (source / name).write_text(name)
    with pytest.raises(Unfit, match=r"shows two\.svg"):
        copyPlots("![](plots/one.svg) ![](plots/two.svg)", source, target)
    assert [file.name for file in target.iterdir()] == ["old.svg"]
    copyPlots("![](plots/one.svg)", source, target)
    assert [file.name for file in target.iterdir()] == ["one.svg"]


def test_documentHasTheComments() -> None:
    """The document has the comments."""
    text = DOCUMENT.read_text()
    for name in ("report", "profile"):
        replaced(text, name, "")
