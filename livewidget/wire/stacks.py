"""JavaScript stacks, parsed and formatted like Python tracebacks.

The text of a stack is not standardised: V8 (Chromium, Node) has one form, Firefox and Safari
another. It comes from a browser, so all of it is limited in size and escaped, and its line
breaks never begin a line in the log. The JavaScript twin is C{js/debug/stacks.js}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, TypeAlias

from livewidget.errors import JSFrame, escaped

#: The most frames of one stack that are parsed, the innermost ones.
MAX_FRAMES = 30

#: The most lines of a stack that are parsed, and the most characters of a frame's line.
MAX_LINES, MAX_LINE = 500, 1_000

#: The most characters of a function's name, a file and a source line.
MAX_FUNCTION, MAX_FILE, MAX_SOURCE = 100, 300, 200

ANONYMOUS = "<anonymous>"


class Place(NamedTuple):
    """A line of a module that this server serves.

    @ivar file: the module's path on disk, or its URL if it is not served as it is on disk.
    @ivar source: the text of the line, or an empty text.
    @ivar own: whether the module is livewidget's own.
    """

    file: str
    source: str
    own: bool


#: Returns the place of a line by its URL and number, or C{None} if no such module is served.
Locate: TypeAlias = Callable[[str, int], Place | None]

#: A frame and its source line, or an empty text.
Located: TypeAlias = tuple[JSFrame, str]


def nowhere(url: str, line: int) -> None:
    """Locate nothing."""


def framesOf(stack: str, message: str, locate: Locate = nowhere) -> list[Located]:
    """Return the frames of a stack, outermost first, with their source lines if known.

    The outermost frames are left out if they are livewidget's own.

    @param message: the error's message, which V8 puts before the frames.
    """
    found: list[tuple[bool, Located]] = []
    for function, url, line, column in islice(_frames(stack, message), MAX_FRAMES):
        place = locate(url, line) or Place(url, "", own=False)
        name, file = _short(function or ANONYMOUS, MAX_FUNCTION), _short(place.file, MAX_FILE)
        located = JSFrame(name, file, line, column), _around(place.source, column)
        found.append((place.own, located))
    if not all(own for own, _ in found):
        while found[-1][0]:
            found.pop()
    return [located for _, located in reversed(found)]


def tracebackOf(frames: Sequence[Located]) -> str:
    """Return a traceback for a log, in Python's form; empty without frames."""
    if not frames:
        return ""
    return "\n".join(["In the browser (most recent call last):", *_lines(frames)])


def _lines(frames: Iterable[Located]) -> Iterator[str]:
    for frame, source in frames:
        yield f'  File "{frame.file}", line {frame.line}, in {frame.function}'
        if source:
            yield f"    {source}"


def _frames(stack: str, message: str) -> Iterator[tuple[str, str, int, int]]:
    for line in _withoutMessage(stack, message).split("\n", MAX_LINES)[:MAX_LINES]:
        text = line.strip()
        if not text or len(text) > MAX_LINE:
            continue
        function, location = _ofV8(text[3:]) if text.startswith("at ") else _ofOthers(text)
        url, *numbers = location.rsplit(":", 2)
        if len(numbers) == 2 and all(map(_isNumber, numbers)):
            yield function, url, int(numbers[0]), int(numbers[1])


def _withoutMessage(stack: str, message: str) -> str:
    """Return a stack without the message that V8 puts first, whose lines may look like frames."""
    if not message:
        return stack
    head, found, rest = stack.partition(message)
    isFirst = found and "\n" not in head and "@" not in head and rest[:1] in ("", "\n")
    return rest if isFirst else stack


def _ofV8(text: str) -> tuple[str, str]:
    """Parse C{async Class.method [as name] (url:1:2)} or C{url:1:2}."""
    function, found, location = text.partition(" (")
    if not (found and location.endswith(")")):
        return "", text.removeprefix("async ")
    return function.removeprefix("async ").partition(" [as ")[0], location[:-1]


def _ofOthers(text: str) -> tuple[str, str]:
    """Parse C{async*method@url:1:2}, C{method/<@url:1:2} or C{url:1:2}."""
    function, found, location = text.partition("@")
    return (function.rpartition("*")[2], location) if found else ("", text)


def _isNumber(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _short(text: str, size: int) -> str:
    """Return a text on one line; of a long one the beginning and the end."""
    text = escaped(text)
    return text if len(text) <= size else f"{text[: size // 3]}…{text[1 - size + size // 3 :]}"


def _around(source: str, column: int) -> str:
    """Return a source line, or the part of a long one around a column."""
    if len(source) > MAX_SOURCE:
        start = max(0, column - MAX_SOURCE // 2)
        source = source[start : start + MAX_SOURCE]
    return escaped(source.strip())[:MAX_SOURCE]
