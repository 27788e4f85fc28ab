"""Tests of the layers: imports run downwards, the core has no I/O, importing does nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import livewidget

ROOT = Path(next(iter(livewidget.__path__)))

#: Each layer may import from those before it only.
LAYERS = [
    {"head"},
    {
        "codes",
        "errors",
        "origins",
        "policy",
        "interfaces",
        "pace",
        "timer",
        "forwarded",
        "bundle",
        "transports.frames",
        "transports.direct",
        "transports.lastmade",
    },
    {"jsexports", "nearest"},
    {"plain"},
    {"headers", "logs", "failurepage", "values", "decimals"},
    {"settings", "turn", "incoming"},
    {"outbox"},
    {"messages", "source", "expose", "access", "package", "jsstack"},
    {"controls", "delivery", "calls", "templates", "plugins", "imports", "offers"},
    {"packages", "reports"},
    {"channel", "wholerequest"},
    {"site"},
    {"rendering"},
    {"element", "dispatch"},
    {"livepage", "adoption", "dispatcher", "hooks", "lastwords", "newcomers", "topic"},
    {"tree", "caller"},
    {"page", "factories"},
    {"pages", "document"},
    {"transports.http", "transports.frameout"},
    {"transports.websocket"},
    {"transports.send", "transports.eventstream", "transports.longpoll"},
    {"resource"},
    {""},
    {"testing.browser", "command"},
    {"testing", "tap"},
]
CORE = [
    "codes",
    "errors",
    "settings",
    "plain",
    "values",
    "incoming",
    "messages",
    "controls",
    "outbox",
    "delivery",
    "jsstack",
    "calls",
    "pace",
]
OUTSIDE = {
    "asyncio",
    "datetime",
    "io",
    "os",
    "pathlib",
    "random",
    "secrets",
    "select",
    "socket",
    "ssl",
    "subprocess",
    "sys",
    "threading",
    "time",
    "uuid",
    "autobahn",
    "jinja2",
    "twisted.internet.reactor",
    "twisted.internet.task",
    "twisted.logger",
    "twisted.web",
}
#: Classes of values, which do nothing by themselves, from modules that do.
CLASSES = {f"datetime.{name}" for name in ("UTC", "date", "datetime", "time", "timedelta")} | {
    "uuid.UUID"
}
#: What asks such a class for the time.
CLOCKS = {"now", "utcnow", "today"}
DANGEROUS = {"pickle", "cPickle", "marshal", "shelve", "dill", "yaml", "ctypes", "code", "runpy"}
MODULES = sorted(ROOT.rglob("*.py"))


def nameOf(path: Path) -> str:
    """The name of a module, without the package's: C{transports.websocket}."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def importsOf(tree: ast.AST, ofTypes: bool = False) -> Iterator[str]:
    """The full names that a module imports, when it runs, anywhere in it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test) and not ofTypes:
            for other in node.orelse:
                yield from importsOf(other)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from importsOf(node, ofTypes)


def parse(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(), str(path))


def layerOf(name: str) -> int:
    """The layer of one of our modules, or of a name in it."""
    while True:
        for index, layer in enumerate(LAYERS):
            if name in layer:
                return index
        assert name, "in no layer"
        name = name.rpartition(".")[0]


def ours(path: Path) -> set[str]:
    """Which of our own modules a module imports."""
    known = {nameOf(module) for module in MODULES} - {""}
    found = set()
    for name in importsOf(parse(path)):
        if name.split(".")[0] == "livewidget":
            inside = name.removeprefix("livewidget").removeprefix(".")
            while inside and inside not in known:
                inside = inside.rpartition(".")[0]
            found.add(inside)
    return found


@pytest.mark.parametrize("path", MODULES, ids=nameOf)
def test_downwards(path: Path) -> None:
    """A module imports from lower layers, and never from the package itself."""
    name = nameOf(path)
    if name == "transports":
        assert ours(path) == set()
        return
    package = name.partition(".")[0] if name.startswith("command") else name
    own = layerOf(package)
    others = {other for other in ours(path) if other.partition(".")[0] != package}
    assert {other for other in others if layerOf(other) >= own} == set()
    assert "" not in others


def test_table() -> None:
    """Every module is in the table, and the table names no other."""
    known = {nameOf(path) for path in MODULES}
    known = {"command" if name.startswith("command") else name for name in known}
    named = set().union(*LAYERS)
    assert known - named == {"transports"}
    assert named - known <= {"command", "tap"}
    assert sum(len(layer) for layer in LAYERS) == len(named)


@pytest.mark.parametrize("name", CORE)
def test_core(name: str) -> None:
    """The core imports no reactor, clock, socket, randomness or system."""
    tree = parse(ROOT / f"{name}.py")
    imported = set(importsOf(tree)) - CLASSES
    assert imported
    assert not {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & CLOCKS
    for other in imported:
        prefixes = {other.rsplit(".", n)[0] for n in range(other.count(".") + 1)} | {other}
        assert not prefixes & OUTSIDE, other


@pytest.mark.parametrize("path", MODULES, ids=nameOf)
def test_noReactorAtImport(path: Path) -> None:
    """The reactor is imported in functions only, where somebody has asked for it."""
    top = ast.Module([node for node in parse(path).body if not isDefinition(node)], [])
    assert "twisted.internet.reactor" not in set(importsOf(top))


def isDefinition(node: ast.AST) -> bool:
    """Whether a statement defines a function or class, whose body runs later."""
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))


@pytest.mark.parametrize("path", MODULES, ids=nameOf)
def test_nothingDangerous(path: Path) -> None:
    """Nothing unpickles or evaluates anything."""
    tree = parse(path)
    for name in importsOf(tree, ofTypes=True):
        assert name.split(".")[0] not in DANGEROUS
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "exec", "compile", "__import__"}
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"unsafe_load", "full_load"}


def test_importingDoesNothing() -> None:
    """To import every module installs no reactor, starts no thread, opens nothing, says nothing."""
    names = [".".join(filter(None, ["livewidget", nameOf(path)])) for path in MODULES]
    names = [name for name in names if not name.endswith("__main__")]
    program = f"""
import importlib, os, socket, sys, threading
opened = []
class Counting(socket.socket):
    def __init__(self, *args, **kwargs):
        opened.append(args)
        super().__init__(*args, **kwargs)
socket.socket = Counting
before = sorted(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else []
for name in {names!r}:
    importlib.import_module(name)
after = sorted(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else []
assert "twisted.internet.reactor" not in sys.modules, "a reactor"
assert threading.active_count() == 1, "threads"
assert opened == [], "sockets"
assert before == after, (before, after)
print(len({names!r}))
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT.parent,
        timeout=60,
    )
    assert (done.stderr, done.stdout) == ("", f"{len(names)}\n")
