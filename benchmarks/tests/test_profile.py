"""Tests of the evaluation of a profile."""

from __future__ import annotations

import pkgutil
import signal
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any

import pytest

import livewidget
from benchmarks.compare.plan import RECEIVERS
from benchmarks.profile.functions import Function, functionsOf, without
from benchmarks.profile.looking import LOADS, Looked
from benchmarks.profile.places import OTHERS, PLACES, placeOf
from benchmarks.profile.report import estimate, profile, summary
from benchmarks.profile.syscalls import parse
from benchmarks.profile.window import PLAIN, PROFILED, Seen, Windows, read

SEND = "<method 'send' of '_socket.socket' objects>"
LEN = "<built-in method builtins.len>"


def code(name: str, file: str) -> CodeType:
    """Return the code of a function with a name, in a file."""
    return compile("", file, "exec").replace(co_qualname=name)


def entry(code: CodeType | str, calls: int, own: float, total: float, *called: Any) -> Any:
    """Return a profiler's entry of a function, or of one that another has called."""
    return SimpleNamespace(
        code=code, callcount=calls, inlinetime=own, totaltime=total, calls=list(called) or None
    )


def function(
    name: str, own: float, calls: int = 1, made: int = 0, isPython: bool = True, module: str = "m"
) -> Function:
    """Return a measured function."""
    return Function(module, name, isPython, calls, made, own, own)


def test_functionInCIsCountedForEachCallingModule() -> None:
    """A function in C is counted for each calling module, and summed up there."""
    one, two = code("A.one", "/x/a.py"), code("A.two", "/x/a.py")
    found = functionsOf(
        [
            entry(one, 3, 0.5, 1.5, entry(SEND, 2, 0.25, 0.25), entry(two, 5, 1, 1)),
            entry(two, 5, 1, 1, entry(SEND, 4, 0.5, 0.5)),
            entry(code("b", "/x/b.py"), 1, 1, 1, entry(SEND, 1, 8, 8), entry(LEN, 1, 2, 2)),
            entry(SEND, 7, 8.75, 8.75),
        ],
        {"/x/a.py": "a"},
    )
    send = "_socket.socket.send"
    assert {(f.module, f.name): f for f in found} == {
        ("a", "A.one"): Function("a", "A.one", True, 3, 7, 0.5, 1.5),
        ("a", "A.two"): Function("a", "A.two", True, 5, 4, 1, 1),
        ("a", send): Function("a", send, False, 6, 0, 0.75, 0.75),
        ("/x/b.py", "b"): Function("/x/b.py", "b", True, 1, 2, 1, 1),
        ("/x/b.py", send): Function("/x/b.py", send, False, 1, 0, 8, 8),
        ("/x/b.py", "len"): Function("/x/b.py", "len", False, 1, 0, 2, 2),
    }
    assert [f.name for f in found if f.isOfKernel] == [send, send]


def test_profilersTimeIsSubtractedPerCall() -> None:
    """The profiler's time is subtracted by the number of calls, down to zero at most."""
    functions = [function("a", 10, calls=1, made=3), function("b", 1, calls=4)]
    assert [f.own for f in without(functions, 4)] == [8, 0]
    assert [f.own for f in without(functions, 0)] == [10, 1]
    assert without([], 1) == []


@pytest.mark.parametrize(
    ("module", "place"),
    [
        ("twisted.internet.tcp", "reactor and sockets"),
        ("livewidget.web.writer", "reactor and sockets"),
        ("livewidget.transports.websocket.protocol", "frames"),
        ("livewidget.wire.messages", "messages and values"),
        ("livewidget.wire.delivery", "delivery"),
        ("livewidget.page.page", "page and dispatch"),
        ("livewidget", "page and dispatch"),
        ("benchmarks.server.profiled", "application"),
        ("livewidgets", OTHERS),
        ("", OTHERS),
    ],
)
def test_longestNameDecidesThePlace(module: str, place: str) -> None:
    """The longest matching name decides a module's place; only whole names match."""
    assert placeOf(module) == place
    assert place in PLACES


def test_placesNameExistingModules() -> None:
    """Each place in livewidget has modules, whatever is renamed."""
    names = [m.name for m in pkgutil.walk_packages(livewidget.__path__, "livewidget.")]
    wanted = set(PLACES) - {"application", OTHERS}
    assert {placeOf(name) for name in names} == wanted


def test_countsOfStraceAreParsed() -> None:
    """Counts are parsed with and without an error column, and the total is left out."""
    text = """% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.55    0.119134           2     45072           sendto
 39.45    0.077624           1     43013         5 recvfrom
------ ----------- ----------- --------- --------- ----------------
100.00    0.196758           2     88085         5 total
"""
    assert parse(text) == {"sendto": 45072, "recvfrom": 43013}


@pytest.mark.parametrize("profiled", [False, True])
def test_windowHasTheCallsDuringIt(tmp_path: Path, profiled: bool) -> None:
    """A window has the calls during it, and each window starts again."""
    asked = 5
    windows = Windows(tmp_path / "window.json", lambda: asked)
    for more in (3, 4):
        windows.turn(profiled)
        asked += more
        placeOf("twisted")
        windows.turn(profiled)
        seen = read(tmp_path / "window.json")
        assert seen.asked == more
        names = {(f.module, f.name) for f in seen.functions}
        assert (("benchmarks.profile.places", "placeOf") in names) is profiled
    assert [file.name for file in tmp_path.iterdir()] == ["window.json"]


def test_signalsOpenAndCloseWindows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal opens and closes a window, another one with a profiler."""
    handlers: dict[int, Any] = {}
    monkeypatch.setattr(signal, "signal", handlers.__setitem__)
    Windows(tmp_path / "window.json", lambda: 0).listen()
    found = []
    for number in (PLAIN, PLAIN, PROFILED, PROFILED):
        handlers[number](number, None)
        found.append(bool((tmp_path / "window.json").exists()))
    assert found == [False, True, True, True]
    assert read(tmp_path / "window.json").functions


def looked(**more: Any) -> Looked:
    """Return a broadcast of 10 µs per delivery, 30 with the profiler: 20 are for 4 calls."""
    functions = [
        function("Page.post", 15e-6, 1, 1, module="livewidget.page.page"),
        function("_socket.socket.send", 15e-6, 1, 1, False, "livewidget.web.writer"),
    ]
    scaled = [
        Function(f.module, f.name, f.isPython, RECEIVERS, RECEIVERS, f.own * 1000, f.total * 1000)
        for f in functions
    ]
    return Looked(
        LOADS["single"],
        Seen(4, 4 * RECEIVERS * 8e-6, 4 * RECEIVERS * 2e-6),
        Seen(1, RECEIVERS * 30e-6, 0, scaled),
        **more,
    )


def test_estimateSpreadsTheDifferenceOverCalls() -> None:
    """The profiler's own time is spread evenly over calls."""
    assert [f.own / RECEIVERS * 1e6 for f in estimate(looked())] == pytest.approx([5, 5])


def test_summaryHasTheSharesOfAllLoads() -> None:
    """The loads are columns of one table, with the shares of the estimate."""
    text = summary([looked(), looked()])
    assert "| µs of the process | 10.0 | 10.0 |" in text
    assert "| page and dispatch | 50% | 50% |" in text
    assert "| application | 0% | 0% |" in text
    assert "| system calls | 50% | 50% |" in text


def test_profileListsFunctionsAndSystemCalls() -> None:
    """Each load has its time, function by function, and its system calls."""
    text = profile([looked(counting=Seen(2, 0, 0), calls={"sendto": 2500, "brk": 1})])
    assert "10.0 µs per delivery, 20% of them in the kernel; 30.0 µs with the" in text
    assert "| **page and dispatch** |  | 15.00 |  | 5.00 | 50% |" in text
    assert "| `livewidget.page.page.Page.post` | 1 | 15.00 | 15.00 | 5.00 | 50% |" in text
    assert "`_socket.socket.send by livewidget.web.writer`" in text
    assert "**delivery**" not in text
    assert "without the profiler: `sendto` 1.25." in text


def test_profileWithoutStraceSaysWhy() -> None:
    """A profile without system calls shows why they were not counted."""
    text = profile([looked(trouble="strace is not installed")])
    assert "System calls were not counted: strace is not installed." in text
