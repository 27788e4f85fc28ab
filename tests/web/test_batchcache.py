"""Tests of C{livewidget.web.writer}: made once for all that get the same."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livewidget.web.writer import BatchCache


class Making:
    """Makes bytes, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, messages: Sequence[bytes]) -> bytes:
        self.times += 1
        return b"|".join(messages)


class TestLastMade:
    """Which bytes, and when they are made."""

    def test_same(self) -> None:
        """The same messages, in whatever list, are made once, and are one object."""
        making = Making()
        cache = BatchCache(making)
        before = making.times
        first = cache.get([b"a", b"b"])
        assert cache.get([bytes(bytearray(b"a")), b"b"]) is first
        assert making.times == before + 1

    @pytest.mark.parametrize(
        "others", [[], [b"a"], [b"b", b"a"], [b"a", b"b", b""], [b"a", b"c"], [b"ab"], [b"a", b"B"]]
    )
    def test_others(self, others: list[bytes]) -> None:
        """Others are made anew, and so are the first ones after them."""
        cache = BatchCache(b"|".join)
        assert cache.get([b"a", b"b"]) == b"a|b"
        assert cache.get(others) == b"|".join(others)
        assert cache.get([b"a", b"b"]) == b"a|b"

    def test_nothing(self) -> None:
        """At the beginning too it is what the maker makes."""
        assert BatchCache(lambda messages: b"%d" % len(messages)).get([]) == b"0"

    def test_failure(self) -> None:
        """A maker that fails leaves what was."""

        def picky(messages: Sequence[bytes]) -> bytes:
            if b"bad" in messages:
                raise ValueError("bad")
            return b"|".join(messages)

        cache = BatchCache(picky)
        assert cache.get([b"a"]) == b"a"
        for _ in range(2):
            with pytest.raises(ValueError, match="bad"):
                cache.get([b"bad"])
        assert cache.get([b"a"]) == b"a"

    @given(st.lists(st.lists(st.sampled_from([b"", b"a", b"b"]), max_size=3), max_size=8))
    def test_any(self, asked: list[list[bytes]]) -> None:
        """Whatever is asked in whatever order, it is as if it were made each time."""
        cache = BatchCache(b"|".join)
        assert [cache.get(messages) for messages in asked] == [b"|".join(m) for m in asked]
