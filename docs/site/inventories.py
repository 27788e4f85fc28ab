"""Write the names of Python and Twisted that docstrings link to, as pydoctor reads them.

The whole inventories are on other sites, and the documentation is built without a network.
A name that is missing here is a warning of pydoctor's: add it.
"""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

PYTHON = {
    "Exception": "library/exceptions.html#Exception",
    "None": "library/constants.html#None",
}
TWISTED = {
    "twisted.internet.error.ConnectionLost": "twisted.internet.error.ConnectionLost.html",
    "twisted.plugin.IPlugin": "twisted.plugin.IPlugin.html",
    "twisted.web.pages.errorPage": "twisted.web.pages.html#errorPage",
}


def inventory(project: str, names: dict[str, str]) -> bytes:
    """Return names and their places as a Sphinx inventory, version 2."""
    head = (
        "# Sphinx inventory version 2\n"
        f"# Project: {project}\n"
        "# Version: \n"
        "# The rest of this file is compressed using zlib.\n"
    )
    lines = "".join(f"{name} py:class 1 {place} -\n" for name, place in names.items())
    return head.encode() + zlib.compress(lines.encode())


def main(folder: Path) -> None:
    """Write C{python.inv} and C{twisted.inv} into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "python.inv").write_bytes(inventory("Python", PYTHON))
    (folder / "twisted.inv").write_bytes(inventory("Twisted", TWISTED))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
