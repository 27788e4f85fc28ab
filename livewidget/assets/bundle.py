"""Our own modules as one, for browsers: fewer requests and fewer bytes.

They are written so that this can be done line by line, which
C{tests/assets/test_bundle.py} holds: imports come first, by name and from relative
paths; C{export} stands before a declaration; no two modules declare one name.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from posixpath import dirname, join, normpath
from string import ascii_letters

import rjsmin


def bundle(folder: Path, entry: str) -> bytes:
    """The module C{entry} with all that it imports, without comments.

    @param folder: holds all of them.
    @param entry: what it exports, the bundle exports.
    """
    parts: dict[str, str] = {}
    _collect(folder, entry, parts)
    last = parts.pop(entry)
    exports = map(_withoutSource, _statements(last, "export {"))
    declarations = [_private(_withoutImports(text)) for text in parts.values()]
    minified: str = rjsmin.jsmin("\n".join([*declarations, _withoutImports(last), *exports]))
    return _shortened(minified).encode()


def _shortened(text: str) -> str:
    """A text with short names of what is private in its classes, the most frequent ones first."""
    uses = Counter(re.findall(r"(?<=\.#)\w+", text))
    short = {name: _letters(index) for index, (name, _) in enumerate(uses.most_common())}
    return re.sub(r"#([A-Za-z]\w*)", lambda found: "#" + short.get(found[1], found[1]), text)


def _letters(number: int) -> str:
    """The names a, b, …, Z, then aa, ba, …"""
    rest, letter = divmod(number, len(ascii_letters))
    return ascii_letters[letter] + (_letters(rest - 1) if rest else "")


def _collect(folder: Path, file: str, parts: dict[str, str]) -> None:
    """Add a module, after those that it imports."""
    if file in parts:
        return
    text = (folder / file).read_text(encoding="utf-8")
    for statement in [*_statements(text, "import {"), *_statements(text, "export {")]:
        source = statement.rpartition('"')[0].rpartition('"')[2]
        _collect(folder, normpath(join(dirname(file), source)), parts)
    parts[file] = text


def _statements(text: str, start: str) -> list[str]:
    """The statements that begin at the start of a line like this, and end with a semicolon."""
    found = ("\n" + text).split("\n" + start)[1:]
    return [f"{start}{rest.partition(';')[0]};" for rest in found]


def _withoutImports(text: str) -> str:
    """A module without its imports and re-exports."""
    for start in ("import {", "export {"):
        for statement in _statements(text, start):
            text = text.replace(statement, "", 1)
    return text


def _private(text: str) -> str:
    """A module that exports nothing."""
    return "\n".join(line.removeprefix("export ") for line in text.split("\n"))


def _withoutSource(statement: str) -> str:
    """The names that a module exports again, which the bundle has declared."""
    return f"{statement.partition('}')[0]}}};"
