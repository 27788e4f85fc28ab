"""Where Python code is, so that files are found beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.machinery import ModuleSpec
from pathlib import Path


def definingFolder(cls: type, attribute: str) -> Path:
    """The folder of the module whose class body sets C{attribute}.

    A subclass in another folder inherits the attribute and the file beside
    its base; setting the attribute again looks beside the subclass.

    @raise LookupError: the attribute is set by no class, or by one without a file.
    """
    for base in cls.__mro__:
        if attribute in base.__dict__:
            module = sys.modules.get(base.__module__)
            path = getattr(module, "__file__", None)
            if path is None:
                raise LookupError(f"{base.__module__} has no file to look beside")
            return Path(path).resolve().parent
    raise LookupError(f"{cls.__qualname__} does not set {attribute!r}")


def packageFolders(name: str) -> list[Path]:
    """The folders beside whose files a Python package or module is, without importing it.

    There are several if it is a namespace package.

    @param name: with dots.
    @raise LookupError: there is none, or it has no file.
    """
    path: list[str] | None = None
    spec: ModuleSpec | None = None
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        raise LookupError(f"{name!r} cannot be the name of a Python package or module")
    for end in range(1, len(parts) + 1):
        part = ".".join(parts[:end])
        if spec is not None and path is None:
            raise LookupError(f"{spec.name} is a module, and no package with {part} in it")
        spec, folders = _find(part, path)
        if spec is None and not folders:
            raise LookupError(f"there is no Python package or module {part}")
        path = folders
    if path is not None:
        return [Path(folder) for folder in path]
    if spec is None or not spec.has_location or spec.origin is None:
        raise LookupError(f"{name} has no file to look beside")
    return [Path(spec.origin).parent]


def _find(name: str, path: list[str] | None) -> tuple[ModuleSpec | None, list[str] | None]:
    """A module, and its folders if it is a package.

    importlib would import the packages around it.
    """
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        try:
            spec = find(name, path) if find is not None else None
            if spec is not None:
                inside: Iterable[str] | None = spec.submodule_search_locations
                return spec, None if inside is None else list(inside)
        except KeyError:
            # A namespace package asks the one around it, which nobody has imported.
            folders = [Path(folder, name.rpartition(".")[2]) for folder in path or ()]
            return None, [str(folder) for folder in folders if folder.is_dir()]
    return None, None
