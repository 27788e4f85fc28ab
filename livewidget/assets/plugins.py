"""Twisted plugins for folders of JavaScript modules and style sheets: declared and found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from twisted.logger import Logger
from twisted.plugin import CachedPlugin, IPlugin, getCache, pluginPackagePaths
from twisted.python.failure import Failure
from twisted.python.modules import getModule
from zope.interface import implementer

import twisted.plugins
from livewidget.assets.folders import packageFolders
from livewidget.assets.package import OWN, Package, namesIn
from livewidget.errors import ModuleError
from livewidget.interfaces import ICSSPackage, IJSPackage
from livewidget.logs import logFailure

_INTERFACES = {"js": IJSPackage, "css": ICSSPackage}

_LEFT_OUT = "the plugin {plugin} is left out, and its files are not available to pages"

_log = Logger()


class _Beside:
    """A folder called C{_kind} beside Python code, or any folder by its path."""

    _kind = ""

    def __init__(self, place: str | Path) -> None:
        if not isinstance(place, (str, Path)):
            raise TypeError(
                f"{type(self).__name__} takes the name of a Python package, or the Path of "
                f"a folder, not {place!r}"
            )
        if isinstance(place, Path) and not place.is_absolute():
            raise ValueError(
                f"{type(self).__name__} takes an absolute path, not {str(place)!r}; "
                "use Path(__file__).parent / …"
            )
        self._place = place

    def __repr__(self) -> str:
        place = self._place if isinstance(self._place, str) else str(self._place)
        return f"{type(self).__name__}({place!r})"

    def folder(self) -> Path:
        """Return the folder, which is searched for now.

        @raise ModuleError: there is no such package or folder.
        """
        if isinstance(self._place, Path):
            folders = [self._place]
        else:
            try:
                folders = [folder / self._kind for folder in packageFolders(self._place)]
            except LookupError as error:
                raise ModuleError(f"{error.args[0]}; install it, or correct the name") from None
        found = next((folder for folder in folders if folder.is_dir()), None)
        if found is None:
            raise ModuleError(
                f"the folder {folders[0]} does not exist; create it, install it with the Python "
                f"files, or use {type(self).__name__} with the Path of another"
            )
        return found


@implementer(IPlugin, IJSPackage)
class JSPackage(_Beside):
    """A folder of JavaScript modules that every page may import by name, as a Twisted plugin.

    In C{twisted/plugins/acme_livewidget.py} of a distribution::

        from livewidget import JSPackage

        js = JSPackage("acme.forms")

    @param place: the name of a Python package or module with a folder C{js} beside its
        files, which is found without importing the package; or the
        absolute C{Path} of a folder.
    @raise TypeError: it is neither.
    @raise ValueError: the path is relative.
    """

    _kind = "js"


@implementer(IPlugin, ICSSPackage)
class CSSPackage(_Beside):
    """A folder of style sheets that every C{cssModule} may name, as a Twisted plugin.

    @param place: as for L{JSPackage}; the folder is called C{css}.
    @raise TypeError: it is neither.
    @raise ValueError: the path is relative.
    """

    _kind = "css"


class Offer(NamedTuple):
    """A folder that a plugin offers.

    @ivar plugin: the plugin's name in log messages.
    @ivar kind: C{"js"} or C{"css"}.
    @ivar folder: the absolute path.
    """

    plugin: str
    kind: str
    folder: Path


class InstalledPackages:
    """The packages that Twisted plugins offer, searched for and read at the first request.

    A plugin that is broken is logged as an error and left out.
    """

    def __init__(self) -> None:
        self._offers: tuple[Offer, ...] | None = None
        self._packages: tuple[Package, ...] | None = None

    def offers(self) -> tuple[Offer, ...]:
        """Return the folders that plugins offer, each once, sorted by the plugins' names."""
        if self._offers is None:
            self._offers = tuple(_search())
        return self._offers

    def packages(self, debug: bool = False) -> tuple[Package, ...]:
        """Return the packages in these folders.

        @param debug: read their files again.
        """
        if debug:
            return tuple(_read(self.offers()))
        # Kept, since the tests of an application make many resources.
        if self._packages is None:
            self._packages = tuple(_read(self.offers()))
        return self._packages

    def forget(self) -> None:
        """Search for plugins again at the next request."""
        self._offers = self._packages = None


#: The plugins of this process. Searching imports them, so all resources share the result.
INSTALLED = InstalledPackages()


def _search() -> Iterable[Offer]:
    found: dict[tuple[str, Path], Offer] = {}
    for plugin in _plugins():
        for kind, interface in _INTERFACES.items():
            if any(provided.isOrExtends(interface) for provided in plugin.provided):
                offer = _ask(plugin, kind)
                if offer is not None:
                    found.setdefault((kind, offer.folder), offer)
    return found.values()


def _read(offers: Iterable[Offer]) -> Iterator[Package]:
    names = namesIn(Package(OWN, "js"), {})
    for plugin, kind, folder in offers:
        try:
            package = Package(folder, kind)
            if kind == "js":
                names |= namesIn(package, names)
        except (ModuleError, OSError) as error:
            _log.error(_LEFT_OUT + ": {reason}", plugin=plugin, reason=error)
        else:
            yield package


def _plugins() -> Iterator[CachedPlugin]:
    # twistd adds the working directory to the path after this package was imported.
    for path in pluginPackagePaths(twisted.plugins.__name__):
        if path not in twisted.plugins.__path__:
            twisted.plugins.__path__.append(path)
    dropins = getCache(twisted.plugins)
    _reportBroken(set(dropins))
    for name in sorted(dropins):
        yield from dropins[name].plugins


def _reportBroken(imported: set[str]) -> None:
    """Log what to do about plugin modules that failed to import; Twisted logs the tracebacks."""
    for module in getModule(twisted.plugins.__name__).iterModules():
        if module.name.rpartition(".")[2] in imported:
            continue
        # Other projects' plugins are not our concern.
        if b"livewidget" in module.filePath.getContent():
            _log.error(
                "{path} cannot be imported, see the traceback above, and its files are not "
                "available to pages; fix it, or remove it",
                path=module.filePath.path,
            )


def _ask(plugin: CachedPlugin, kind: str) -> Offer | None:
    """Return a plugin's offer, or L{None} after logging why there is none."""
    name = f"{plugin.dropin.moduleName}.{plugin.name}"
    try:
        loaded = plugin.load()
        name = f"{name} ({loaded!r})"
        return Offer(name, kind, _folderOf(loaded))
    except ModuleError as error:
        _log.error(_LEFT_OUT + ": {reason}", plugin=name, reason=error)
    except Exception:
        logFailure(_log, _LEFT_OUT + "; fix it, or remove it", Failure(), plugin=name)
    return None


def _folderOf(plugin: Any) -> Path:
    folder = plugin.folder()
    if not isinstance(folder, Path) or not folder.is_absolute() or not folder.is_dir():
        raise ModuleError(
            f"its folder() returned {folder!r}, and must return the absolute Path of a folder"
        )
    # Resolved like definingFolder does, so that a folder that is also beside a class is the same.
    return folder.parent.resolve() / folder.name
