"""Find the class or function that C{--element} names."""

from __future__ import annotations

import importlib
import importlib.util
import os
import pkgutil
import re
import sys
import sysconfig
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeGuard

from livewidget.command.error import CommandError
from livewidget.elements.element import LiveElement
from livewidget.elements.livepage import LivePage
from livewidget.factory import neededArguments
from livewidget.suggest import didYouMean

_MISSING = object()
_LIVEWIDGET = os.path.dirname(os.path.dirname(__file__))


def findElement(dottedName: str) -> Callable[..., Any]:
    """Import the class or function that C{--element} names, without calling it.

    @param dottedName: a module and an attribute in it, or an attribute of that.
    @return: a L{LiveElement} or L{LivePage} subclass, or another callable.
    @raise CommandError: it does not exist, its module fails on import, or it cannot
        return elements.
    """
    first, *rest = parts = dottedName.split(".")
    if not all(part.isidentifier() for part in parts):
        raise CommandError(
            f"--element: {dottedName!r} is not a dotted name; "
            "use a name like package.module.ClassName"
        )
    found: object = _importFirst(first, dottedName)
    for index, part in enumerate(rest, 1):
        ownerName = ".".join(parts[:index])
        following = parts[index + 1] if index + 1 < len(parts) else None
        found = _step(found, ownerName, part, following)
    return _checkFactory(found, dottedName)


def searchWorkingDirectory() -> None:
    """Import from the working directory first, as C{python -m} does, and twistd does not."""
    here = os.getcwd()
    if sys.path[:1] != [here]:
        sys.path.insert(0, here)


def _importFirst(name: str, dottedName: str) -> ModuleType:
    module = _importModule(name)
    if module is None:
        here = os.getcwd()
        hint = didYouMean(name, (info.name for info in pkgutil.iter_modules([here])))
        raise CommandError(
            f"--element: no module named {name!r} (of {dottedName!r}) in {here} or on "
            f"sys.path; {hint or 'check the spelling, or start in the folder that contains it'}"
        )
    return module


def _step(owner: object, ownerName: str, part: str, following: str | None) -> object:
    """Return an attribute of the object found so far, or a submodule of it.

    The attribute takes precedence, as in Python, unless it hides a submodule (C{from .chat
    import chat}) and lacks the name that follows.
    """
    value = _getAttribute(owner, ownerName, part)
    name = f"{ownerName}.{part}"
    hides = following is not None and _getAttribute(value, name, following) is _MISSING
    if (value is _MISSING or hides) and _isPackage(owner):
        module = _importModule(f"{owner.__name__}.{part}")
        value = value if module is None else module
    if value is _MISSING:
        raise CommandError(f"--element: {_describeMissing(owner, ownerName, part)}")
    return value


def _isPackage(owner: object) -> TypeGuard[ModuleType]:
    return isinstance(owner, ModuleType) and hasattr(owner, "__path__")


def _getAttribute(owner: object, ownerName: str, part: str) -> object:
    try:
        return getattr(owner, part)
    except AttributeError:
        return _MISSING
    except Exception as error:  # a property, or the __getattr__ of a module
        what = _describeError(error)
        raise CommandError(
            f"--element: cannot get {part!r} of {ownerName!r}: {what}; fix it"
        ) from None


def _importModule(name: str) -> ModuleType | None:
    """Return a module, or L{None} if it does not exist.

    @raise CommandError: the module exists, and its import fails, also because another
        module that it imports does not exist.
    """
    try:
        if name not in sys.modules and importlib.util.find_spec(name) is None:
            return None
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise CommandError(
            f"--element: module {name!r} fails on import: {_describeError(error)}; fix it, "
            f"or see the whole traceback with: python -c 'import {name}'"
        ) from None


def _checkFactory(found: object, dottedName: str) -> Callable[..., Any]:
    if isinstance(found, ModuleType):
        raise CommandError(
            f"--element: {dottedName!r} is a module; use a LiveElement class or a function "
            f"in it{_elementsIn(found, dottedName)}"
        )
    if not callable(found):
        raise CommandError(
            f"--element: {dottedName!r} is {_kindOf(found)} and cannot be called; "
            "use a LiveElement class or a function that returns an element"
        )
    if isinstance(found, type) and not issubclass(found, (LiveElement, LivePage)):
        raise CommandError(
            f"--element: the class {dottedName!r} is neither a LiveElement nor a LivePage; "
            "inherit from livewidget.LiveElement, or use another class"
        )
    needed = neededArguments(found)
    if needed:
        raise CommandError(
            f"--element: {dottedName!r} needs {needed}, and is called with nothing but "
            "'request'; use a function that calls it with its arguments"
        )
    return found


def _describeMissing(owner: object, ownerName: str, part: str) -> str:
    names = dir(owner)
    where = f"{ownerName!r} ({_kindOf(owner)})"
    what = "name"
    if isinstance(owner, ModuleType):
        where = (
            f"module {ownerName!r} ({_shortPath(getattr(owner, '__file__', None) or 'no file')})"
        )
        if _isPackage(owner):
            what = "name or submodule"
            names += [info.name for info in pkgutil.iter_modules(owner.__path__)]
    hint = didYouMean(part, names) or "check the spelling"
    return f"no {what} {part!r} in {where}; {hint}"


def _elementsIn(module: ModuleType, dottedName: str) -> str:
    names = [
        name
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, LiveElement) and value is not LiveElement
    ]
    return f", such as {dottedName}.{names[0]}" if names else ""


def _kindOf(value: object) -> str:
    return "None" if value is None else f"an object of class {type(value).__name__}"


def _describeError(error: BaseException) -> str:
    """Return an error in the user's code, with its file and line there."""
    text, (filename, line) = str(error), _placeOf(error)
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        text, filename, line = error.msg, error.filename, error.lineno
    what = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return f"{what} ({_shortPath(filename)}:{line})"


def _placeOf(error: BaseException) -> tuple[str, int]:
    """Return the file and line of the user's code where the error was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    users = [frame for frame in frames if not _isLibrary(frame.filename)]
    last = (users or frames)[-1]
    return last.filename, last.lineno or 0


def _isLibrary(filename: str) -> bool:
    folders = sysconfig.get_path("stdlib"), _LIVEWIDGET
    inFolder = any(filename.startswith(folder + os.sep) for folder in folders)
    installed = re.search(r"[/\\](site|dist)-packages[/\\]", filename)
    return inFolder or installed is not None or filename.startswith("<frozen ")


def _shortPath(path: str) -> str:
    """Return a path relative to the working directory if it is inside it."""
    return path.removeprefix(os.getcwd() + os.sep)
