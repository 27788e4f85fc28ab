"""Packages of modules and style sheets that a distribution offers to others."""

from __future__ import annotations

from pathlib import Path

from twisted.plugin import IPlugin
from zope.interface import implementer

from livewidget.assets.folders import packageFolders
from livewidget.errors import ModuleError
from livewidget.interfaces import ICSSPackage, IJSPackage


class _Beside:
    """A folder of a certain name beside Python code, or any other."""

    _kind = ""

    def __init__(self, place: str | Path) -> None:
        if not isinstance(place, (str, Path)):
            raise TypeError(
                f"{type(self).__name__} takes the name of a Python package, or the Path of "
                f"a folder, not {place!r}"
            )
        if isinstance(place, Path) and not place.is_absolute():
            raise ValueError(
                f"{type(self).__name__} takes an absolute path, not {str(place)!r}: "
                "write Path(__file__).parent / …"
            )
        self._place = place

    def __repr__(self) -> str:
        place = self._place if isinstance(self._place, str) else str(self._place)
        return f"{type(self).__name__}({place!r})"

    def folder(self) -> Path:
        """The folder, looked for now."""
        if isinstance(self._place, Path):
            folders = [self._place]
        else:
            try:
                folders = [folder / self._kind for folder in packageFolders(self._place)]
            except LookupError as error:
                raise ModuleError(f"{error.args[0]}: install it, or mend the name") from None
        found = next((folder for folder in folders if folder.is_dir()), None)
        if found is None:
            raise ModuleError(
                f"there is no folder {folders[0]}: make it, see that it is installed with the "
                f"Python files, or give {type(self).__name__} the Path of another"
            )
        return found


@implementer(IPlugin, IJSPackage)
class JSPackage(_Beside):
    """A folder of JavaScript modules that every page may import by name, as a Twisted plugin.

    In C{twisted/plugins/acme_livewidget.py} of a distribution::

        from livewidget import JSPackage

        js = JSPackage("acme.forms")

    @param place: the name of a Python package or module beside whose files
        there is a folder C{js}; it is not imported. Or the absolute path of a folder.
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
