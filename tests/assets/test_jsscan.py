"""Tests of L{livewidget.assets.jsscan}: the exports and imports of a module."""

from __future__ import annotations

import json
import subprocess
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livewidget.assets.jsscan import TOO_LONG, mentioned, scan
from livewidget.assets.package import OWN


class Case(NamedTuple):
    """Code, and the names that it exports, or L{None} if they are not certain."""

    text: str
    exports: set[str] | None


#: Whole modules. Node confirms the expected exports.
SURE = [
    Case("", set()),
    Case("class X {}", set()),
    Case("export class X {}", {"X"}),
    Case("export class X extends Array {}", {"X"}),
    Case("  export\nclass\nX\n{}", {"X"}),
    Case("export/**/class/* Y */X{}", {"X"}),
    Case("export function X() {}", {"X"}),
    Case("export function* X() {}", {"X"}),
    Case("export function*X() {}", {"X"}),
    Case("export async function X() {}", {"X"}),
    Case("export async function * X() {}", {"X"}),
    Case("export const X = class {};", {"X"}),
    Case("export let X;", {"X"}),
    Case("export var X = 1, Y = (2, 3), Z = [4, 5], A = {b: 6, c: 7}\nconst B = 1", set("XYZA")),
    Case("export const X = (a, b) => a, Y = 2;", {"X", "Y"}),
    Case("export const X = 1\nexport const Y = 2", {"X", "Y"}),
    Case("class X {}\nexport { X };", {"X"}),
    Case("class X {}\nexport { X as Y };", {"Y"}),
    Case("class X {}\nexport {X,X as Y , X as default,};", {"X", "Y", "default"}),
    Case("class X {}\nexport { X as 'a b', X as \"c, }\" };", {"a b", "c, }"}),
    Case("class as {}\nexport { as, as as from, as as as2 };", {"as", "from", "as2"}),
    Case("export {};", set()),
    Case("export { join } from 'node:path';", {"join"}),
    Case("export { join as X } from 'node:path';", {"X"}),
    Case("export { default } from 'node:path'", {"default"}),
    Case("export * as X from 'node:path'", {"X"}),
    Case("export default class X {}", {"default"}),
    Case("export default class {}", {"default"}),
    Case("export default 1", {"default"}),
    Case("export default { X: 1 }", {"default"}),
    Case("// export class Y {}\nexport class X {}", {"X"}),
    Case("/* export class Y {} */ export class X {}", {"X"}),
    Case("/* '\n */ export class X {} // `", {"X"}),
    Case("const a = '/*'; export class X {} const b = '*/';", {"X"}),
    Case("const a = '//'; export class X {}", {"X"}),
    Case("const a = 'it\\'s'; export class X {} const b = '\\\\';", {"X"}),
    Case("const a = 'a\\\nb'; export class X {}", {"X"}),
    Case("const a = `'${`\"${1}/*`}//`; export class X {}", {"X"}),
    Case("const a = `${{b: `}`}.b}`; export class X {}", {"X"}),
    Case("const a = `\\`${1}\\${`; export class X {}", {"X"}),
    Case("const a = /'/; export class X {} const b = /'/;", {"X"}),
    Case("const a = /[/'\"`]/g.test('a'); export class X {}", {"X"}),
    Case("const a = /\\/*'/; export class X {}", {"X"}),
    Case("const a = 4 / 2, b = '/'; export class X {}", {"X"}),
    Case("const a = (4) / 2; const b = [4][0] / 2 / 1; export class X {}", {"X"}),
    Case("let a = 1; const b = a++ / 2 / 1; export class X {}", {"X"}),
    Case("if (true) /'/.test(''); export class X {}", {"X"}),
    Case("for (const a of []) /'/.test(a); export class X {}", {"X"}),
    Case("const f = () => { return /'/; }; export class X {}", {"X"}),
    Case("const a = {return: 4}; const b = a.return / 2 / 1; export class X {}", {"X"}),
    Case("const a = {if() { return 4; }}; const b = a.if() / 2 / 1; export class X {}", {"X"}),
    Case("const a = 4?.5:/'/; export class X {}", {"X"}),
    Case("const a = 1..toString() / 2; const b = .5 / 2, c = 1e-3 / 2; export class X {}", {"X"}),
    Case("#!/usr/bin/env node '\nexport class X {}", {"X"}),
    Case("\ufeffexport class X {}", {"X"}),
    Case("export class Caf\u00e9 {}", {"Caf\u00e9"}),
    Case(
        "export class $_1 { #p = 1; static { this.q = 1; } get r() { return this.#p; } }", {"$_1"}
    ),
    Case("const a = {export: 1, 'import': 2}; a.export; a?.export; export class X {}", {"X"}),
    Case("label: { break label; }\nexport class X {}", {"X"}),
    Case("const a = import.meta.url; import('node:path'); export class X {}", {"X"}),
    Case("import * as p from 'node:path'; import 'node:path'; export { p }", {"p"}),
]

#: Valid code that the scanner does not understand.
UNSURE = [
    "export * from 'node:path'; export class X {}",
    "export const { X } = { X: 1 };",
    "export const [X] = [1];",
    "export const X = 1, { Y } = { Y: 1 };",
    "export class \\u0058 {}",
    "class X {}\nexport { X as 'a\\u0062' };",
    "const a = {}\n/'/; export class X {} /'/;",
    "{}\n/[/*]/; export class X {}\nconst a = /[*/]/;",
    "for (const a of /[/*]/.exec('')) {}\nexport class X {}\nconst b = /[*/]/;",
    "const a = 'export class X {}';",
    "const a = `export { X }`;",
]

#: Code that is not JavaScript. The browser reports why, and the scanner nothing.
WRONG = [
    "export class X {",
    "export class X {})",
    "export class X {]",
    "export class",
    "export",
    "export const",
    "export {",
    "export { X",
    "const a = [\nexport class X {}",
    "/* export class X {}",
    "`export class X {}",
    "'\nexport class X {}",
    "`${",
    "export enum X {}",
    "@decorated export class X {}",
    "export @decorated class X {}",
    "\\",
    "\x00",
]


@pytest.mark.parametrize("case", SURE, ids=lambda case: case.text)
def test_exportsAreFoundExactly(case: Case) -> None:
    """Exactly the exported names are found."""
    assert scan(case.text.encode()).exports == case.exports


def test_nodeFindsTheSameExports() -> None:
    """Node finds the same exports."""
    program = """
      const found = [];
      for (const text of JSON.parse(process.argv[1])) {
        const module = await import("data:text/javascript," + encodeURIComponent(text));
        found.push(Object.keys(module));
      }
      console.log(JSON.stringify(found));
    """
    texts = json.dumps([case.text for case in SURE])
    done = subprocess.run(
        ["node", "--no-warnings", "--input-type=module", "-e", program, texts],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    assert [set(names) for names in json.loads(done.stdout)] == [case.exports for case in SURE]


@pytest.mark.parametrize("text", UNSURE)
def test_ambiguousCodeHasNoCertainExports(text: str) -> None:
    """Ambiguous code has no certain exports."""
    assert scan(text.encode()).exports is None


@pytest.mark.parametrize("text", WRONG)
def test_invalidCodeRaisesNothing(text: str) -> None:
    """Invalid code raises nothing, and no existing class is called missing."""
    exports = scan(text.encode()).exports
    assert exports is None or "X" in exports or "class X" not in text


PIECES = st.sampled_from(
    [case for case in SURE if case.text[:2] != "#!" and "\ufeff" not in case.text]
)


@given(st.lists(PIECES, max_size=8))
def test_noExportIsMissedBesideOtherCode(cases: list[Case]) -> None:
    """Exports are found whatever code precedes and follows them."""
    exports = scan(";\n".join(case.text for case in cases).encode()).exports
    expected: set[str] = set().union(*(case.exports or set() for case in cases))
    assert exports is not None
    assert expected <= exports


@given(st.lists(PIECES, max_size=4), st.sampled_from(UNSURE))
def test_oneAmbiguousPartMakesTheExportsUncertain(cases: list[Case], odd: str) -> None:
    """A single ambiguous part makes all exports uncertain."""
    assert scan(";\n".join([*(case.text for case in cases), odd]).encode()).exports is None


TEXT = st.text(alphabet="export clasX{}()[]/*'\"`$\\\n;,.=+a1#\u00e9", max_size=60)


@given(TEXT, TEXT)
def test_anyTextCanBeScanned(before: str, after: str) -> None:
    """Any text can be scanned without an exception."""
    for text in (before + "export class X {}" + after, before):
        scan(text.encode())
        mentioned(text.encode())


@given(st.binary(max_size=50))
def test_anyBytesCanBeScanned(data: bytes) -> None:
    """Bytes that are not UTF-8 can be scanned without an exception."""
    scan(data)
    mentioned(data)


def test_longModuleIsNotScanned() -> None:
    """A module above the limit is not scanned."""
    text = "export class X {}\n"
    assert scan((text + "/" * (TOO_LONG - len(text))).encode()).exports == {"X"}
    assert scan((text + "/" * (TOO_LONG - len(text) + 1)).encode()).exports is None


def test_classesThatAreNotExportedAreFound() -> None:
    """Classes that are not exported are found, for a hint."""
    assert scan(b"class X {}\nconst a = class {};\n{ class Y {} }").classes == {"X"}


def test_specifiersOfImportStatementsAreFound() -> None:
    """The specifiers of import statements are found, those of import() are not."""
    text = b"""import "a"; import b from 'b'; import * as c from "c"; import d, { e as f } from "d";
      export * from "e"; export { g as from } from "f"; import h from"g" with { type: "json" };
      import("no"); const from = "no"; ({ from: "no" }); // from "no"
      function i() { return import("no"); }"""
    assert scan(text).imports == set("abcdefg")
    assert mentioned(text) == {*"abcdefg", "no"}


def test_ourModulesAreUnderstood() -> None:
    """The exports of all of our own modules are certain."""
    for path in OWN.rglob("*.js"):
        assert scan(path.read_bytes()).exports, path
