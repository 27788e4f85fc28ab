"""Tests of L{livewidget.assets.bundle}, and that the package's modules are written for it."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from pathlib import Path

import pytest

from livewidget.assets.bundle import bundle
from livewidget.assets.package import OWN, OWN_PUBLIC

MODULES = sorted(OWN.rglob("*.js"))
SOURCES = {path.relative_to(OWN).as_posix(): path.read_text(encoding="utf-8") for path in MODULES}

#: The modules that only a page in debug mode imports, where nothing is bundled.
DEBUGGING = {"debug/overlay.js", "debug/stacks.js"}

#: The form of the imports in the package's modules.
IMPORT = re.compile(r'import \{[\w\s,$]+\} from "\.{1,2}/[\w./-]+\.js";', re.DOTALL)
AGAIN = re.compile(r'export \{[\w\s,$]+\} from "\.{1,2}/[\w./-]+\.js";', re.DOTALL)
DECLARATION = re.compile(
    r"^(?:export )?(?:async )?(?:class|function\*?|const|let) (\[?[\w$, ]+)", re.M
)


#: The names of constants, which get short names.
CAPITALS = re.compile(r"\b[A-Z][A-Z_]+\b")


def write(folder: Path, **modules: str) -> Path:
    """Write modules into a folder; two underscores in a name stand for a slash."""
    for name, text in modules.items():
        path = folder / f"{name.replace('__', '/')}.js"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


def test_modulesFollowTheirImportsAndTheEntryIsExported(tmp_path: Path) -> None:
    """Each module is bundled once, after its imports. The exports of the entry remain."""
    write(
        tmp_path,
        entry='import { b } from "./sub/b.js";\nexport { a } from "./a.js";\n'
        "export const c = b; // comment\n",
        a="export const a = 1;\n",
        sub__b='import {\n  a,\n} from "../a.js";\n/* comment */\nexport const b = a;\n',
    )
    assert bundle(tmp_path, "entry.js") == (b"const a=1;const b=a;export const c=b;export{a};")


@pytest.mark.parametrize("name", SOURCES)
def test_ourModulesImportByNameInStatementsOfTheirOwn(name: str) -> None:
    """Our modules import and export by name, in statements at the start of a line."""
    source = SOURCES[name]
    statements = [*IMPORT.findall(source), *AGAIN.findall(source)]
    for statement in statements:
        assert " as " not in statement
        assert f"\n{statement}" in f"\n{source}"
    rest = AGAIN.sub("", IMPORT.sub("", source))
    assert not re.search(r"^\s*import\b(?! ?\()", rest, re.M)
    assert not re.search(r"^export (?!(?:async )?(?:class|function|const) )", rest, re.M)


def test_ourModulesDeclareDistinctNames() -> None:
    """No two of our modules declare the same name."""
    names = Counter(
        name.strip(" [")
        for source in SOURCES.values()
        for found in DECLARATION.findall(source)
        for name in found.split(",")
    )
    assert [name for name, number in names.items() if number > 1] == []


@pytest.mark.parametrize("name", SOURCES)
def test_ourModulesAvoidWhatTheMinifierBreaks(name: str) -> None:
    """Our modules contain nothing that the minifier breaks silently."""
    source = SOURCES[name]
    # A template within a template.
    assert not re.search(r"`[^`\n]*\$\{[^}`\n]*`", source)
    # A semicolon before a brace, which is removed even in a text.
    assert ";}" not in source
    # A field without a semicolon.
    assert not re.search(r"^  (?:static )?#?\w+(?: = [^;({\n]+)?\n", source, re.M)


def test_bundleHasAllModulesButThoseForDebugging() -> None:
    """The bundle has all modules except those for debugging, and imports nothing."""
    text = bundle(OWN, OWN_PUBLIC).decode()
    for file, source in SOURCES.items():
        names = re.findall(r"^export (?:async )?(?:class|function|const) (\w+)", source, re.M)
        assert names or file == OWN_PUBLIC
        for name in names:
            if not CAPITALS.fullmatch(name):
                found = re.search(rf"\b(?:class|function|const) {name}\b", text)
                assert (found is None) == (file in DEBUGGING), name
    assert not re.search(r"\bimport\{|\bfrom\"", text)


def test_privateNamesAreShortened(tmp_path: Path) -> None:
    """Private names become short, the most frequent one first; colours and texts do not."""
    write(
        tmp_path,
        entry='export class A { #once; #often = "#fff #0a0"; run() { this.#often = this.#once; '
        "this.#often(); } }\n",
    )
    assert bundle(tmp_path, "entry.js") == (
        b'export class A{#b;#a="#fff #0a0";run(){this.#a=this.#b;this.#a()}}'
    )


def test_constantsInCapitalsAreShortened(tmp_path: Path) -> None:
    """Constants in capitals become short; exports and other capitals do not."""
    write(
        tmp_path,
        entry='import { OFTEN, ONCE, SHOWN } from "./a.js";\nexport { SHOWN } from "./a.js";\n'
        "export const OWN = [OFTEN, OFTEN, ONCE, JSON];\n",
        a="export const ONCE = 1;\nexport const OFTEN = 2;\nexport const SHOWN = 3;\n",
    )
    assert bundle(tmp_path, "entry.js") == (
        b"const $b=1;const $a=2;const SHOWN=3;export const OWN=[$a,$a,$b,JSON];export{SHOWN};"
    )


def test_braceEndsAStatement(tmp_path: Path) -> None:
    """A brace ends a statement without a semicolon or a line break."""
    write(tmp_path, entry="export function f() {\n  g();\n}\nfunction g() {\n  return 1;\n}\n")
    assert bundle(tmp_path, "entry.js") == b"export function f(){g()}function g(){return 1}"


def test_constantsInCapitalsAreNotPropertiesOrTexts() -> None:
    """The name of a constant in capitals is used neither as a property nor in a text."""
    bundled = {name: source for name, source in SOURCES.items() if name not in DEBUGGING}
    constants = {
        name
        for source in bundled.values()
        for name in re.findall(r"^(?:export )?const ([A-Z][A-Z_]+) =", source, re.M)
    }
    assert "TAKEN_OVER" in constants
    for file, source in bundled.items():
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", source, flags=re.DOTALL)
        texts = " ".join(re.findall(r'"[^"\n]*"', code))
        properties = " ".join(re.findall(r"(?<!\.)[.#]\s*\w+|(?<!case )\b\w+\??:", code))
        assert constants.isdisjoint(CAPITALS.findall(texts)), file
        assert constants.isdisjoint(CAPITALS.findall(properties)), file


def test_privateNamesStayDistinct() -> None:
    """The number of private names in the bundle equals that of the modules."""
    text = "\n".join(source for name, source in SOURCES.items() if name not in DEBUGGING)
    short = bundle(OWN, OWN_PUBLIC).decode()
    assert len(set(re.findall(r"\.#\w+", short))) == len(set(re.findall(r"\.#\w+", text)))


def test_bundleIsSmallEnough() -> None:
    """The JavaScript that a browser loads is at most 16 KB with gzip."""
    assert len(gzip.compress(bundle(OWN, OWN_PUBLIC))) <= 16 * 1024
