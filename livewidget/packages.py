"""JavaScript modules and style sheets that belong to Python code."""

from __future__ import annotations

import difflib
import gzip
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, unquote

from livewidget.bundle import bundle
from livewidget.errors import ModuleError
from livewidget.jsstack import Place
from livewidget.source import definingFolder

#: The folders that are looked for beside Python code, and what is in them.
SUFFIXES = {"js": ".js", "css": ".css"}

#: Where JavaScript ends a line.
_LINE_ENDS = re.compile("\r\n|[\n\r\u2028\u2029]")

#: Our own modules. Only the one with the public names can be imported by name.
OWN = Path(__file__).resolve().parent / "js"
OWN_PUBLIC = "livewidget.js"


class Package:
    """A folder of modules (C{js}) or style sheets (C{css}), read at once.

    What is served is what was hashed, also when a file changes later.

    @param debug: serve our own modules as they are written, and not as one.
    @ivar kind: C{"js"} or C{"css"}.
    @ivar label: its part of URLs, made of the folder's name and a hash of
        all that is in it, so that it can be cached for good and modules can
        import each other by relative paths.
    @ivar bundled: whether what is served is not what is in the folder.
    @ivar files: what is served, by the paths in the folder, with C{/}.
    """

    def __init__(self, folder: Path, kind: str, debug: bool = False) -> None:
        self.folder = folder
        self.kind = kind
        self.bundled = folder == OWN and not debug
        self.files = _bundled() if self.bundled else _read(folder, SUFFIXES[kind])
        self._gzipped: dict[str, bytes] = {}
        self._lines: dict[str, list[str]] = {}
        digest = sha256()
        for name, content in self.files.items():
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
        self.label = f"{folder.parent.name}-{digest.hexdigest()[:16]}"

    def modules(self) -> list[tuple[str, str]]:
        """The names by which modules elsewhere import those in here, and the files."""
        files = [OWN_PUBLIC] if self.folder == OWN else self.files
        return [(file.removesuffix(".js").replace("/", "."), file) for file in files]

    def gzipped(self, file: str) -> bytes:
        """A file of this package, compressed once, when it is first asked for."""
        packed = self._gzipped.get(file)
        if packed is None:
            packed = self._gzipped[file] = gzip.compress(self.files[file], mtime=0)
        return packed

    def line(self, file: str, number: int) -> str:
        """A line of a file, as it was served, or nothing."""
        lines = self._lines.get(file)
        if lines is None:
            text = self.files[file].decode("utf-8", "replace")
            # Not splitlines(), which knows more ends of lines than JavaScript does.
            lines = self._lines[file] = _LINE_ENDS.split(text)
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def url(self, file: str) -> str:
        """The URL of a file, relative to C{_live/}."""
        return f"{self.kind}/{quote(self.label)}/{quote(file)}"


class Packages:
    """The packages that are known to one resource.

    @param debug: serve our own modules as they are written, and not as one.
    """

    def __init__(self, debug: bool = False) -> None:
        self._debug = debug
        self._packages: dict[tuple[str, Path], Package] = {}
        self._byLabel: dict[tuple[str, str], Package] = {}
        self._modules: dict[str, tuple[Package, str]] = {}
        self.own = self.add(OWN, "js")

    def module(self, cls: type, jsClass: str) -> tuple[str, str]:
        """The module and the exported class that C{jsClass} of a class names.

        @raise ModuleError: it is not C{Module.Class}, or there is no such file.
        """
        module, _, name = jsClass.rpartition(".")
        if not module:
            raise ModuleError(
                f"{cls.__qualname__}.jsClass is {jsClass!r}: write Module.Class, for the class "
                "Class exported by js/Module.js"
            )
        self._file(cls, "jsClass", "js", module)
        return module, name

    def styleSheet(self, cls: type, cssModule: str) -> str:
        """The URL of a style sheet, relative to C{_live/}.

        @raise ModuleError: there is no such file.
        """
        package, file = self._file(cls, "cssModule", "css", cssModule)
        return package.url(file)

    def moduleUrls(self) -> dict[str, str]:
        """The URLs of all known modules by name, relative to C{_live/}."""
        return {name: package.url(file) for name, (package, file) in self._modules.items()}

    def add(self, folder: Path, kind: str) -> Package:
        """Make a folder known.

        @raise ModuleError: one of its modules has the name of another.
        """
        package = self._packages.get((kind, folder))
        if package is None:
            package = Package(folder, kind, self._debug)
            if kind == "js":
                self._addModules(package)
            self._packages[kind, folder] = package
            self._byLabel[kind, package.label] = package
        return package

    def refresh(self) -> None:
        """Read all known packages anew, for debugging.

        Pages that are open keep what they were made with.
        """
        known, self._packages, self._modules = self._packages, {}, {}
        for kind, folder in known:
            package = self.add(folder, kind)
            if folder == OWN:
                self.own = package

    def content(self, kind: str, label: str, file: str, gzipped: bool = False) -> bytes | None:
        """The bytes to serve, or L{None}: there is no such file."""
        package = self._byLabel.get((kind, label))
        if package is None or file not in package.files:
            return None
        return package.gzipped(file) if gzipped else package.files[file]

    def locate(self, url: str, line: int) -> Place | None:
        """Where a line of a module is on disk; see L{livewidget.jsstack.Locate}.

        @param url: what a browser says it is.
        """
        rest = url.rpartition("/_live/js/")[2].partition("?")[0].partition("#")[0]
        label, _, file = (unquote(part) for part in rest.partition("/"))
        package = self._byLabel.get(("js", label))
        if package is None or file not in package.files:
            return None
        own = package.folder == OWN
        if package.bundled:
            return Place(url, "", own)
        return Place(str(package.folder / file), package.line(file, line), own)

    def _file(self, cls: type, attribute: str, kind: str, name: str) -> tuple[Package, str]:
        folder = definingFolder(cls, attribute) / kind
        package = self.add(folder, kind)
        file = name.replace(".", "/") + SUFFIXES[kind]
        if file not in package.files:
            near = difflib.get_close_matches(file, package.files, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ModuleError(
                f"{cls.__qualname__}.{attribute} names {file}: {folder / file} does not exist{hint}"
            )
        return package, file

    def _addModules(self, package: Package) -> None:
        modules: dict[str, tuple[Package, str]] = {}
        for name, file in package.modules():
            known = self._modules.get(name) or modules.get(name)
            if known is not None:
                raise ModuleError(
                    f"two modules are called {name}: {known[0].folder / known[1]} and "
                    f"{package.folder / file}; rename one"
                )
            modules[name] = (package, file)
        self._modules.update(modules)


@cache
def _bundled() -> dict[str, bytes]:
    # Once: the tests of an application make many resources.
    return {OWN_PUBLIC: bundle(OWN, OWN_PUBLIC)}


def _read(folder: Path, suffix: str) -> dict[str, bytes]:
    paths = sorted(folder.rglob(f"*{suffix}"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
