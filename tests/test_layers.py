"""Tests of the rooms: what each may import, and that importing does nothing."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import livewidget

ROOT = Path(next(iter(livewidget.__path__)))
DOCS = Path(__file__).parents[1] / "docs"

#: The modules that every room may import.
GROUND = {"errors", "interfaces", "logs", "naming", "suggest"}
#: The rooms that each room may import from, besides itself and the ground. Modules beside the rooms
#: are rooms of their own; "" is the package itself. Imports for type checkers count.
ROOMS: dict[str, set[str]] = {
    "wire": set(),
    "web": {"wire"},
    "assets": {"wire"},
    "settings": {"wire", "web"},
    "elements": {"wire"},
    "rendering": {"wire", "assets", "elements"},
    "session": {"wire", "settings"},
    "transports": {"wire", "web", "settings", "session"},
    "page": {"wire", "settings", "session", "elements", "rendering"},
    "factory": {"elements"},
    "resource": {
        "wire",
        "web",
        "assets",
        "settings",
        "elements",
        "rendering",
        "transports",
        "page",
        "factory",
    },
    "": {"web", "wire", "assets", "settings", "elements", "resource"},
    "testing": {"wire", "assets", "settings", "session", "elements", "rendering", "page"},
    "command": {"web", "settings", "elements", "factory", "resource"},
    "tap": {"command", "resource", "settings"},
}
#: Modules that need each other's types: C{LiveElement.page} is a C{LivePage}.
PAIRS = {("elements.element", "elements.livepage")}
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
#: The functions that ask such a class for the time.
CLOCKS = {"now", "utcnow", "today"}
DANGEROUS = {"pickle", "cPickle", "marshal", "shelve", "dill", "yaml", "ctypes", "code", "runpy"}
MODULES = sorted(ROOT.rglob("*.py"))


def nameOf(path: Path) -> str:
    """Return the name of a module without the package's: C{web.site}."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


NAMES = {nameOf(path) for path in MODULES} - {""}


def importsOf(tree: ast.AST, ofTypes: bool = False) -> Iterator[str]:
    """Yield the full names that a module imports, anywhere in it.

    @param ofTypes: also those that only a type checker imports.
    """
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test) and not ofTypes:
            yield from importsOf(ast.Module(node.orelse, []))
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from importsOf(node, ofTypes)


def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def roomOf(name: str) -> str:
    """Return the room of a module."""
    return name.partition(".")[0]


def ours(path: Path, ofTypes: bool = False) -> set[str]:
    """Return the names of our own modules that a module imports."""
    found = set()
    for name in importsOf(parse(path), ofTypes):
        if roomOf(name) == "livewidget":
            inside = name.removeprefix("livewidget").removeprefix(".")
            while inside and inside not in NAMES:
                inside = inside.rpartition(".")[0]
            found.add(inside)
    return found


RUNTIME = {nameOf(path): ours(path) for path in MODULES}
TYPES = {nameOf(path): ours(path, ofTypes=True) for path in MODULES}


def circles(arrows: dict[str, set[str]]) -> set[tuple[str, ...]]:
    """Return the groups of modules that all import each other, directly or through others."""
    reach: dict[str, set[str]] = {name: set() for name in arrows}
    for name in arrows:
        waiting = [name]
        while waiting:
            for other in arrows.get(waiting.pop(), ()):
                if other not in reach[name]:
                    reach[name].add(other)
                    waiting.append(other)
    return {
        tuple(sorted({name, *(other for other in reach[name] if name in reach[other])}))
        for name in arrows
        if name in reach[name]
    }


@pytest.mark.parametrize("path", MODULES, ids=nameOf)
def test_roomsImportOnlyWhatTheTableAllows(path: Path) -> None:
    """Each import, of types too, leads to the same room, to the ground, or to a room below."""
    name = nameOf(path)
    room = roomOf(name)
    allowed = GROUND if room in GROUND else ROOMS[room] | GROUND | {room}
    assert {other for other in TYPES[name] if roomOf(other) not in allowed} == set()
    assert not name or "" not in TYPES[name]


def test_theTableNamesEveryRoomAndNoOther() -> None:
    """The table and the tree have the same rooms."""
    assert {roomOf(name) for name in NAMES} | {""} == ROOMS.keys() | GROUND


def test_theDocumentHasTheTable() -> None:
    """The page on the architecture lists the imports that each room may have."""
    text = (DOCS / "contributing" / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("## The rooms")[2].partition("\n## ")[0]
    printed = {
        re.sub(r"/$|\.py$|^livewidget$", "", room): set(re.findall(r"`(\w+)`", allowed))
        for room, allowed in re.findall(r"^\| `([\w/.]+)` \|[^|]*\|([^|]*)\|", table, re.MULTILINE)
    }
    assert printed == ROOMS


def test_thePictureHasTheRoomsOnTheirFloors() -> None:
    """The picture shows every folder, each as high as it stands above the rooms it may import."""
    picture = (DOCS / "_static" / "architecture.svg").read_text(encoding="utf-8")
    drawn = dict(re.findall(r'data-room="(\w+)" data-floor="(\d)"', picture))
    assert drawn == {room: str(floorOf(room)) for room in drawn}
    assert {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()} <= set(drawn)


def floorOf(room: str) -> int:
    """Return how many rooms stand below a room, one on another."""
    return max((floorOf(other) + 1 for other in ROOMS[room]), default=0)


def test_theTableHasNoCircle() -> None:
    """No room may import a room that may import it."""
    assert circles(ROOMS) == set()


def test_modulesImportEachOtherInNoCircle() -> None:
    """Modules do not import each other in a circle, except for types as in C{PAIRS}."""
    assert circles(RUNTIME) == set()
    assert circles(TYPES) == PAIRS


def reached(name: str) -> set[str]:
    """Return the package's modules that are loaded with one of them, itself included.

    A room's C{__init__} has no code, see L{test_roomsHaveDocstringsAndNoCode}.
    """
    found, waiting = {name}, [name]
    while waiting:
        new = RUNTIME[waiting.pop()] - found
        found |= new
        waiting += new
    return found


@pytest.mark.parametrize("name", sorted(name for name in NAMES if roomOf(name) == "wire"))
def test_theCoreLoadsNoReactorClockSocketOrRandomness(name: str) -> None:
    """No module that the core loads uses a reactor, a clock, a socket or randomness."""
    for module in reached(name):
        path = ROOT.joinpath(*module.split("."))
        tree = parse(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))
        attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not attributes & CLOCKS, module
        for other in set(importsOf(tree)) - CLASSES:
            prefixes = {other.rsplit(".", n)[0] for n in range(other.count(".") + 1)} | {other}
            assert not prefixes & OUTSIDE, (module, other)


def test_theCoreIsSeparable() -> None:
    """Loading the delivery loads no reactor, Autobahn, Jinja2, or setting of the web."""
    program = """
import sys
import livewidget.wire.delivery
outside = {"autobahn", "jinja2", "twisted.internet.reactor", "twisted.web"}
print([name for name in sys.modules if name.split(".")[0] == "livewidget" or name in outside])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT.parent
    )
    loaded = ast.literal_eval(done.stdout)
    assert {roomOf(name.removeprefix("livewidget").removeprefix(".")) for name in loaded} == {
        "",
        "errors",
        "wire",
    }


@pytest.mark.parametrize(
    "room",
    sorted(path.parent for path in MODULES if path.name == "__init__.py" and path.parent != ROOT),
)
def test_roomsHaveDocstringsAndNoCode(room: Path) -> None:
    """A room's C{__init__} describes the room, and only that of C{testing} exports names."""
    tree = parse(room / "__init__.py")
    assert len(ast.get_docstring(tree) or "") > 60
    assert len(tree.body) == 1 or room.name == "testing"


@pytest.mark.parametrize("room", sorted(room for room in ROOMS if (ROOT / room).is_dir() and room))
def test_docstringsOfRoomsHaveTheTable(room: str) -> None:
    """A room's docstring lists the imports that the room may have."""
    text = ast.get_docstring(parse(ROOT / room / "__init__.py")) or ""
    said = re.search(r"may import (.+?)[.;]", text, re.DOTALL)
    assert set(re.findall(r"C\{(\w+)\}", said[1] if said else "")) == ROOMS[room]


def test_onlyElementsReadTheirPrivateAttributes() -> None:
    """Names that begin with C{_live} are read in the room C{elements} alone."""
    readers = {
        nameOf(path)
        for path in MODULES
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Attribute) and node.attr.startswith("_live")
    }
    assert {name for name in readers if roomOf(name) != "elements"} == set()


@pytest.mark.parametrize("path", MODULES, ids=nameOf)
def test_noReactorAtImport(path: Path) -> None:
    """The reactor is imported in functions only, where somebody has asked for it."""
    top = ast.Module([node for node in parse(path).body if not isDefinition(node)], [])
    assert "twisted.internet.reactor" not in set(importsOf(top))


def isDefinition(node: ast.AST) -> bool:
    """Return whether a statement defines a function or class, whose body runs later."""
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
    """Importing every module installs no reactor, starts no thread, opens and prints nothing."""
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
