"""One folder of JavaScript modules or style sheets."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from livewidget.assets.bundle import bundle
from livewidget.assets.jsscan import Scan, scan
from livewidget.errors import ModuleError

#: The names of the folders beside Python code, and the suffixes of their files.
SUFFIXES = {"js": ".js", "css": ".css"}

#: The line terminators of JavaScript.
_LINE_ENDS = re.compile("\r\n|[\n\r\u2028\u2029]")

#: The folder of our own modules, and the only one that can be imported by name.
OWN = Path(__file__).resolve().parents[1] / "js"
OWN_PUBLIC = "livewidget.js"


class Package:
    """A folder of modules (C{js}) or style sheets (C{css}), read when it is created.

    The content that is served is the one that was hashed, even if a file changes later.

    @param debug: serve our own modules as they are written, and not bundled into one.
    @ivar folder: its path.
    @ivar kind: C{"js"} or C{"css"}.
    @ivar label: its part of URLs: the folder's name and a hash of all content. Browsers
        may therefore keep files forever, and modules import each other by relative paths.
    @ivar bundled: whether the modules are served as one.
    @ivar files: the content that is served, by the paths in the folder, with C{/}.
    @ivar names: these paths, by the names under which modules or style sheets are known.
    """

    def __init__(self, folder: Path, kind: str, debug: bool = False) -> None:
        self.folder = folder
        self.kind = kind
        self.bundled = folder == OWN and not debug
        self.files = _bundled() if self.bundled else _read(folder, SUFFIXES[kind])
        self.names = dict(self.modules())
        self._gzipped: dict[str, bytes] = {}
        self._lines: dict[str, list[str]] = {}
        digest = sha256()
        for name, content in self.files.items():
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
        self.label = f"{folder.parent.name}-{digest.hexdigest()[:16]}"

    def modules(self) -> list[tuple[str, str]]:
        """Return the names and the files of the modules or style sheets of this package."""
        files = [OWN_PUBLIC] if self.folder == OWN else self.files
        suffix = SUFFIXES[self.kind]
        return [(file.removesuffix(suffix).replace("/", "."), file) for file in files]

    def scan(self, file: str) -> Scan:
        """Return the exports and imports of a module."""
        # The bundle is large, and has the exports of the module as it is written.
        return scan(_public() if self.bundled else self.files[file])

    def gzipped(self, file: str) -> bytes:
        """Return a file, compressed with gzip at the first request."""
        packed = self._gzipped.get(file)
        if packed is None:
            packed = self._gzipped[file] = gzip.compress(self.files[file], mtime=0)
        return packed

    def line(self, file: str, number: int) -> str:
        """Return a line of a file as it was served, or an empty text."""
        lines = self._lines.get(file)
        if lines is None:
            text = self.files[file].decode("utf-8", "replace")
            # Not splitlines(), which knows more line terminators than JavaScript does.
            lines = self._lines[file] = _LINE_ENDS.split(text)
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def url(self, file: str) -> str:
        """Return the URL of a file, relative to C{_live/}."""
        return f"{self.kind}/{quote(self.label)}/{quote(file)}"


class Named(NamedTuple):
    """A module or style sheet that was found by its name."""

    package: Package
    file: str


def namesIn(package: Package, known: Mapping[str, Named]) -> dict[str, Named]:
    """Return the modules of a package by name.

    @param known: the modules of other packages.
    @raise ModuleError: two modules have the same name.
    """
    modules: dict[str, Named] = {}
    for name, file in package.modules():
        other = known.get(name) or modules.get(name)
        if other is not None:
            raise ModuleError(
                f"two modules are called {name}: {other.package.folder / other.file} and "
                f"{package.folder / file}; rename one"
            )
        modules[name] = Named(package, file)
    return modules


@cache
def _bundled() -> dict[str, bytes]:
    # Cached, since the tests of an application make many resources.
    return {OWN_PUBLIC: bundle(OWN, OWN_PUBLIC)}


@cache
def _public() -> bytes:
    return (OWN / OWN_PUBLIC).read_bytes()


def _read(folder: Path, suffix: str) -> dict[str, bytes]:
    paths = sorted(folder.rglob(f"*{suffix}"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
