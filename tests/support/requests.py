"""Requests for the fast path, and similar ones that it must leave to Twisted."""

from __future__ import annotations

from collections.abc import Iterable

from tests.support.inputs import PAGE
from tests.support.pages import CLAIM

Pairs = Iterable[tuple[str, str]]

#: The required headers, without the length.
PLAIN = (
    ("Host", "localhost:8080"),
    ("Live-Page", PAGE.decode()),
    ("Content-Type", "application/json"),
    ("Origin", "http://localhost:8080"),
)

#: The headers that Chromium sends.
BROWSER = (
    *PLAIN,
    ("Connection", "keep-alive"),
    ("sec-ch-ua-platform", '"Linux"'),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0"),
    ("sec-ch-ua", '"Chromium";v="156", "Not?A_Brand";v="99"'),
    ("sec-ch-ua-mobile", "?0"),
    ("Accept", "*/*"),
    ("Sec-Fetch-Site", "same-origin"),
    ("Referer", "http://localhost:8080/"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Accept-Language", "en-US,en;q=0.9"),
    ("Cookie", "a=b; c=d=e"),
)


def bodyOf(fields: str = "") -> bytes:
    """Return the body of a request of the page."""
    return f'{{"claim":"{CLAIM}","connection":1,"received":0{fields}}}'.encode()


CALL = bodyOf(',"first":1,"messages":[["call",1,1,"say",["a"]]]')


def post(
    path: str = "/_live/poll",
    headers: Pairs = PLAIN,
    body: bytes = CALL,
    length: str | None = "",
    start: str = "POST {} HTTP/1.1",
) -> bytes:
    """Return a request as bytes.

    @param length: replaces the body's length; L{None} omits the header.
    """
    size = str(len(body)) if length == "" else length
    pairs = [*headers, *([] if size is None else [("Content-Length", size)])]
    lines = [start.format(path), *(f"{name}: {value}" for name, value in pairs), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def changed(name: str, value: str | None) -> Pairs:
    """Return the plain headers with another value for one, or without it if L{None}."""
    others = [pair for pair in PLAIN if pair[0] != name]
    return others if value is None else [*others, (name, value)]


def line(text: str) -> bytes:
    """Return a plain request with this line among its headers."""
    head, _, rest = post().partition(b"\r\n")
    return head + b"\r\n" + text.encode("latin-1") + b"\r\n" + rest


TAKEN = [
    post(),
    post("/_live/send"),
    post(headers=BROWSER),
    post("/a/b~c/%20/d.e+f:g@h/_live/send", BROWSER),
    post("//_live/poll"),
    post("/../_live/poll"),
    post("/%2F_live%2F/_live/poll"),
    post(body=b"x"),
    post(body=b"\r\n\r\n"),
    post(body=b"\x00\xff" * 5000),
    post(headers=changed("Host", None)),
    post(headers=changed("Host", "evil.example")),
    post(headers=changed("Origin", "null")),
    post(headers=changed("Live-Page", None)),
    post(headers=[(name.upper(), value) for name, value in PLAIN]),
    post(headers=[(name.lower(), value) for name, value in BROWSER]),
    post(headers=changed("Connection", "Keep-Alive")),
    post(headers=changed("X-Forwarded-For", "1.2.3.4, 5.6.7.8")),
    post(headers=changed("Cookie", "a; b=c;d =e;;=f; a=g")),
    post(headers=changed("DNT", "1")),
    post(headers=changed("etag", "x")),
    post(headers=changed("Authorization", "Basic YTpi")),
]

LEFT = [
    # Other requests.
    post(start="GET {} HTTP/1.1"),
    post(start="HEAD {} HTTP/1.1"),
    post(start="OPTIONS {} HTTP/1.1"),
    post(start="post {} HTTP/1.1"),
    post(start="PUT {} HTTP/1.1"),
    post("/_live/stream"),
    post("/_live/poll/"),
    post("/_live/poll/x"),
    post("/_live/poll?a=b"),
    post("/_live/poll?"),
    post("/_live/poll#a"),
    post("/_live/xpoll"),
    post("/x_live/poll"),
    post("/_live/ws"),
    post("http://localhost:8080/_live/poll"),
    post("_live/poll"),
    post("*"),
    post('/"/_live/poll'),
    post("/\\/_live/poll"),
    post("/\x80/_live/poll"),
    post("/a b/_live/poll"),
    # Other versions, and other forms of the request line.
    post(start="POST {} HTTP/1.0"),
    post(start="POST {} HTTP/1.2"),
    post(start="POST {} HTTP/2.0"),
    post(start="POST {} http/1.1"),
    post(start="POST {}"),
    post(start="POST  {} HTTP/1.1"),
    post(start="POST {}  HTTP/1.1"),
    post(start="POST\t{} HTTP/1.1"),
    post(start="POST {} HTTP/1.1 "),
    post(start=" POST {} HTTP/1.1"),
    # The length.
    post(length=None),
    post(length="0", body=b""),
    post(length="", body=b""),
    post(length="0"),
    post(length="03", body=b"abc"),
    post(length="+3", body=b"abc"),
    post(length="-3", body=b"abc"),
    post(length="3 ", body=b"abc"),
    post(length="3,3", body=b"abc"),
    post(length="3, 3", body=b"abc"),
    post(length="0x3", body=b"abc"),
    post(length="3.0", body=b"abc"),
    post(length="3", body=b"ab"),
    post(length="3", body=b"abcd"),
    post(length="\xb3", body=b"abc"),
    post(length="9" * 5000),
    line("Content-Length: 3"),
    line(f"Content-Length: {len(CALL)}"),
    line(f"content-length: {len(CALL)}"),
    # Headers about the transfer of the body, or the connection.
    line("Transfer-Encoding: chunked"),
    line("transfer-encoding: identity"),
    line("Transfer-Encoding: x"),
    line("Expect: 100-continue"),
    line("Connection: close"),
    line("Connection: keep-alive, close"),
    line("Connection: close, keep-alive"),
    line("Connection: Upgrade"),
    line("Upgrade: h2c"),
    line("TE: trailers"),
    line("Trailer: X"),
    # Duplicate headers, and malformed ones.
    *(line(f"{name}: x") for name, _ in PLAIN),
    line("X: a").replace(b"X: a\r\n", b"X: a\r\nx: a\r\n"),
    line("X"),
    line(":"),
    line(": a"),
    line("X : a"),
    line("X:a"),
    line("X:"),
    line("X: "),
    line("X:  a"),
    line("X: a "),
    line("X: a\t"),
    line("X:\ta"),
    line("X: a\tb"),
    line(" X: a"),
    line("\tX: a"),
    line("X: a\r\n b"),
    line("X: a\r\n\tb"),
    line("X: a\rY: b"),
    line("X: a\nY: b"),
    line("X: a\n\nY: b"),
    line("X: \xe9"),
    line("X\x00: a"),
    line("X: \x00"),
    line("X_Y: a"),
    line("X(: a"),
    line("X\xe9: a"),
    line("\r\nX: a"),
    post().replace(b"\r\n", b"\n"),
    post().replace(b"\r\n\r\n", b"\n\n"),
    post().replace(b"\r\n\r\n", b"\r\n\n"),
    # The type of the body.
    post(headers=changed("Content-Type", None)),
    post(headers=changed("Content-Type", "text/plain")),
    post(headers=changed("Content-Type", "application/json; charset=utf-8")),
    post(headers=changed("Content-Type", "Application/JSON")),
    post(headers=changed("Content-Type", "application/x-www-form-urlencoded"), body=b"a=b"),
    post(headers=changed("Content-Type", "multipart/form-data; boundary=x"), body=b"--x--"),
    b"",
    b"\r\n",
    b"POST ",
    b"x" * 70_000,
]
