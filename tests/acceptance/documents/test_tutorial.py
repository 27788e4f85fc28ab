"""Tests of the tutorial: its files and commands do what it says, step by step.

Chromium follows it in C{tests/acceptance/browser}.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.support.tutorial import BLOCKS, Reader, blocksOf

_SECTIONS = list(dict.fromkeys(block.section for block in BLOCKS))


def sections(word: str) -> list[str]:
    """Return the sections with a command that begins with a word."""
    return [b.section for b in BLOCKS if b.language == "sh" and b.text.startswith(word)]


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """Return a reader with an empty folder."""
    return Reader(tmp_path)


def printed(section: str) -> list[str]:
    """Return the lines of output that a section shows."""
    texts = [block.text for block in blocksOf(section) if block.language == "text"]
    return "".join(texts).splitlines()


def test_eachStepCanBeRun() -> None:
    """Each section has a command, and all but the first serve or test something."""
    assert sections("mkdir") == _SECTIONS[:1]
    assert sorted(sections("twistd") + sections("python")) == sorted(_SECTIONS[1:])
    assert len(_SECTIONS) == 12


# That each step serves what it says is tested in tests/acceptance/browser.
@pytest.mark.parametrize("section", [s for s in sections("twistd") if printed(s)])
def test_commandPrintsWhatTheTutorialShows(reader: Reader, section: str) -> None:
    """The command prints what the section shows, with the address of the page."""
    server = reader.serve(section)
    try:
        server.waitUntilServing()
        for line in printed(section):
            server.waitForLine(re.escape(line.replace("8080", str(server.port))))
        with urlopen(server.url, timeout=20) as response:
            assert response.status == 200
    finally:
        server.stop()


@pytest.mark.parametrize("section", sections("python"))
def test_printedTestsPass(reader: Reader, section: str) -> None:
    """The tests that a section prints pass, as many as it says."""
    output = reader.test(section)
    (line,) = printed(section)
    assert f" {line} in " in output


def test_codeWithoutAFileNameIsInAFile(reader: Reader) -> None:
    """Code without a file name above it is in one of the files, as it is shown."""
    shown = 0
    for section in _SECTIONS:
        reader.do(section)
        files = [path.read_text(encoding="utf-8") for path in reader.folder.glob("*.py")]
        for block in blocksOf(section):
            if block.file or block.language in ("sh", "text"):
                continue
            shown += 1
            indented = [textwrap.indent(block.text, " " * depth) for depth in (0, 4, 8)]
            assert any(code in file for code in indented for file in files), block.text
    assert shown == 1


def test_folderHasTheNamedFilesOnly(reader: Reader) -> None:
    """The folder finally has the files that the text names, and no others."""
    reader.do(_SECTIONS[-1])
    there = {p.relative_to(reader.folder).as_posix() for p in reader.folder.rglob("*.*")}
    assert there == {block.file for block in BLOCKS if block.file}
