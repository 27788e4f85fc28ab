"""Tests of the documents: what they print is what the code does."""

from __future__ import annotations

import dataclasses
import importlib
import re
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest
from twisted.internet.task import Clock

from livewidget import Limits, LiveResource, Settings
from livewidget.testing import MemoryBrowser
from livewidget.web.csp import contentSecurityPolicy
from livewidget.wire.codes import GOING_AWAY
from livewidget.wire.controls import (
    Hello,
    decodeHello,
    decodeReceived,
    decodeWelcome,
    encodeControl,
)
from livewidget.wire.messages import decode
from tests.support.command import Running
from tests.support.documents import codeIn, pages, read, theBlock
from tests.support.http import Wire
from tests.support.pages import CLAIM
from tests.support.websocket import CLOSE, HANDSHAKE, frame, parseFrames


def counterIn(name: str) -> dict[str, str]:
    """Return the files of the counter that a document prints, by their names."""
    files = re.findall(
        r"`([\w/]+\.(?:py|html|js))`[^`]*```\w+\n(.*?)```",
        read(name),
        re.DOTALL,
    )
    return dict(files)


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModuleType]:
    """Yield the README's module, with its template and its widget beside it."""
    for name, text in counterIn("README.md").items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import counter  # type: ignore[import-not-found]

    yield counter
    del sys.modules["counter"]


def test_indexHasTheCounterOfTheReadme() -> None:
    """The first page of the site prints the README's counter, which is tested."""
    files = counterIn("README.md")
    assert set(files) == {"counter.py", "counter.html", "js/Counter.js"}
    assert counterIn("docs/index.md") == files


@pytest.mark.usefixtures("counter")
def test_howToTestOfTheCounterPasses() -> None:
    """The how-to's test without a browser passes."""
    names: dict[str, Any] = {}
    exec(theBlock("python", "MemoryBrowser(Counter())"), names)
    names["test_counts"]()


@pytest.mark.usefixtures("counter")
def test_howToSiteMountsTheCounter() -> None:
    """The how-to's first site has the counter where it says."""
    names: dict[str, Any] = {}
    exec(theBlock("python", "LiveResource(Counter)"), names)
    assert isinstance(names["root"].children[b"counter"], LiveResource)


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """Yield the site of the how-to that contains a text, as a process on a free port."""
    block = theBlock("python", "reactor.run()", request.param)
    assert block.count("8080") == 1
    (tmp_path / "site.py").write_text(block.replace("8080", "0"), encoding="utf-8")
    running = Running([sys.executable, "-W", "ignore", "site.py"], tmp_path)
    yield running
    running.kill()


SITES = {
    "root = Resource()": {
        "/support/chat": "Support",
        "/support/chat/": "Support",
        "/echo": "EchoElement",
    },
    "app = Klein()": {"/chat/": "Support", "/chat": "Support"},
}


@pytest.mark.parametrize(
    ("site", "pages"), SITES.items(), ids=["twisted.web", "klein"], indirect=["site"]
)
def test_howToSiteServesItsPagesUntilCtrlC(site: Running, pages: dict[str, str]) -> None:
    """A how-to's site serves its pages where it says, and Ctrl-C ends them."""
    port = int(site.readUntil("Site starting on ").rpartition(" ")[2])
    for path, title in pages.items():
        url = f"http://127.0.0.1:{port}{path}"
        text = get(url)
        assert f"<title>{title}</title>" in text
        files = re.findall(r'"(\./[^"]+\.(?:js|css))"', text)
        assert len(files) >= 4
        for file in files:
            assert get(urljoin(url, file))
    with connect(port, path, text) as connection:
        site.process.send_signal(signal.SIGINT)
        [(opcode, reason)] = receiveFrames(connection)
    assert opcode == CLOSE
    assert int.from_bytes(reason[:2], "big") == GOING_AWAY
    code, out, err = site.end()
    assert code in (0, -signal.SIGINT)
    assert err == ""
    assert "Traceback" not in out
    assert "Unhandled" not in out


def get(url: str) -> str:
    """Return the text at a URL."""
    with urlopen(url, timeout=20) as response:
        text: str = response.read().decode()
        return text


def connect(port: int, path: str, page: str) -> socket.socket:
    """Return the connection of a page of the site, after the answer to its hello."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    here = f"127.0.0.1:{port}"
    headers = {**HANDSHAKE, "Host": here, "Origin": f"http://{here}"}
    lines = [f"GET {path}/_live/ws HTTP/1.1", *(f"{n}: {v}" for n, v in headers.items()), "", ""]
    connection.sendall("\r\n".join(lines).encode())
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += connection.recv(1)
    found = re.search('"page":"([^"]+)"', page)
    assert found is not None
    connection.sendall(frame(encodeControl(Hello(found[1], CLAIM, 1, 0))))
    decodeWelcome(parseFrames(connection.recv(4096))[0][0][1])
    return connection


def receiveFrames(connection: socket.socket) -> list[tuple[int, bytes]]:
    """Return the frames that arrive until the server closes the connection."""
    data = b""
    while part := connection.recv(4096):
        data += part
    return parseFrames(data)[0]


@pytest.mark.parametrize("name", pages())
def test_pythonBlocksCompile(name: str) -> None:
    """Every Python block that imports something compiles, on every page."""
    for block in codeIn(name, "python"):
        if "import" in block:
            compile(block, name, "exec")


def test_howToTopicReachesEveryMember(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The how-to's room calls all seats."""
    code = theBlock("python", "Topic()", "makeSeat")
    (tmp_path / "room.py").write_text(code)
    (tmp_path / "seat.html").write_text("<p {{ liveElement }}></p>")
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "Seat.js").write_text("export class SeatWidget {}")
    monkeypatch.syspath_prepend(str(tmp_path))
    module: Any = importlib.import_module("room")
    room = module.Room()
    seats = [MemoryBrowser(room.makeSeat()) for _ in range(2)]
    seats[1].callRemote("say", "hello")
    for seat in seats:
        assert seat.calls == [(seat.element, "hear", ["hello"])]


def test_howToPageIsRendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The how-to's page, with its template, is rendered as the text says."""
    code = theBlock("python", "class ShopPage")
    template = theBlock("html", "livewidget/page.html")
    (tmp_path / "shop.html").write_text(template)
    (tmp_path / "part.html").write_text("<p {{ liveElement }}>{{ text }}</p>")
    elements = """from livewidget import LiveElement
class Basket(LiveElement):
    template = "part.html"
    text = "basket"
class Results(LiveElement):
    template = "part.html"
    def __init__(self, search):
        self.text = f"results of {search}"
"""
    (tmp_path / "shop.py").write_text(elements + code)
    monkeypatch.syspath_prepend(str(tmp_path))
    shop: Any = importlib.import_module("shop")
    html = Wire(LiveResource(shop.ShopPage, clock=Clock())).request("/?q=tee").text
    assert '<html lang="de">' in html
    assert "<title>Suche: tee</title>" in html
    assert '<meta name="description" content="Suche: tee">' in html
    assert re.search('<script nonce="[^"]{22}" src="/static/statistics.js">', html)
    assert '<header><p data-live-element="1">basket</p></header>' in html
    assert '<h1>tee</h1>\n<p data-live-element="2">results of tee</p>' in html
    del sys.modules["shop"]


def test_howToContentSourcesAreInThePolicy() -> None:
    """The sources that the how-to adds are in the resulting policy."""
    block = theBlock("python", "contentSources")
    settings: Settings = eval(block, {"Settings": Settings})
    policy = contentSecurityPolicy("N", settings.contentSources)
    assert "; img-src 'self' data: https://images.example.com https://maps.example.com; " in policy
    assert policy.endswith("; connect-src 'self' https://api.example.com")


def test_settingsAreTheDefaults() -> None:
    """The table of settings lists each one with its default."""
    table = read("docs/reference/settings.md")
    printed = dict(re.findall(r"^\| `([\w.]+)` \| ([\d,]+) \|", table, re.MULTILINE))
    defaults = {
        field.name: value
        for field in dataclasses.fields(Settings)
        if isinstance(value := getattr(Settings(), field.name), (int, float))
        and not isinstance(value, bool)
    }
    defaults |= {f"limits.{name}": value for name, value in dataclasses.asdict(Limits()).items()}
    assert {name: float(text.replace(",", "")) for name, text in printed.items()} == defaults


def test_pictureOfThePageHasTheTransitionsOfTheTable() -> None:
    """The picture has each transition of a page on the server that leads to another state."""
    text = read("docs/reference/page-states.md")
    table = text.partition("## On the server")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([\w, ]+) \| ([^|]+) \| (\w+)[^|]* \|", table, re.MULTILINE)[1:]
    drawn = re.findall(
        r'<g data-from="([\w, ]+)" data-to="(\w+)"><title>(.*?)</title>',
        read("docs/_static/page.svg"),
    )
    shown = {(start, event, end) for start, end, events in drawn for event in events.split("; ")}
    assert shown == {(start, event, end) for start, event, end in rows if start != end}


def test_protocolLimitsAreTheDefaults() -> None:
    """The protocol's numbers are those of the code."""
    text = read("docs/reference/protocol.md")
    limits = Limits()
    for number in (limits.message, limits.messages, limits.bytes, Settings().processBytes):
        assert f"{number:,} " in text


def test_protocolExampleCanBeRead() -> None:
    """The code can read each frame of the protocol's example."""
    (example,) = re.findall(
        r"^## An example.*?```\n(.*?)```", read("docs/reference/protocol.md"), re.S | re.M
    )
    frames = re.findall(r"^[<>] ([\[{].*?[\]}])(?:  .*)?$", example, re.MULTILINE)
    assert len(frames) == 16
    for text in frames:
        data = text.replace("{…}", '{"message":1}').encode()
        if data.startswith(b"["):
            decode(data)
        elif b'"page"' in data:
            assert encodeControl(decodeHello(data)) == data
        elif b'"limits"' in data:
            decodeWelcome(data)
        else:
            decodeReceived(data)


@pytest.mark.parametrize(
    ("document", "letter", "number"),
    [("docs/explanation/guarantees.md", "N", 9), ("docs/explanation/security.md", "C", 21)],
)
def test_eachFaultAndThreatNamesItsTests(document: str, letter: str, number: int) -> None:
    """Each fault and each threat is a row with its tests and the guards that were removed."""
    rows = re.findall(rf"^\| {letter}(\d+) \|(.*)\|$", read(document), re.MULTILINE)
    assert [int(row) for row, _ in rows] == list(range(1, number + 1))
    for row, text in rows:
        cells = [cell.strip() for cell in text.split(" | ")]
        assert len(cells) == 4, f"{letter}{row} has {len(cells)} cells"
        assert re.search(r"`[\w/]+\.(py|test\.js)", cells[2]), f"{letter}{row} names no test"
        assert all(cells), f"{letter}{row} has an empty cell"


def test_eachFeatureOfAthenaNamesItsTest() -> None:
    """Each feature of Athena is a row with its test."""
    text = read("docs/explanation/athena.md")
    sections = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1::2]
    assert sections == [
        "Pairs",
        "Calls",
        "expose",
        "Delivery",
        "Life",
        "Children",
        "Nodes",
        "Modules",
        "Around it",
    ]
    rows = re.findall(r"^\| (?!Athena)(.+) \|$", text, re.MULTILINE)
    assert len(rows) > 50
    for row in rows:
        cells = row.split(" | ")
        assert len(cells) == 3, row
        assert re.search(r"`[\w/]+\.(py|test\.js)", cells[2]), f"no test: {row}"


def test_guaranteesAreTheDefaults() -> None:
    """The table of defaults in the guarantees has the values of the settings."""
    text = read("docs/explanation/guarantees.md")
    table = text.partition("## Defaults")[2].partition("## How")[0]
    found = re.findall(r"\| ([\d,]+) \| `([\w.]+)` \|", table)
    printed = {name: float(text.replace(",", "")) for text, name in found}
    assert len(printed) == 19
    limits = {f"limits.{name}": value for name, value in dataclasses.asdict(Limits()).items()}
    for name, value in printed.items():
        assert value == (limits[name] if name in limits else getattr(Settings(), name)), name
