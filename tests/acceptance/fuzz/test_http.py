"""C10, C19: fuzzing of the site with nearly well-formed requests, in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.acceptance.fuzz.requests import WELL, post
from tests.acceptance.fuzz.server import Fuzzed
from tests.support.inputs import PAGE, changed, cuts, edits, examples, pieces, replayed

inputs = st.builds(
    changed, st.lists(st.sampled_from(WELL), min_size=1, max_size=4).map(b"".join), edits
)


@pytest.fixture(scope="module")
def site() -> Iterator[Fuzzed]:
    """Return the server."""
    with Fuzzed() as site:
        yield site


@pytest.mark.filterwarnings("ignore:twisted.web.resource._UnsafeErrorPage")
@examples(150)
@given(data=inputs, places=cuts)
@replayed("http", places=[])
@replayed("http", places=[1, 30, 200])
def test_changedRequestsNeverFailTheServer(site: Fuzzed, data: bytes, places: list[int]) -> None:
    """Each request gets a status that is not a server failure, or no answer."""
    wire = site.wire()
    parts = pieces(data.replace(PAGE, site.page()), places)
    answers = site.send(wire, parts)
    assert answers == b"" or answers.startswith((b"HTTP/1.1 ", b"HTTP/1.0 "))
    for status in re.findall(rb"(?:^|\n)HTTP/1\.[01] (\d+) ", answers):
        assert status in (b"501", b"505") or 100 <= int(status) < 500
    site.check(wire)


@pytest.mark.parametrize("request_", WELL, ids=range(len(WELL)))
def test_unchangedRequestsAreAccepted(site: Fuzzed, request_: bytes) -> None:
    """The requests are accepted before they are mutated."""
    wire = site.wire()
    pageId = site.page()
    hello = post("poll", ',"hello":true').replace(PAGE, pageId)
    if b'"hello"' not in request_:
        site.send(site.wire(), [hello])
    answer = site.send(wire, [request_.replace(PAGE, pageId)])
    expected = {b"/_live/js": b"404", b"/_live/ws": b"101"}
    status = next((code for part, code in expected.items() if part in request_), b"200")
    # A waiting poll is not answered yet.
    assert answer[9:12] == status or (answer == b"" and b"/poll" in request_)
    site.check(wire)
