"""Tests of L{livewidget.assets.importcheck}: warnings about unknown imports."""

from __future__ import annotations

from typing import Any

import pytest

from livewidget.assets.catalog import Catalog
from livewidget.assets.jsscan import scan
from tests.support.distributions import Distribution
from tests.support.log import Log
from tests.support.project import Project

THING = "export class X {}\n"


def show(catalog: Catalog, *things: Any) -> None:
    """Render a page of elements."""
    for thing in things:
        catalog.module(thing, thing.jsClass)
    catalog.moduleUrls()


def names(log: Log) -> list[str]:
    """Return the warnings in the log."""
    return [text.partition(" imports from ")[2].partition(",")[0] for text in log.texts()]


@pytest.mark.parametrize(
    "statement",
    [
        'import { y } from "Acme.Form";',
        "import y from 'Acme.Form'",
        'import "Acme.Form";',
        'import * as y from"Acme.Form";',
        'import y, { z as a } from "Acme.Form";',
        'export { y } from "Acme.Form";',
        'export * from "Acme.Form";',
    ],
)
def test_unknownNameIsAWarningWithASuggestion(
    distribution: Distribution, project: Project, log: Log, statement: str
) -> None:
    """A name that is not in the import map is a warning, with a similar one."""
    distribution.package("acme", js__Acme__Forms_js="")
    distribution.js("acme")
    distribution.install()
    path = project.write("js/Chat.js", f"{statement}\n{THING}")
    show(Catalog(), project.element(jsClass="Chat.X"))
    assert log.take("imports") == (
        f"{path} imports from 'Acme.Form', which is not a module that the page knows; "
        "did you mean Acme.Forms?"
    )
    assert log.texts() == []


@pytest.mark.parametrize(
    ("file", "name", "hint"),
    [
        ("Chat", "./Othr.js", "; did you mean ./Other.js?"),
        ("Chat", "./Other", "; did you mean ./Other.js?"),
        ("Chat", "./dep/Other.js", "; did you mean ./deep/Other.js?"),
        ("deep/Chat", "../Othr.js", "; did you mean ../Other.js?"),
        ("Chat", "../zzz.js", ""),
    ],
)
def test_missingFileIsAWarningWithASuggestion(
    project: Project, log: Log, file: str, name: str, hint: str
) -> None:
    """A path to a file that does not exist is a warning, with a similar one."""
    project.write("js/Other.js", "")
    project.write("js/deep/Other.js", "")
    path = project.write(f"js/{file}.js", f'import {{ y }} from "{name}";\n{THING}')
    show(Catalog(), project.element(jsClass=f"{file.replace('/', '.')}.X"))
    assert log.take("imports") == (
        f"{path} imports from {name!r}, which is not a file of its folder{hint}"
    )
    assert log.texts() == []


@pytest.mark.parametrize(
    "statement",
    [
        'import { Widget } from "livewidget";',
        'import { y } from "Other";',
        'import { y } from "deep.Other";',
        'import { y } from "./Other.js";',
        'import { y } from "./deep/../deep/Other.js";',
        'import { y } from "/nowhere.js";',
        'import { y } from "https://example.com/y.js";',
        'import { y } from "data:text/javascript,";',
        'const later = () => import("Nowhere");',
        '// import { y } from "Nowhere";',
        '/* import { y } from "Nowhere"; */',
        'const text = `import { y } from "Nowhere"`;',
        'from("Nowhere");',
        '({ from: "Nowhere" });',
    ],
)
def test_validAndDynamicImportsAreNotWarnings(project: Project, log: Log, statement: str) -> None:
    """Known names, paths, URLs, comments and dynamic imports cause no warning."""
    project.write("js/Chat.js", f"{statement}\n{THING}")
    project.write("js/Other.js", "")
    project.write("js/deep/Other.js", "")
    show(Catalog(), project.element(jsClass="Chat.X"))
    assert log.texts() == []


def test_importedModulesAreCheckedToo(
    distribution: Distribution, project: Project, log: Log
) -> None:
    """Modules that a page's modules import are checked; those not loaded are not."""
    distribution.package("acme", js__A_js='import "Nowhere1";', js__B_js='import "Nowhere2";')
    distribution.js("acme")
    distribution.install()
    project.write("js/Chat.js", f'import "./deep/er.js"; import "A";\n{THING}')
    project.write("js/deep/er.js", 'import "../other.js";')
    project.write("js/other.js", 'import "Nowhere3"; import "./Chat.js";')
    project.write("js/unused.js", 'import "Nowhere4";')
    show(Catalog(), project.element(jsClass="Chat.X"))
    assert sorted(names(log)) == ["'Nowhere1'", "'Nowhere3'"]


def test_modulesOfOtherElementsAreKnown(project: Project, log: Log) -> None:
    """Modules beside another element of the page are known, in whatever order."""
    other = project.beside("other")
    other.write("js/Other.js", THING)
    project.write("js/Chat.js", f'import {{ X as Y }} from "Other";\n{THING}')
    show(Catalog(), project.element(jsClass="Chat.X"), other.element(jsClass="Other.X"))
    assert log.texts() == []


def test_warningIsLoggedOncePerVersionOfAFile(project: Project, log: Log) -> None:
    """A warning is logged once per version of a file, for all pages and resources."""
    project.write("js/Chat.js", f'import "Nowhere";\n{THING}')
    catalog = Catalog(debug=True)
    for each in (catalog, catalog, Catalog()):
        show(each, project.element(jsClass="Chat.X"))
    assert names(log) == ["'Nowhere'"]
    project.write("js/Chat.js", f'import "Nowhere";\n// changed\n{THING}')
    catalog.refresh()
    show(catalog, project.element(jsClass="Chat.X"))
    assert names(log) == ["'Nowhere'", "'Nowhere'"]


def test_nameIsEscapedInTheLog(project: Project, log: Log) -> None:
    """A name with control characters is escaped in the log."""
    project.write("js/Chat.js", f'import "\x1b[2J";\n{THING}')
    show(Catalog(), project.element(jsClass="Chat.X"))
    assert "\x1b" not in log.take("\\x1b[2J")


def test_fileWithoutUnknownImportsIsNotScanned(project: Project) -> None:
    """A module is scanned only if it seems to import something unknown."""
    project.write("js/Chat.js", f'import "./big.js";\n{THING}')
    project.write("js/big.js", 'import "livewidget";' + "a();" * 1000)
    scan.cache_clear()
    show(Catalog(), project.element(jsClass="Chat.X"))
    assert scan.cache_info().misses == 1
