"""Bundle our own modules into one, so that browsers make fewer requests and load fewer bytes.

This works line by line because of how the modules are written, which
C{tests/assets/test_bundle.py} checks: imports come first, by name and from relative paths;
C{export} precedes a declaration; no two modules declare the same name.
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
    """Return a module together with all that it imports, minified.

    @param folder: the folder of all modules.
    @param entry: the path of the module in there; the bundle has its exports.
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
    """Return the name of a number: a, b, …, Z, then aa, ba, …"""
    rest, letter = divmod(number, len(ascii_letters))
    return ascii_letters[letter] + (_letters(rest - 1) if rest else "")


def _collect(folder: Path, file: str, parts: dict[str, str]) -> None:
    """Add a module to C{parts}, after those that it imports."""
    if file in parts:
        return
    text = (folder / file).read_text(encoding="utf-8")
    for statement in [*_statements(text, "import {"), *_statements(text, "export {")]:
        source = statement.rpartition('"')[0].rpartition('"')[2]
        _collect(folder, normpath(join(dirname(file), source)), parts)
    parts[file] = text


def _statements(text: str, start: str) -> list[str]:
    """Return the statements that start with a text at the beginning of a line."""
    found = ("\n" + text).split("\n" + start)[1:]
    return [f"{start}{rest.partition(';')[0]};" for rest in found]


def _withoutImports(text: str) -> str:
    """Return a module without its imports and re-exports."""
    for start in ("import {", "export {"):
        for statement in _statements(text, start):
            text = text.replace(statement, "", 1)
    return text


def _private(text: str) -> str:
    """Return a module without the word C{export} before its declarations."""
    return "\n".join(line.removeprefix("export ") for line in text.split("\n"))


def _withoutSource(statement: str) -> str:
    """Return a re-export without its source, since the bundle declares the names."""
    return f"{statement.partition('}')[0]}}};"
