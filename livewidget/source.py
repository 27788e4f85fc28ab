"""Where a class attribute was written, so that files are found beside it."""

from __future__ import annotations

import sys
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
