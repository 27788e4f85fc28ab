"""C10, C19: the site, with requests that are nearly well-formed, in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.acceptance.fuzz.inputs import PAGE, changed, cuts, edits, examples, pieces, replayed
from tests.acceptance.fuzz.server import Fuzzed
from tests.support.help import CLAIM
from tests.support.wire import HANDSHAKE

HOST = b"Host: localhost:8080\r\n"
POST = (
    HOST + b"Origin: http://localhost:8080\r\nContent-Type: application/json\r\nLive-Page: %b\r\n"
)


def post(name: str, fields: str = "") -> bytes:
    """A request of a page, with its length."""
    data = f'{{"claim":"{CLAIM}","connection":1,"received":0{fields}}}'.encode()
    head = b"POST /_live/%b HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n"
    return head % (name.encode(), POST % PAGE, len(data)) + data


def chunked(name: str, fields: str = "") -> bytes:
    """The same in chunks, with an extension and a trailer."""
    head, _, data = post(name, fields).partition(b"\r\n\r\n")
    head = re.sub(rb"Content-Length: \d+", b"Transfer-Encoding: chunked", head)
    body = b"5\r\n%b\r\n%x;a=b\r\n%b\r\n0\r\nX: y\r\n\r\n" % (data[:5], len(data) - 5, data[5:])
    return head + b"\r\n\r\n" + body


CALLS = ',"first":1,"messages":[["call",1,1,"setUsername",["A"]],["call",2,1,"say",["hi"]]]'

WELL = [
    b"GET / HTTP/1.1\r\n" + HOST + b"\r\n",
    b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /?a=b&c HTTP/1.0\r\n" + HOST + b"Connection: close\r\n\r\n",
    b"GET /_live/js/x/y.js HTTP/1.1\r\n" + HOST + b"Accept-Encoding: gzip;q=1, *;q=0\r\n\r\n",
    post("poll", ',"hello":true'),
    post("poll", ',"hello":true,"heartbeat":2'),
    post("poll"),
    post("poll", ',"wait":false'),
    post("send", CALLS),
    post("send", ',"leave":true'),
    post("stream"),
    post("stream", ',"probe":true'),
    chunked("poll", ',"hello":true'),
    chunked("send", CALLS),
    b"GET /_live/ws HTTP/1.1\r\n"
    + HOST
    + b"".join(b"%b: %b\r\n" % (n.encode(), v.encode()) for n, v in HANDSHAKE.items())
    + b"\r\n",
]

inputs = st.builds(
    changed, st.lists(st.sampled_from(WELL), min_size=1, max_size=4).map(b"".join), edits
)


@pytest.fixture(scope="module")
def site() -> Iterator[Fuzzed]:
    """The server."""
    with Fuzzed() as site:
        yield site


@pytest.mark.filterwarnings("ignore:twisted.web.resource._UnsafeErrorPage")
@examples(150)
@given(data=inputs, places=cuts)
@replayed("http", places=[])
@replayed("http", places=[1, 30, 200])
def test_requests(site: Fuzzed, data: bytes, places: list[int]) -> None:
    """Each is answered with a status that is no failure of the server's, or not at all."""
    wire = site.wire()
    parts = pieces(data.replace(PAGE, site.page()), places)
    answers = site.send(wire, parts)
    assert answers == b"" or answers.startswith((b"HTTP/1.1 ", b"HTTP/1.0 "))
    for status in re.findall(rb"(?:^|\n)HTTP/1\.[01] (\d+) ", answers):
        assert status in (b"501", b"505") or 100 <= int(status) < 500
    site.check(wire)


@pytest.mark.parametrize("request_", WELL, ids=range(len(WELL)))
def test_wellFormed(site: Fuzzed, request_: bytes) -> None:
    """What is changed is taken as long as it is not."""
    wire = site.wire()
    pageId = site.page()
    hello = post("poll", ',"hello":true').replace(PAGE, pageId)
    if b'"hello"' not in request_:
        site.send(site.wire(), [hello])
    answer = site.send(wire, [request_.replace(PAGE, pageId)])
    expected = {b"/_live/js": b"404", b"/_live/ws": b"101"}
    status = next((code for part, code in expected.items() if part in request_), b"200")
    # A poll that waits is not answered yet.
    assert answer[9:12] == status or (answer == b"" and b"/poll" in request_)
    site.check(wire)
