"""Find the folders of Python code, to look for files beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.machinery import ModuleSpec
from pathlib import Path


def definingFolder(cls: type, attribute: str) -> Path:
    """Return the folder of the module whose class body sets an attribute.

    A subclass in another folder inherits the attribute together with the file beside its
    base. If it sets the attribute again, the file is beside the subclass.

    @raise LookupError: no class sets the attribute, or the module of that class has no file.
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
    """Return the folder of a Python package, or the folder that a module is in.

    Nothing is imported. A namespace package may have several folders.

    @param name: the dotted name.
    @raise LookupError: it does not exist, or has no file.
    """
    path: list[str] | None = None
    spec: ModuleSpec | None = None
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        raise LookupError(f"{name!r} is not a possible name of a Python package or module")
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
    """Return the spec of a module, and its folders if it is a package.

    C{importlib} would import the packages around it.
    """
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        try:
            spec = find(name, path) if find is not None else None
            if spec is not None:
                inside: Iterable[str] | None = spec.submodule_search_locations
                return spec, None if inside is None else list(inside)
        except KeyError:
            # A namespace package looks up the one around it, which is not imported.
            folders = [Path(folder, name.rpartition(".")[2]) for folder in path or ()]
            return None, [str(folder) for folder in folders if folder.is_dir()]
    return None, None
