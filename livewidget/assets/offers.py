"""What the plugins of installed distributions offer: found and read once a process."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from twisted.logger import Logger
from twisted.plugin import CachedPlugin, getCache, pluginPackagePaths
from twisted.python.failure import Failure
from twisted.python.modules import getModule

import twisted.plugins
from livewidget.assets.package import OWN, Package, namesIn
from livewidget.errors import ModuleError
from livewidget.interfaces import ICSSPackage, IJSPackage
from livewidget.logs import logFailure

_INTERFACES = {"js": IJSPackage, "css": ICSSPackage}

_LEFT_OUT = "the plugin {plugin} is left out, and pages do without its package"

_log = Logger()


class Offer(NamedTuple):
    """A folder that a plugin offers.

    @ivar plugin: what the plugin is called in the log.
    """

    plugin: str
    kind: str
    folder: Path


def offeredPackages(debug: bool = False) -> tuple[Package, ...]:
    """The packages that plugins offer. One that is broken is an error in the log, and left out.

    @param debug: read them anew.
    """
    return _read() if debug else _readOnce()


@cache
def offers() -> tuple[Offer, ...]:
    """The folders that plugins offer, each once, in the order of the names of the plugins."""
    found: dict[tuple[str, Path], Offer] = {}
    for plugin in _plugins():
        for kind, interface in _INTERFACES.items():
            if any(provided.isOrExtends(interface) for provided in plugin.provided):
                offer = _ask(plugin, kind)
                if offer is not None:
                    found.setdefault((kind, offer.folder), offer)
    return tuple(found.values())


@cache
def _readOnce() -> tuple[Package, ...]:
    # Once: the tests of an application make many resources.
    return _read()


def _read() -> tuple[Package, ...]:
    packages = []
    names = namesIn(Package(OWN, "js"), {})
    for plugin, kind, folder in offers():
        try:
            package = Package(folder, kind)
            if kind == "js":
                names |= namesIn(package, names)
        except (ModuleError, OSError) as error:
            _log.error(_LEFT_OUT + ": {reason}", plugin=plugin, reason=error)
        else:
            packages.append(package)
    return tuple(packages)


def _plugins() -> Iterator[CachedPlugin]:
    # Those in the working directory too, which twistd searches only since it is up.
    for path in pluginPackagePaths(twisted.plugins.__name__):
        if path not in twisted.plugins.__path__:
            twisted.plugins.__path__.append(path)
    dropins = getCache(twisted.plugins)
    _complain(set(dropins))
    for name in sorted(dropins):
        yield from dropins[name].plugins


def _complain(imported: set[str]) -> None:
    """Say what to do of modules that cannot be imported, of which there is a traceback alone."""
    for module in getModule(twisted.plugins.__name__).iterModules():
        if module.name.rpartition(".")[2] in imported:
            continue
        # Others are none of our business.
        if b"livewidget" in module.filePath.getContent():
            _log.error(
                "{path} cannot be imported, as the traceback above says, and pages do without "
                "what it offers: mend it, or take it away",
                path=module.filePath.path,
            )


def _ask(plugin: CachedPlugin, kind: str) -> Offer | None:
    """The offer of a plugin, or L{None}: it is broken, which is in the log now."""
    name = f"{plugin.dropin.moduleName}.{plugin.name}"
    try:
        loaded = plugin.load()
        name = f"{name} ({loaded!r})"
        return Offer(name, kind, _folderOf(loaded))
    except ModuleError as error:
        _log.error(_LEFT_OUT + ": {reason}", plugin=name, reason=error)
    except Exception:
        logFailure(_log, _LEFT_OUT + ": mend it, or take it away", Failure(), plugin=name)
    return None


def _folderOf(plugin: Any) -> Path:
    folder = plugin.folder()
    if not isinstance(folder, Path) or not folder.is_absolute() or not folder.is_dir():
        raise ModuleError(
            f"its folder() returned {folder!r}, and has to return the absolute Path of a folder"
        )
    # As definingFolder does, so that a folder that is also beside a class is the same one.
    return folder.parent.resolve() / folder.name
