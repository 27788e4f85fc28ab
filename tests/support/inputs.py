"""Hostile inputs: well-formed ones with random changes, and a corpus."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, example, settings
from hypothesis import strategies as st

#: Inputs that run before all others: found by fuzzing, or written by hand.
CORPUS = Path(__file__).resolve().parents[1] / "acceptance" / "fuzz" / "corpus"

#: A placeholder for a page id, of the same length.
PAGE = b"THE-PAGE-ID-OF-A-TEST!"

#: Bytes to insert into a well-formed input.
TOKENS = [
    b"",
    b"\x00",
    b"\xff",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b" ",
    b"\t",
    b":",
    b",",
    b'"',
    b"[",
    b"]",
    b"{",
    b"}",
    b"[" * 70,
    b'{"a":' * 70,
    b'"$x":1',
    b'"$":',
    b"null",
    b"true",
    b"NaN",
    b"Infinity",
    b"-0",
    b"1e999",
    b"1.5",
    b"0",
    b"-1",
    b"9007199254740992",
    b"9" * 30,
    b"9" * 5000,
    b"f" * 40,
    b"%00",
    b"/..",
    b"x" * 300,
    b"x" * 20_000,
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Length: 3\r\n",
    b"Connection: close\r\n",
    b"Expect: 100-continue\r\n",
    b"__proto__",
    b'{"$set":[]}',
    b'{"$date":"9999-12-31T23:59:59.999Z"}',
    b'{"$bytes":"//8="}',
    b"=",
    b"+2359",
]

Edit = tuple[int, int, bytes]

#: Changes: the offset, the number of bytes to drop there, and the bytes to insert.
edits: st.SearchStrategy[list[Edit]] = st.lists(
    st.tuples(
        st.integers(0, 2000),
        st.integers(0, 6),
        st.sampled_from(TOKENS) | st.binary(max_size=3),
    ),
    max_size=5,
)

#: The offsets at which an input is split into pieces.
cuts: st.SearchStrategy[list[int]] = st.lists(st.integers(0, 2000), max_size=6)

_Test = TypeVar("_Test", bound=Callable[..., None])


def changed(data: bytes, changes: list[Edit]) -> bytes:
    """Return an input with some changes."""
    for at, drop, put in changes:
        start = at % (len(data) + 1)
        data = data[:start] + put + data[start + drop :]
    return data


def pieces(data: bytes, places: list[int]) -> list[bytes]:
    """Split an input at these offsets into pieces that are not empty."""
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(ends)]


def examples(number: int) -> settings:
    """Run a number of examples, or C{LIVEWIDGET_EXAMPLES} if it is set."""
    most = int(os.environ.get("LIVEWIDGET_EXAMPLES", str(number)))
    return settings(max_examples=most, suppress_health_check=[HealthCheck.too_slow])


def kept(folder: str) -> list[bytes]:
    """Return the inputs in a folder of the corpus."""
    return [path.read_bytes() for path in sorted((CORPUS / folder).iterdir())]


def replayed(folder: str, **more: object) -> Callable[[_Test], _Test]:
    """Have a test try the inputs of the corpus first, as C{data}, with further arguments."""

    def decorate(test: _Test) -> _Test:
        for data in kept(folder):
            test = example(data=data, **more)(test)
        return test

    return decorate
