"""What the documents print is what the code does."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from twisted.internet import endpoints

from livewidget import Limits, LiveResource, Settings
from livewidget.messages import decode, decodeControl, decodeHello, decodeWelcome, encodeControl

ROOT = Path(__file__).resolve().parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str, mark: str) -> list[str]:
    """The code blocks of a document in a language that have a text in them."""
    found = re.findall(rf"```{language}\n(.*?)```", read(name), re.DOTALL)
    return [block for block in found if mark in block]


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModuleType]:
    """The README's module, with its template and its widget beside it."""
    for name, text in re.findall(
        r"`([\w/]+\.(?:py|html|js))`[^`]*```\w+\n(.*?)```", read("README.md"), re.DOTALL
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import counter  # type: ignore[import-not-found]

    yield counter
    del sys.modules["counter"]


@pytest.mark.usefixtures("counter")
def test_readmeTestRuns() -> None:
    """The test without a browser, as the README prints it, passes."""
    (block,) = blocks("README.md", "python", "MemoryBrowser")
    names: dict[str, Any] = {}
    exec(block, names)
    names["test_counts"]()


@pytest.mark.usefixtures("counter")
def test_readmeSiteMounts() -> None:
    """The site of the README has the counter where it says."""
    (block,) = blocks("README.md", "python", "root.putChild")
    names: dict[str, Any] = {}
    exec(block, names)
    assert isinstance(names["root"].children[b"counter"], LiveResource)


def test_guideSiteMounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site of the guide has its pages where it says, and listens on loopback."""
    listened = []
    monkeypatch.setattr(
        endpoints,
        "serverFromString",
        lambda reactor, text: SimpleNamespace(listen=lambda site: listened.append((text, site))),
    )
    (block,) = blocks("docs/guide.md", "python", "endpoints.serverFromString")
    exec(block, {})
    ((text, site),) = listened
    support = site.resource.children[b"support"]
    assert isinstance(support.children[b"chat"], LiveResource)
    assert isinstance(site.resource.children[b"echo"], LiveResource)
    assert "127.0.0.1" in text


@pytest.mark.parametrize("block", blocks("docs/guide.md", "python", "import"))
def test_guideCodeCompiles(block: str) -> None:
    """Every piece of Python that imports something is whole."""
    compile(block, "guide.md", "exec")


def test_guideSettingsAreTheDefaults() -> None:
    """The table of settings has each one, with its default."""
    table = read("docs/guide.md").partition("## Settings")[2].partition("## Security")[0]
    printed = dict(re.findall(r"^\| `([\w.]+)` \| ([\d,]+) \|", table, re.MULTILINE))
    defaults = {
        field.name: value
        for field in dataclasses.fields(Settings)
        if isinstance(value := getattr(Settings(), field.name), (int, float))
        and not isinstance(value, bool)
    }
    defaults |= {f"limits.{name}": value for name, value in dataclasses.asdict(Limits()).items()}
    assert {name: float(text.replace(",", "")) for name, text in printed.items()} == defaults


def test_protocolLimitsAreTheDefaults() -> None:
    """The protocol's numbers are those of the code."""
    text = read("docs/protocol.md")
    limits = Limits()
    for number in (limits.message, limits.messages, limits.bytes, Settings().processBytes):
        assert f"{number:,} " in text


def test_protocolExampleIsOne() -> None:
    """Each frame of the protocol's example can be read by the code."""
    (example,) = re.findall(
        r"^## An example.*?```\n(.*?)```", read("docs/protocol.md"), re.S | re.M
    )
    frames = re.findall(r"^[<>] ([\[{].*?[\]}])(?:  .*)?$", example, re.MULTILINE)
    assert len(frames) == 12
    for frame in frames:
        data = frame.replace("{…}", '{"message":1}').encode()
        if data.startswith(b"["):
            decode(data)
        elif b'"page"' in data:
            assert encodeControl(decodeHello(data)) == data
        elif b'"limits"' in data:
            decodeWelcome(data)
        else:
            decodeControl(data)
