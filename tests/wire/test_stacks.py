"""Tests of L{livewidget.wire.stacks}: JavaScript stacks in the form of Python tracebacks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livewidget.errors import JSFrame
from livewidget.wire.stacks import (
    MAX_FILE,
    MAX_FRAMES,
    MAX_FUNCTION,
    MAX_LINES,
    MAX_SOURCE,
    Place,
    framesOf,
    tracebackOf,
)

URL = "http://127.0.0.1:8080/_live/js/chat-0123456789abcdef/ChatThing.js"

CHROMIUM = f"""TypeError: Cannot read properties of undefined (reading 'foo')
    at ChatterWidget.helper ({URL}:20:18)
    at ChatterWidget.hear [as listen] ({URL}:12:5)
    at new Room ({URL}:5:1)
    at Array.forEach (<anonymous>)
    at async Promise.all (index 0)
    at {URL}:3:9
    at async #called (http://127.0.0.1:8080/_live/js/livewidget-01/page.js:221:21)"""

FIREFOX = f"""helper@{URL}:20:18
hear@{URL}:12:5
Room/<@{URL}:5:1
async*@{URL}:3:9
setTimeout handler*#called@http://127.0.0.1:8080/_live/js/livewidget-01/page.js:221:21
"""

SAFARI = f"""helper@{URL}:20:18
hear@{URL}:12:5
forEach@[native code]
{URL}:3:9
module code@http://127.0.0.1:8080/_live/js/livewidget-01/page.js:221:21"""


def plain(stack: str, message: str = "") -> list[tuple[str, int, int]]:
    """Return the function, line and column of each frame."""
    return [(frame.function, frame.line, frame.column) for frame, _ in framesOf(stack, message)]


@pytest.mark.parametrize(
    ("stack", "functions"),
    [
        (CHROMIUM, ["#called", "<anonymous>", "new Room", "ChatterWidget.hear"]),
        (FIREFOX, ["#called", "<anonymous>", "Room/<", "hear"]),
        (SAFARI, ["module code", "<anonymous>", "hear"]),
    ],
    ids=["Chromium", "Firefox", "Safari"],
)
def test_stackOfEachBrowserIsParsed(stack: str, functions: list[str]) -> None:
    """The stack of each browser is parsed, outermost frame first.

    Frames without a place are left out.
    """
    found = [frame for frame, _ in framesOf(stack, "Cannot read properties of undefined")]
    assert [frame.function for frame in found][:-1] == functions
    assert found[-1].function.endswith("helper")
    assert found[-1][1:] == (URL, 20, 18)
    assert found[0].file.endswith("/livewidget-01/page.js")


@pytest.mark.parametrize(
    ("line", "frame"),
    [
        (
            "    at eval (eval at foo (http://x/a.js:1:2), <anonymous>:3:4)",
            ("eval", "eval at foo (http://x/a.js:1:2), <anonymous>", 3, 4),
        ),
        ("foo@http://x/a.js line 5 > eval:1:1", ("foo", "http://x/a.js line 5 > eval", 1, 1)),
        ("    at async http://x/a.js:1:2", ("<anonymous>", "http://x/a.js", 1, 2)),
        ("    at file:///a/b.js:1:2", ("<anonymous>", "file:///a/b.js", 1, 2)),
        ("@http://x/a.js:1:2", ("<anonymous>", "http://x/a.js", 1, 2)),
    ],
    ids=[
        "eval in Chromium",
        "eval in Firefox",
        "async without a name",
        "file URL",
        "Firefox without a name",
    ],
)
def test_evaluatedAndAnonymousCodeIsParsed(line: str, frame: tuple[str, str, int, int]) -> None:
    """Frames of evaluated code and of functions without a name are parsed."""
    assert [found for found, _ in framesOf(line, "")] == [JSFrame(*frame)]


NO_FRAMES = ["", "\n\n", "oh", "at", "at ", "@", "::", "a:1:2x", "at a (b:1:²)", "at a (b:1)"]
LONG = ["at x (" + "y" * 2_000 + ":1:1)", "(" * 60_000, "at " * 20_000, "@" * 60_000, ":1" * 30_000]


@pytest.mark.parametrize(
    "stack", [*NO_FRAMES, "a:1:" + "9" * 10, *LONG], ids=lambda stack: repr(stack[:20])
)
def test_textWithoutFramesHasNone(stack: str) -> None:
    """Text without frames gives no frames and no traceback, however long it is."""
    assert framesOf(stack, "") == []
    assert tracebackOf([]) == ""


def test_linesOfTheMessageAreNotFrames() -> None:
    """Lines of the error's message are not parsed as frames."""
    message = "see\n    at forged (http://x/forged.js:1:1)"
    assert plain(f"Error: {message}\n    at real (http://x/a.js:2:3)", message) == [("real", 2, 3)]
    assert plain("Error\n    at real (http://x/a.js:2:3)", "a.js") == [("real", 2, 3)]
    assert plain("real@http://x/a.js:2:3", "real") == [("real", 2, 3)]


PARTS = ["\n", "at ", "(", ")", "@", ":", "1", "async ", "*", " [as ", "/page.js", URL, "é", "\x1b"]


@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join), st.text(max_size=3))
def test_anyStackGivesPrintableLines(stack: str, message: str) -> None:
    """Any stack and message can be parsed, and each line of the traceback is printable."""
    for line in tracebackOf(framesOf(stack, message, locate)).split("\n"):
        assert line.isprintable()


def test_longStackKeepsInnermostFramesAndCutsNames() -> None:
    """A long stack keeps its innermost frames, and long names are cut in the middle."""
    stack = "\n".join(f"    at f{n} (http://x/a.js:{n}:1)" for n in range(1, 1_000))
    found = plain(stack)
    assert len(found) == MAX_FRAMES
    assert found[-1] == ("f1", 1, 1)
    assert plain("\n" * MAX_LINES + stack) == []
    ((frame, _),) = framesOf(f"{'f' * 400}!@{'u' * 500}.js:1:1", "")
    assert len(frame.function) == MAX_FUNCTION
    assert frame.function.endswith("f!")
    assert len(frame.file) == MAX_FILE
    assert frame.file.endswith("u.js")


def locate(url: str, line: int) -> Place | None:
    """Return the place of a module of the application or of livewidget."""
    if url == URL:
        return Place("/app/js/ChatThing.js", f"  source({line});  ", own=False)
    return Place("/lw/page.js", "", own=True) if url.endswith("page.js") else None


def test_tracebackHasFilesSourceLinesAndNoInnerCallers() -> None:
    """Known modules appear as files with source lines, others as URLs, without inner callers."""
    stack = f"at helper ({URL}:20:18)\nat page (http://x/other.js:7:8)\nat #called (/page.js:1:1)"
    frames = framesOf(stack, "", locate)
    assert [frame for frame, _ in frames] == [
        JSFrame("page", "http://x/other.js", 7, 8),
        JSFrame("helper", "/app/js/ChatThing.js", 20, 18),
    ]
    assert tracebackOf(frames) == (
        "In the browser (most recent call last):\n"
        '  File "http://x/other.js", line 7, in page\n'
        '  File "/app/js/ChatThing.js", line 20, in helper\n'
        "    source(20);"
    )


def test_framesOfLivewidgetStayWhereTheErrorIs() -> None:
    """Frames of livewidget stay if the error is in them, or if there are no others."""
    inner = f"at nodeById (/page.js:9:1)\nat helper ({URL}:20:18)\nat #called (/page.js:1:1)"
    assert [frame.function for frame, _ in framesOf(inner, "", locate)] == ["helper", "nodeById"]
    alone = "    at start (/page.js:9:1)"
    assert [frame.function for frame, _ in framesOf(alone, "", locate)] == ["start"]


def test_controlCharactersAreEscaped() -> None:
    """Names and source lines cannot end a line of the log or send a terminal sequence."""

    def hostile(url: str, line: int) -> Place:
        return Place("/a\x1b[2J\n[-] forged", "source\u2028\u202e\x07" + "x" * 900, own=False)

    stack = "    at f\x1b[31m\r[-] forged\u2028 (http://x/a.js:2:3)"
    frames = framesOf(stack, "", hostile)
    lines = tracebackOf(frames).split("\n")
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)
    assert frames[0][0].function == r"f\x1b[31m\r[-] forged\u2028"
    assert len(lines[2]) <= MAX_SOURCE + 4


def test_longSourceLineIsCutAroundTheColumn() -> None:
    """A long source line, as in a minified module, is cut to the part around the column."""

    def minified(url: str, line: int) -> Place:
        return Place("/a.js", "a" * 5_000 + "HERE" + "b" * 5_000, own=False)

    ((_, source),) = framesOf("    at f (http://x/a.js:1:5001)", "", minified)
    assert "aHEREb" in source
    assert len(source) <= MAX_SOURCE
