"""The documents for users, and the code blocks in them."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def read(name: str) -> str:
    """Return the text of a file, by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def pages() -> list[str]:
    """Return the paths of the README and of all pages below C{docs/}, from the root."""
    found = [p.relative_to(ROOT).as_posix() for p in sorted((ROOT / "docs").rglob("*.md"))]
    assert len(found) > 30
    return ["README.md", *found]


def codeIn(name: str, language: str) -> list[str]:
    """Return the code blocks of a document in a language, without the indent of a list."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", read(name), re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(block) for _, block in found]


def theBlock(language: str, *marks: str) -> str:
    """Return the only code block below C{docs/} that contains all of the marks.

    The block may be on any page.
    """
    found = [
        block
        for name in pages()
        if name.startswith("docs/")
        for block in codeIn(name, language)
        if all(mark in block for mark in marks)
    ]
    assert len(found) == 1, f"{len(found)} blocks of {language} with {marks}"
    return found[0]


def anchorsOf(text: str) -> set[str]:
    """Return the anchors of a document's headings, as GitHub and MyST make them."""
    prose = re.sub(r"^( *)```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", name.strip().lower()).replace(" ", "-") for name in headings}
