"""The JavaScript modules and style sheets of one resource."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

from livewidget.assets.folders import definingFolder
from livewidget.assets.importcheck import Imports
from livewidget.assets.package import OWN, SUFFIXES, Named, Package, namesIn
from livewidget.assets.plugins import INSTALLED, InstalledPackages
from livewidget.errors import ModuleError
from livewidget.suggest import didYouMean
from livewidget.wire.stacks import Place


class Catalog:
    """The packages that a resource knows: our own, those of plugins, those of its elements.

    @param debug: serve our own modules as they are written, and not bundled into one, and
        read the packages of plugins again.
    @param installed: the packages of plugins.
    """

    def __init__(self, debug: bool = False, installed: InstalledPackages = INSTALLED) -> None:
        self._debug = debug
        self._installed = installed
        self._packages: dict[tuple[str, Path], Package] = {}
        self._byLabel: dict[tuple[str, str], Package] = {}
        self._modules: dict[str, Named] = {}
        # The names of all modules that were ever known, in order. A page knows a prefix of these.
        self._names: dict[str, None] = {}
        self._imports = Imports()
        self._begin()

    @property
    def modules(self) -> int:
        """The number of modules that are or were known."""
        return len(self._names)

    def module(self, cls: type, jsClass: str) -> tuple[str, str]:
        """Return the module and the exported class that C{jsClass} of a class names.

        @raise ModuleError: it is not C{Module.Class}, the file does not exist, or it does
            not export the class.
        """
        module, _, name = jsClass.rpartition(".")
        if not module:
            raise ModuleError(
                f"{cls.__qualname__}.jsClass is {jsClass!r}; use Module.Class for the class "
                "Class that js/Module.js exports"
            )
        package, file = self._file(cls, "jsClass", "js", module, jsClass)
        exports = package.scan(file).exports
        if exports is not None and name not in exports:
            raise ModuleError(
                f"{cls.__qualname__}.jsClass names {jsClass}: {package.folder / file} exports no "
                f"{name}{_exportHint(package, file, name, exports)}"
            )
        self._imports.add(package, file)
        return module, name

    def styleSheet(self, cls: type, cssModule: str) -> str:
        """Return the URL of a style sheet, relative to C{_live/}.

        @raise ModuleError: the file does not exist.
        """
        package, file = self._file(cls, "cssModule", "css", cssModule, cssModule)
        return package.url(file)

    def styleSheets(self, cls: type, cssModule: str | Sequence[str] | None) -> list[str]:
        """Return the URLs of the style sheets that C{cssModule} of a class names, in its order.

        @raise ModuleError: a file does not exist, or C{cssModule} has the wrong type.
        """
        if cssModule is None:
            return []
        names = [cssModule] if isinstance(cssModule, str) else cssModule
        if not isinstance(names, (list, tuple)) or not all(isinstance(n, str) for n in names):
            raise ModuleError(
                f"{cls.__qualname__}.cssModule is {cssModule!r}; use the name of a style sheet, "
                'or a tuple of names, such as ("Forms", "Theme")'
            )
        return [self.styleSheet(cls, name) for name in names]

    def moduleUrls(self, since: int = 0) -> dict[str, str]:
        """Return the URLs of the known modules by name, relative to C{_live/}.

        Imports of unknown names by the modules of pages are logged as warnings.

        @param since: how many modules to leave out: those that were known first.
        """
        self._imports.check(self._modules)
        if since == self.modules:
            return {}
        known = ((name, self._modules.get(name)) for name in islice(self._names, since, None))
        return {name: found[0].url(found[1]) for name, found in known if found is not None}

    def add(self, folder: Path, kind: str) -> Package:
        """Return the package of a folder, which is known from now on.

        @raise ModuleError: one of its modules has the name of a known module.
        """
        package = self._packages.get((kind, folder))
        if package is None:
            package = Package(folder, kind, self._debug)
            self._keep(package)
        return package

    def refresh(self) -> None:
        """Read all known packages again, for debugging.

        Files of pages that are open remain available.
        """
        offered = self._offered
        known, self._packages, self._modules = self._packages, {}, {}
        self._begin()
        for (kind, folder), package in known.items():
            # A plugin that its developer breaks meanwhile is left out, and pages work without it.
            if package not in offered:
                self.add(folder, kind)

    def content(self, kind: str, label: str, file: str, gzipped: bool = False) -> bytes | None:
        """Return the bytes to serve, or L{None} if the file does not exist."""
        package = self._byLabel.get((kind, label))
        if package is None or file not in package.files:
            return None
        return package.gzipped(file) if gzipped else package.files[file]

    def locate(self, url: str, line: int) -> Place | None:
        """Return where a line of a module is on disk; see L{livewidget.wire.stacks.Locate}.

        @param url: the URL in a browser's stack, which is not to be trusted.
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

    def _begin(self) -> None:
        self.own = self.add(OWN, "js")
        self._offered = self._installed.packages(self._debug)
        for package in self._offered:
            self._keep(package)

    def _keep(self, package: Package) -> None:
        if package.kind == "js":
            self._modules |= namesIn(package, self._modules)
            self._names.update(dict.fromkeys(self._modules))
        self._packages[package.kind, package.folder] = package
        self._byLabel[package.kind, package.label] = package

    def _file(self, cls: type, attribute: str, kind: str, name: str, whole: str) -> Named:
        """Return the file of a name: beside the class, otherwise of a plugin or our own."""
        folder = definingFolder(cls, attribute) / kind
        beside = self.add(folder, kind)
        file = name.replace(".", "/") + SUFFIXES[kind]
        if file in beside.files:
            return Named(beside, file)
        shared = [package for package in (self.own, *self._offered) if package.kind == kind]
        found = [Named(package, package.names[name]) for package in shared if name in package.names]
        if len(found) > 1:
            paths = " and ".join(str(package.folder / file) for package, file in found)
            raise ModuleError(
                f"{cls.__qualname__}.{attribute} names {whole}, which may be {paths}; rename one"
            )
        if found:
            return found[0]
        hint = _nameHint(name, whole, [beside, *shared])
        raise ModuleError(
            f"{cls.__qualname__}.{attribute} names {whole}: {folder / file} does not exist{hint}"
        )


def _nameHint(name: str, whole: str, packages: Sequence[Package]) -> str:
    """Return a hint for a name that does not exist, or an empty text."""
    names = {name: package for package in reversed(packages) for name in package.names}
    if whole != name and whole in names:
        return f"; {whole} is a module; use {whole}.Class, with the name of its class"

    def describe(near: str) -> str:
        package = names[near]
        if package is packages[0]:
            return near
        return f"{near} ({package.folder / package.names[near]})"

    hint = didYouMean(name, names, describe)
    return hint and f"; {hint}"


def _exportHint(package: Package, file: str, name: str, exports: Collection[str]) -> str:
    if name in package.scan(file).classes:
        return f"; add export before class {name}"
    if not exports:
        return f"; it exports nothing; add export class {name}"
    hint = didYouMean(name, exports) or f"it exports {', '.join(sorted(exports)[:5])}"
    return f"; {hint}"
