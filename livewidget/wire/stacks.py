"""JavaScript stacks, read and written like Python's tracebacks.

The text of a stack has no standard: V8 (Chromium, Node) has one form, Firefox and
Safari another. It comes from a browser, so all of it is bounded and escaped,
and a line of it never becomes a line of ours. Nothing here does I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, TypeAlias

from livewidget.errors import JSFrame, escaped

#: Frames of one stack that are read, the innermost ones.
MAX_FRAMES = 30

#: Lines of a stack that are looked at, and the characters of one; a longer one is no frame.
MAX_LINES, MAX_LINE = 500, 1_000

#: Characters of the name of a function, of a file, and of a source line.
MAX_FUNCTION, MAX_FILE, MAX_SOURCE = 100, 300, 200

ANONYMOUS = "<anonymous>"


class Place(NamedTuple):
    """A line of a module that this server serves.

    @ivar file: its path on disk; the URL, where what is served is no file as it is.
    @ivar source: the text of the line, or nothing.
    @ivar own: whether the module is of livewidget itself.
    """

    file: str
    source: str
    own: bool


#: The place of a line by its URL and number, or L{None}: it is of no module here.
Locate: TypeAlias = Callable[[str, int], Place | None]

#: A frame, and its source line or nothing.
Located: TypeAlias = tuple[JSFrame, str]


def nowhere(url: str, line: int) -> None:
    """Locate nothing."""


def framesOf(stack: str, message: str, locate: Locate = nowhere) -> list[Located]:
    """The frames of a stack, outermost first, each with its source line if it is known.

    Without those of livewidget that come before all others.

    @param message: that of the error, which V8 puts before the frames.
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
    """The text for a log, in Python's form; empty without frames."""
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
    """V8 begins a stack with the message, whose lines may look like frames."""
    if not message:
        return stack
    head, found, rest = stack.partition(message)
    isFirst = found and "\n" not in head and "@" not in head and rest[:1] in ("", "\n")
    return rest if isFirst else stack


def _ofV8(text: str) -> tuple[str, str]:
    """C{async Class.method [as name] (url:1:2)}, C{url:1:2}."""
    function, found, location = text.partition(" (")
    if not (found and location.endswith(")")):
        return "", text.removeprefix("async ")
    return function.removeprefix("async ").partition(" [as ")[0], location[:-1]


def _ofOthers(text: str) -> tuple[str, str]:
    """C{async*method@url:1:2}, C{method/<@url:1:2}, C{url:1:2}."""
    function, found, location = text.partition("@")
    return (function.rpartition("*")[2], location) if found else ("", text)


def _isNumber(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _short(text: str, size: int) -> str:
    """A text on one line; of a long one the beginning and, more telling, the end."""
    text = escaped(text)
    return text if len(text) <= size else f"{text[: size // 3]}…{text[1 - size + size // 3 :]}"


def _around(source: str, column: int) -> str:
    """A source line, or of a long one what is around a column."""
    if len(source) > MAX_SOURCE:
        start = max(0, column - MAX_SOURCE // 2)
        source = source[start : start + MAX_SOURCE]
    return escaped(source.strip())[:MAX_SOURCE]
