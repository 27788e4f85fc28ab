"""The browser: where it is, and how it is started."""

from __future__ import annotations

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A process less for each window, and a third of its work.
    "--disable-site-isolation-trials",
    # Without the first, what a test puts in the place of a server's answer may not connect to
    # loopback. The others make each window load pages of its own, for two thirds of its work.
    "--disable-features=LocalNetworkAccessChecks,WebUIOmniboxPopup,WebUIOmniboxAimPopup",
)


def findChromium() -> str:
    """The path of the browser."""
    names = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else NAMES
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.fail(
            f"The browser tests need Chromium, and there is no {' or '.join(names)} here: "
            "install it, or set CHROMIUM to its path.",
            pytrace=False,
        )
    return path
