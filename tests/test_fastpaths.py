"""Tests of the marks of fast paths: each names its section of the documentation, and its test.

A mark is a comment C{# Fast path: WHAT; see PAGE#ANCHOR, TEST} on one or several lines.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.documents import ROOT, anchorsOf, read

PAGE = "docs/explanation/performance.md"

_BLOCK = re.compile(r"^ *# Fast path: .*\n(?: *# .*\n)*", re.MULTILINE)
_SEE = re.compile(r"# Fast path: .+; see (\S+)#([\w-]+), (tests/\S+\.py)")


class Mark(NamedTuple):
    """A mark in the code.

    @ivar module: the dotted name of the module that it is in.
    @ivar text: the comment, on one line.
    """

    module: str
    text: str

    @property
    def what(self) -> str:
        """The part of the comment that says what is fast."""
        return self.text.removeprefix("# Fast path:").partition(";")[0]


def marksIn(path: Path) -> list[Mark]:
    """Return the marks of a module."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    blocks = _BLOCK.findall(path.read_text(encoding="utf-8"))
    return [Mark(module, re.sub(r"\n *# ", " ", block).strip()) for block in blocks]


MARKS = [mark for path in sorted((ROOT / "livewidget").rglob("*.py")) for mark in marksIn(path)]


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: f"{mark.module}:{mark.what}")
def test_markNamesASectionAndATestOfItsModule(mark: Mark) -> None:
    """The section exists, and the test exists and names the module of the mark."""
    found = _SEE.fullmatch(mark.text)
    assert found, f"{mark.text}: write '# Fast path: …; see {PAGE}#…, tests/….py'"
    page, anchor, test = found.groups()
    assert page == PAGE
    assert anchor in anchorsOf(read(page)), f"{page} has no section {anchor}"
    assert (ROOT / test).is_file(), f"{test} does not exist"
    assert mark.module in read(test), f"{test} does not name {mark.module}"


def test_eachRoomOnTheWayOfAMessageHasMarks() -> None:
    """The search for marks finds those of all rooms that a message passes."""
    rooms = {mark.module.split(".")[1] for mark in MARKS}
    assert rooms == {"wire", "web", "elements", "session", "transports", "page"}


def test_fastPathIsMarkedInThisFormOnly() -> None:
    """Comments that begin with the words in another form would be missed, and there are none."""
    comments = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sorted((ROOT / "livewidget").rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search("#:? *fast.?path", line, re.IGNORECASE) and "# Fast path: " not in line
    ]
    assert comments == []
