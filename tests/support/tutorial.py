"""The tutorial's code blocks, and a folder in which a reader follows them."""

from __future__ import annotations

import ast
import os
import re
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

from tests.support.processes import ROOT, TWISTD, Server, runToEnd

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^## (?:\d+\. )?(.*)$", re.MULTILINE)
_NAME = re.compile(r"^`([\w/]+\.\w+)`(?:, replace `(\w+)`)?:$")


class Block(NamedTuple):
    """A block of code.

    @ivar section: the heading above it.
    @ivar file: the name of the file above it, or an empty text.
    @ivar method: the name of the only method of the file that it contains, or an empty text.
    """

    section: str
    language: str
    file: str
    method: str
    text: str


def readTutorial() -> list[Block]:
    """Return all blocks, in order."""
    parts = [ROOT / "docs" / "tutorial" / name for name in ("echo.md", "chat.md")]
    document = "".join(part.read_text(encoding="utf-8") for part in parts)
    blocks = []
    for found in _BLOCK.finditer(document):
        before = document[: found.start()]
        named = _NAME.match(before.rstrip().rpartition("\n")[2])
        file, method = named.groups("") if named else ("", "")
        blocks.append(Block(_HEADING.findall(before)[-1], found[1], file, method, found[2]))
    return blocks


BLOCKS = readTutorial()


def blocksOf(section: str) -> list[Block]:
    """Return the blocks under a heading."""
    return [block for block in BLOCKS if block.section == section]


def commandOf(section: str) -> list[str]:
    """Return the one command of a section, split into its words."""
    (command,) = (block.text for block in blocksOf(section) if block.language == "sh")
    return shlex.split(command)


class Reader:
    """A reader who follows the tutorial in a folder.

    @ivar folder: the working directory.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._done = 0

    def do(self, section: str) -> None:
        """Follow the tutorial to the end of a section, without the commands that serve or test."""
        *_, last = (n for n, block in enumerate(BLOCKS) if block.section == section)
        for block in BLOCKS[self._done : last + 1]:
            self._do(block)
        self._done = last + 1

    def serve(self, section: str, port: int = 0, after: str = "") -> Server:
        """Follow a section and serve its site, on a port other than the text's.

        @param port: 0: a free one.
        @param after: a later section to follow too.
        """
        self.do(after or section)
        program, *arguments = commandOf(section)
        assert program == "twistd"
        return Server([str(TWISTD), *arguments, f"--port={port}"], self.folder)

    def test(self, section: str) -> str:
        """Follow a section, run its tests and return their output."""
        self.do(section)
        program, *arguments = commandOf(section)
        assert program == "python"
        return self._run(sys.executable, *arguments)

    def _do(self, block: Block) -> None:
        if block.method:
            self._replaceMethod(block)
        elif block.file:
            # A folder that the text did not create is an error.
            (self.folder / block.file).write_text(block.text, encoding="utf-8")
        elif block.text.startswith("mkdir"):
            self.folder = Path(self._run("sh", "-ec", block.text + "pwd").strip())

    def _replaceMethod(self, block: Block) -> None:
        path = self.folder / block.file
        text = path.read_text(encoding="utf-8")
        find = _findInPython if path.suffix == ".py" else _findInJavaScript
        start, end = find(text, block.method)
        lines = text.splitlines(keepends=True)
        path.write_text("".join([*lines[:start], block.text, *lines[end:]]), encoding="utf-8")

    def _run(self, *command: str) -> str:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        return runToEnd(*command, cwd=self.folder, env=env, timeout=120)


def _findInPython(text: str, name: str) -> tuple[int, int]:
    """Return the lines of the one method of a name, with its decorators."""
    (method,) = (
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name == name
    )
    first = min(node.lineno for node in (method, *method.decorator_list))
    assert method.end_lineno is not None
    return first - 1, method.end_lineno


def _findInJavaScript(text: str, name: str) -> tuple[int, int]:
    """Return the lines of the one method of a name."""
    (found,) = re.finditer(rf"^  (async )?{name}\(.*?^  \}}\n", text, re.DOTALL | re.MULTILINE)
    return text[: found.start()].count("\n"), text[: found.end()].count("\n")
