"""Our own modules as one, for browsers: fewer requests and fewer bytes.

They are written so that this can be done line by line, which
C{tests/assets/test_bundle.py} holds: imports come first, by name and from relative
paths; C{export} stands before a declaration; no two modules declare one name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
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
    # What rjsmin leaves: every statement of ours has its semicolon, so a brace ends it alone.
    return _shortened(re.sub(r";?}\n?", "}", minified)).encode()


def _shortened(text: str) -> str:
    """Give short names to the private names and the constants in capitals of a minified text.

    The most frequent ones get the shortest names. What is exported keeps its name.
    """
    private = _shortNames(re.findall(r"(?<=\.#)\w+", text))
    text = re.sub(r"#([A-Za-z]\w*)", lambda found: "#" + private.get(found[1], found[1]), text)
    exported = re.findall(r"\w+", " ".join(re.findall(r"\bexport(?: const |{)([^=}]*)", text)))
    declared = set(re.findall(r"\bconst ([A-Z][A-Z_]+)=", text)) - set(exported)
    capitals = re.compile(r"\b[A-Z][A-Z_]+\b")
    constants = _shortNames(name for name in capitals.findall(text) if name in declared)
    return capitals.sub(
        lambda found: "$" + constants[found[0]] if found[0] in constants else found[0], text
    )


def _shortNames(uses: Iterable[str]) -> dict[str, str]:
    """Return a short name for each name, the shortest for the one with the most uses."""
    return {name: _letters(index) for index, (name, _) in enumerate(Counter(uses).most_common())}


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
