"""Tests that the README's page and widget run as they are printed."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.acceptance.browser.people import People
from tests.support.processes import ROOT, Server

FILE = re.compile(r"`([\w/]+\.(?:py|html|js))`[^`]*```\w+\n(.*?)```", re.DOTALL)


def files() -> dict[str, str]:
    """Return the files that the README lists."""
    return dict(FILE.findall((ROOT / "README.md").read_text(encoding="utf-8")))


def test_counterOfTheReadmeCounts(
    tmp_path: Path, people: People, servers: Callable[[Callable[[], Server]], Server]
) -> None:
    """The README's counter, made as described and served by its command, counts."""
    for name, content in files().items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    server = servers(lambda: Server.twistd("counter.Counter", folder=tmp_path))

    page = people.shared(server.url)
    button = page.get_by_role("button", name="Count")
    count = page.locator("[name=count]")
    expect(count).to_have_text("0")
    button.click()
    expect(count).to_have_text("1")
    button.click()
    expect(count).to_have_text("2")


def test_counterOfTheReadmeIsShort() -> None:
    """The README's page and widget have at most 25 lines."""
    lines = [line for text in files().values() for line in text.splitlines() if line.strip()]

    assert len(files()) == 3
    assert len(lines) <= 25
