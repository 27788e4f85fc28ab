"""Distributions that offer modules and style sheets to others."""

from __future__ import annotations

import sys
from pathlib import Path

import twisted.plugins
from livewidget.assets.plugins import INSTALLED

#: The code of a module that must not be imported.
NOT_TO_BE_IMPORTED = "raise RuntimeError('imported')\n"


class Distribution:
    """The files of a distribution on the path: plugins, a Python package, files beside it.

    @ivar folder: the entry on the path.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self._dropins: list[str] = []

    def write(self, name: str, text: str) -> Path:
        """Write a file below the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def package(self, name: str, **files: str) -> None:
        """Write a Python package. In file names two underscores are a slash, a last one is a dot.

        C{js__Acme__Forms_js="…"} is C{js/Acme/Forms.js}.
        """
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            self.write("/".join([*parts[:end], "__init__.py"]), NOT_TO_BE_IMPORTED)
        for file, text in files.items():
            stem, _, suffix = file.rpartition("_")
            self.write(f"{'/'.join(parts)}/{stem.replace('__', '/')}.{suffix}", text)

    def plugin(self, text: str, name: str = "acme_livewidget") -> Path:
        """Write a module of plugins."""
        self._dropins.append(f"twisted.plugins.{name}")
        text = f"from livewidget import CSSPackage, JSPackage\n{text}\n"
        return self.write(f"twisted/plugins/{name}.py", text)

    def js(self, package: str, name: str = "acme_livewidget") -> None:
        """Write a plugin that offers the modules of a Python package."""
        self.plugin(f"js = JSPackage({package!r})", name)

    def install(self) -> None:
        """Put the distribution on the path, and forget what was found before."""
        if str(self.folder) not in sys.path:
            sys.path.insert(0, str(self.folder))
        INSTALLED.forget()

    def remove(self) -> None:
        """Take the distribution off the path."""
        place = str(self.folder / "twisted" / "plugins")
        sys.path[:] = [path for path in sys.path if path != str(self.folder)]
        twisted.plugins.__path__[:] = [path for path in twisted.plugins.__path__ if path != place]
        for name in self._dropins:
            sys.modules.pop(name, None)
            vars(twisted.plugins).pop(name.rpartition(".")[2], None)
        INSTALLED.forget()
