"""The browsers that the tests drive: where they are, and how they are started."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: Chromium without a user interface: the same engine with half the work per window.
SHELLS = ("chromium-headless-shell", "chrome-headless-shell")

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Saves a process and a third of the work per window.
    "--disable-site-isolation-trials",
    # With the first, a response that a test substitutes may not connect to loopback. The others
    # make each window load pages of its own, which is two thirds of its work.
    "--disable-features=LocalNetworkAccessChecks,WebUIOmniboxPopup,WebUIOmniboxAimPopup",
)

#: Milliseconds for a browser to start, on a busy machine too.
START = 120_000


def findChromium() -> str:
    """Return the path of a full Chromium, which has a user interface even if none is shown."""
    path = _first(_wanted() or NAMES)
    if path is None:
        pytest.fail(
            f"The browser tests need Chromium, and there is no {' or '.join(NAMES)} here. "
            "Install it, or set CHROMIUM to its path.",
            pytrace=False,
        )
    return path


def findHeadless() -> str:
    """Return the path of the cheapest Chromium: the one without a user interface if it exists."""
    return _first(_wanted() or SHELLS) or findChromium()


def _wanted() -> list[str]:
    """Return the browser that the environment names, if it names one."""
    return [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else []


def _first(names: Iterable[str]) -> str | None:
    return next(filter(None, map(shutil.which, names)), None)
