"""Well-formed requests, for tests that change them."""

from __future__ import annotations

import re

from tests.support.inputs import PAGE
from tests.support.pages import CLAIM
from tests.support.websocket import HANDSHAKE

HOST = b"Host: localhost:8080\r\n"


POST = (
    HOST + b"Origin: http://localhost:8080\r\nContent-Type: application/json\r\nLive-Page: %b\r\n"
)


def post(name: str, fields: str = "") -> bytes:
    """Return a request of a page, with its length."""
    data = f'{{"claim":"{CLAIM}","connection":1,"received":0{fields}}}'.encode()
    head = b"POST /_live/%b HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n"
    return head % (name.encode(), POST % PAGE, len(data)) + data


def chunked(name: str, fields: str = "") -> bytes:
    """Return a request of a page in chunks, with an extension and a trailer."""
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
