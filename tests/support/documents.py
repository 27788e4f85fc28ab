"""The code blocks of the documents."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str, mark: str) -> list[str]:
    """The code blocks of a document in a language that have a text in them."""
    found = re.findall(rf"```{language}\n(.*?)```", read(name), re.DOTALL)
    return [block for block in found if mark in block]
