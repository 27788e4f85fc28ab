"""Tests of L{livewidget.web.fastpath.parseFast}: what it parses, and what it leaves to Twisted."""

from __future__ import annotations

import pytest

from livewidget.web.fastpath import CACHED_HEADS, MAX_HEAD, _parseHead, parseFast
from livewidget.web.requestheaders import Head
from tests.support.requests import BROWSER, LEFT, PLAIN, TAKEN, post


def taken(data: bytes) -> Head:
    """Return the head of a request that must be parsed."""
    found = parseFast(data)
    assert found is not None
    return found[0]


class TestParsed:
    """Requests in the usual form."""

    @pytest.mark.parametrize("data", TAKEN)
    def test_bodyFollowsTheHead(self, data: bytes) -> None:
        """The body is everything after the head."""
        found = parseFast(data)
        assert found is not None
        head, body = found
        assert data.endswith(b"\r\n\r\n" + body)
        assert len(body) == head.length > 0
        assert data.startswith(b"POST %b HTTP/1.1\r\n" % head.path)

    def test_headersOfABrowserAreParsed(self) -> None:
        """The headers of Chromium are parsed, with names in lower case."""
        head = taken(post(headers=BROWSER))
        assert head.path == b"/_live/poll"
        assert head.values[b"sec-ch-ua"] == b'"Chromium";v="156", "Not?A_Brand";v="99"'
        assert head.values[b"cookie"] == b"a=b; c=d=e"
        assert head.values[b"live-page"] == b"THE-PAGE-ID-OF-A-TEST!"
        assert len(head.values) == len(BROWSER) + 1

    def test_headIsLimited(self) -> None:
        """A head of the limit is parsed; one byte more is left to Twisted."""
        short = len(post(body=b"{}")) - 2 + len(b"X: \r\n")
        fits = (*PLAIN, ("X", "x" * (MAX_HEAD - short)))
        assert taken(post(headers=fits, body=b"{}"))
        over = (*PLAIN, ("X", "x" * (MAX_HEAD - short + 1)))
        assert parseFast(post(headers=over, body=b"{}")) is None

    def test_headIsParsedOnceAndTheCacheIsBounded(self) -> None:
        """Equal heads are parsed once, and a peer cannot fill memory with others."""
        assert taken(post(body=b"12")) is taken(post(body=b"34"))
        assert _parseHead.cache_info().maxsize == CACHED_HEADS
        # The cache is bounded to a few megabytes, whatever a peer sends.
        assert MAX_HEAD * CACHED_HEADS <= 2 * 1024 * 1024

    def test_otherRequestsAreNotCached(self) -> None:
        """Other requests do not enter the cache."""
        before = _parseHead.cache_info()
        parseFast(post(start="GET {} HTTP/1.1"))
        parseFast(b"x" * 100)
        assert _parseHead.cache_info() == before


class TestLeft:
    """Requests that are left to Twisted."""

    @pytest.mark.parametrize("data", LEFT)
    def test_unusualRequestIsLeft(self, data: bytes) -> None:
        """An unusual or malformed request, or one for another URL, is left."""
        assert parseFast(data) is None

    @pytest.mark.parametrize("data", TAKEN)
    def test_partOrMoreThanOneRequestIsLeft(self, data: bytes) -> None:
        """Incomplete requests, and bytes before or after one, are left."""
        assert not any(parseFast(data[:size]) for size in range(len(data)))
        assert parseFast(data + b"x") is None
        assert parseFast(data + data) is None
        assert parseFast(b"\r\n" + data) is None

    @pytest.mark.parametrize("place", range(0, 200, 7))
    @pytest.mark.parametrize("byte", [0, 9, 10, 11, 12, 13, 0x7F, 0x80, 0x85, 0xA0, 0xFF])
    def test_unprintableByteInTheHeadIsLeft(self, byte: int, place: int) -> None:
        """A byte in the head that is not printable ASCII leaves the request."""
        data = post()
        assert parseFast(data[:place] + bytes([byte]) + data[place:]) is None
