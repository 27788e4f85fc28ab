"""Tests of the names in documents: files, modules, classes, tests, pages and messages exist."""

from __future__ import annotations

import ast
import builtins
import importlib
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from typing import Any

import pytest

from tests.support.documents import ROOT, anchorsOf, pages, read

#: Where the documents' names come from.
FOLDERS = ("livewidget", "tests", "docs", "benchmarks", "examples", "requirements")
#: Pages that describe the code itself.
INSIDE = [name for name in pages() if re.match("docs/(contributing|explanation)/", name)]
#: Names of others' classes and headers that these pages use.
FOREIGN = {"Date", "Decimal", "Deferred", "Host", "Origin", "Promise", "Site", *dir(builtins)}
#: Messages that pages show with values in them; here each value is an ellipsis.
EXAMPLES = {
    "docs/howto/debug.md": "….jsClass names …: … exports no …",
    "docs/howto/handle-errors.md": "a call failed in the browser: …",
    "docs/reference/values.md": "a datetime without a time zone is ambiguous: …",
    "docs/contributing/style.md": "--port: … is not a port; use a number from 0 to 65535",
}


def quoted(name: str) -> list[str]:
    """Return what a document prints as code within a sentence, in order, each once."""
    prose = re.sub(r"^( *)```.*?^ *```$", "", read(name), flags=re.DOTALL | re.MULTILINE)
    return list(dict.fromkeys(re.findall(r"`([^`\n]+)`", prose)))


@cache
def tree() -> frozenset[str]:
    """Return the paths of the files and folders of the checkout; those of folders end in "/"."""
    found = {path.name for path in ROOT.iterdir() if path.is_file()}
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            name = path.relative_to(ROOT).as_posix()
            found.add(f"{name}/" if path.is_dir() else name)
        found.add(f"{folder}/")
    return frozenset(found)


@pytest.mark.parametrize("name", INSIDE)
def test_filesThatADocumentNamesExist(name: str) -> None:
    """Each path that a page on the code names leads to a file or folder, as its end at least."""
    named = [
        text.partition("::")[0]
        for text in quoted(name)
        if re.fullmatch(r"[\w*./-]*(/|\.(py|js|json|md|toml|txt|in|css|html))(::[\w:]+)?", text)
        and "ROOM" not in text
    ]
    missing = [
        path
        for path in named
        if not any(fnmatch(other, path) or fnmatch(other, f"*/{path}") for other in tree())
    ]
    assert missing == []


@pytest.mark.parametrize("name", pages())
def test_dottedNamesThatADocumentNamesExist(name: str) -> None:
    """Each C{livewidget.x.y} leads to a module, or to something in one."""
    for dotted in re.findall(r"\blivewidget(?:\.[A-Za-z]\w*)+(?![\w/.-])", read(name)):
        if dotted not in ("livewidget.js", "livewidget.egg"):
            find(dotted)


def find(dotted: str) -> Any:
    """Return the module, or the attribute of one, that a dotted name names."""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            found = getattr(found, part)
        return found
    raise LookupError(dotted)


def definitions(node: ast.AST) -> Iterator[str]:
    """Yield the names that a module defines at any depth: classes, functions and attributes."""
    for child in ast.walk(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield child.name
        elif isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.id
        elif isinstance(child, ast.Attribute) and isinstance(child.ctx, ast.Store):
            yield child.attr


@cache
def defined() -> frozenset[str]:
    """Return every name that the library defines, in Python and as a class in JavaScript."""
    found: set[str] = set()
    for path in (ROOT / "livewidget").rglob("*.py"):
        found.update(definitions(ast.parse(path.read_text(encoding="utf-8"))))
    for path in (ROOT / "livewidget" / "js").rglob("*.js"):
        found.update(re.findall(r"\bclass (\w+)", path.read_text(encoding="utf-8")))
    return frozenset(found)


@pytest.mark.parametrize("name", [name for name in INSIDE if "athena" not in name])
def test_classesThatADocumentNamesExist(name: str) -> None:
    """Each class, and each method of a module, that a page on the code names is defined there."""
    modules = {path.stem for path in (ROOT / "livewidget").rglob("*.py")}
    named = set()
    for text in quoted(name):
        if re.fullmatch(r"[A-Z][a-z]\w*", text) and text not in FOREIGN | set(namesOfTests()):
            named.add(text)
        found = re.fullmatch(r"(\w+)\.(\w+)(?:\(.*\))?", text)
        if found and found[1] in modules and found[2] not in ("py", "js", "json"):
            named.add(found[2])
    assert named - defined() - {path for path in tree() if "/" not in path} == set()


@cache
def namesOfTests() -> frozenset[str]:
    """Return the names that modules of tests define."""
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found.update(definedBy(node))
    return frozenset(found)


def namedTests(name: str) -> list[str]:
    """Return the tests that a document names, as pytest would, from the folder of all tests."""
    return re.findall(r"`([\w/]*test\w*(?:\.test)?\.(?:py|js)(?:::\w+)*)`", read(name))


def definedBy(node: ast.AST) -> list[str]:
    """Return the names that a statement defines."""
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [getattr(node, "name", "")]


@pytest.mark.parametrize("name", INSIDE)
def test_testsThatADocumentNamesExist(name: str) -> None:
    """Each test that a document names with its module exists."""
    for test in namedTests(name):
        path, *parts = test.removeprefix("tests/").split("::")
        assert (ROOT / "tests" / path).is_file(), test
        body: Any = ast.parse(read(f"tests/{path}")).body if parts else []
        for part in parts:
            found = [node for node in body if part in definedBy(node)]
            assert found, f"{test} does not exist"
            body = getattr(found[0], "body", [])


@pytest.mark.parametrize("name", INSIDE)
def test_testsNamedWithoutTheirModuleExist(name: str) -> None:
    """Each C{TestX::test_y} or C{test_y} that a document names is in some module of tests."""
    for test in quoted(name):
        if re.fullmatch(r"(Test[A-Z]\w*|test_\w+)(::\w+)*", test):
            assert set(test.split("::")) <= namesOfTests(), test


@pytest.mark.parametrize("page", ["guarantees", "security", "athena"])
def test_tablesNameTests(page: str) -> None:
    """The pages that promise something say which tests show it."""
    assert len(namedTests(f"docs/explanation/{page}.md")) > 20


def brokenLinks(name: str) -> list[str]:
    """Return the links of a document to files or headings that do not exist."""
    prose = re.sub(r"^( *)```.*?^ *```$", "", read(name), flags=re.DOTALL | re.MULTILINE)
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose):
        path, _, anchor = link.partition("#")
        if re.match(r"\w+:", link):
            continue
        target = (ROOT / name).parent / path if path else ROOT / name
        if not target.exists() or (anchor and anchor not in anchorsOf(target.read_text())):
            broken.append(link)
    return broken


@pytest.mark.parametrize("name", [*pages(), "examples/chat/README.md", "benchmarks/README.md"])
def test_linksLeadSomewhere(name: str) -> None:
    """Each relative link of a document leads to a file that exists, and to a heading in it."""
    assert brokenLinks(name) == []


def test_pagesThatTheCodeNamesExist() -> None:
    """Each page that the code, the tests or a build file names exists, with the heading in it."""
    folders = ("livewidget", "examples", "benchmarks", "tests", "twisted")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.*")]
    named = set()
    for path in [*files, ROOT / "Makefile", ROOT / "CHANGELOG.md", ROOT / "pyproject.toml"]:
        if (
            path.suffix in (".py", ".js", ".c", ".h", ".md", ".toml", "")
            and "node_modules" not in path.parts
        ):
            text = path.read_text(encoding="utf-8")
            named |= set(re.findall(r"\b(docs/[\w/-]+\.md)(?:#([\w-]+))?", text))
    assert len(named) > 10
    missing = [
        (name, anchor)
        for name, anchor in sorted(named)
        if not (ROOT / name).exists() or (anchor and anchor not in anchorsOf(read(name)))
    ]
    assert missing == []


def textOf(node: ast.AST) -> str:
    """Return the text that a node of Python code makes, with an ellipsis for each field."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"\{[\w!]+\}", "…", node.value)
    if isinstance(node, ast.JoinedStr):
        parts = (getattr(part, "value", None) for part in node.values)
        return "".join(part if isinstance(part, str) else "…" for part in parts)
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "logRefusal":
        return f"{getattr(node.args[1], 'value', '…')} (…): …"
    return ""


@cache
def textsOfTheCode() -> str:
    """Return all texts in the library, a line each, with an ellipsis for each field.

    The modules of JavaScript are returned whole.
    """
    texts = [p.read_text(encoding="utf-8") for p in (ROOT / "livewidget" / "js").rglob("*.js")]
    for path in (ROOT / "livewidget").rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        texts.extend(filter(None, map(textOf, nodes)))
    names = re.findall(r"^class (\w+)", read("livewidget/errors.py"), re.MULTILINE)
    return "\n".join([*texts, *names])


def notInTheCode(text: str) -> list[str]:
    """Return the parts of a text, between its ellipses, that the library does not have."""
    parts = [part.strip() for part in text.split("…")]
    return [part for part in parts if part not in textsOfTheCode()]


def test_troubleshootingQuotesTheCode() -> None:
    """Each message that the page on troubleshooting quotes is one of the library's.

    They are its headings, and what stands between a heading and the cause.
    """
    text = read("docs/howto/troubleshoot.md")
    lines = re.findall(r"^### .+$", text, re.MULTILINE)
    lines += re.findall(r"^(?:In the log|As in|Status) .+$", text, re.MULTILINE)
    messages = [message for line in lines for message in re.findall("`(.+?)`", line)]
    assert len(messages) > 40
    assert [message for message in messages if notInTheCode(message)] == []


@pytest.mark.parametrize(("name", "message"), EXAMPLES.items(), ids=EXAMPLES)
def test_examplesOfMessagesAreTheCodes(name: str, message: str) -> None:
    """A message that a page shows with values in it is one that the library makes."""
    assert notInTheCode(message) == []
    assert re.search(re.escape(message).replace("…", ".+"), read(name))
