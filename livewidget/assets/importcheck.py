"""Check that modules import what exists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from posixpath import dirname, join, normpath, relpath

from twisted.logger import Logger

from livewidget.assets.jsscan import mentioned
from livewidget.assets.package import OWN, Named, Package
from livewidget.suggest import didYouMean

#: A bare specifier, which browsers look up in the import map: neither a path nor a URL.
_BARE = re.compile(r"(?!\.{0,2}/)(?![A-Za-z][A-Za-z0-9+.-]*:)")

_log = Logger()


class Imports:
    """Checks the imports of modules that pages use, and of the modules that these import.

    An unknown name is logged as a warning, once for each version of a file. It is not an
    error, since an application's page may add to the import map.
    """

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()
        self._waiting: list[tuple[Package, str]] = []

    def add(self, package: Package, file: str) -> None:
        """Add a module that a page uses to those that the next L{check} looks at."""
        if package.folder != OWN and (package.label, file) not in self._seen:
            self._seen.add((package.label, file))
            self._waiting.append((package, file))

    def check(self, known: Mapping[str, Named]) -> None:
        """Check the modules that were added.

        @param known: all modules of the import map.
        """
        while self._waiting:
            package, file = self._waiting.pop()
            for name in mentioned(package.files[file]):
                if name in known:
                    self.add(*known[name])
                elif _BARE.match(name):
                    self._unknown(package, file, name, known)
                elif name.startswith("."):
                    self._relative(package, file, name)

    def _relative(self, package: Package, file: str, name: str) -> None:
        other = normpath(join(dirname(file), name))
        if other in package.files:
            self.add(package, other)
        elif name in package.scan(file).imports:
            hint = didYouMean(
                other.removesuffix(".js").replace("/", "."),
                package.names,
                lambda near: _relativeTo(file, package.names[near]),
            )
            _warn(package.folder / file, package.label, name, hint, "file of its folder")

    def _unknown(self, package: Package, file: str, name: str, known: Iterable[str]) -> None:
        # Up to here it may be in a comment.
        if name in package.scan(file).imports:
            hint = didYouMean(name, known)
            _warn(package.folder / file, package.label, name, hint, "module that the page knows")


def _relativeTo(file: str, other: str) -> str:
    path = relpath(other, dirname(file))
    return path if path.startswith(".") else f"./{path}"


@lru_cache(maxsize=1024)
def _warn(path: Path, label: str, name: str, hint: str, what: str) -> None:
    """Log a warning, once for each version of a file."""
    _log.warn(
        "{path} imports from {name}, which is not a {what}{hint}",
        path=path,
        what=what,
        name=repr(name),
        hint=hint and f"; {hint}",
    )
