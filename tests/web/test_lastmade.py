"""Tests of C{livewidget.web.lastmade}: made once for all that get the same."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livewidget.web.lastmade import LastMade


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
        last = LastMade(making)
        before = making.times
        first = last.of([b"a", b"b"])
        assert last.of([bytes(bytearray(b"a")), b"b"]) is first
        assert making.times == before + 1

    @pytest.mark.parametrize(
        "others", [[], [b"a"], [b"b", b"a"], [b"a", b"b", b""], [b"a", b"c"], [b"ab"], [b"a", b"B"]]
    )
    def test_others(self, others: list[bytes]) -> None:
        """Others are made anew, and so are the first ones after them."""
        last = LastMade(b"|".join)
        assert last.of([b"a", b"b"]) == b"a|b"
        assert last.of(others) == b"|".join(others)
        assert last.of([b"a", b"b"]) == b"a|b"

    def test_nothing(self) -> None:
        """At the beginning too it is what the maker makes."""
        assert LastMade(lambda messages: b"%d" % len(messages)).of([]) == b"0"

    def test_failure(self) -> None:
        """A maker that fails leaves what was."""

        def picky(messages: Sequence[bytes]) -> bytes:
            if b"bad" in messages:
                raise ValueError("bad")
            return b"|".join(messages)

        last = LastMade(picky)
        assert last.of([b"a"]) == b"a"
        for _ in range(2):
            with pytest.raises(ValueError, match="bad"):
                last.of([b"bad"])
        assert last.of([b"a"]) == b"a"

    @given(st.lists(st.lists(st.sampled_from([b"", b"a", b"b"]), max_size=3), max_size=8))
    def test_any(self, asked: list[list[bytes]]) -> None:
        """Whatever is asked in whatever order, it is as if it were made each time."""
        last = LastMade(b"|".join)
        assert [last.of(messages) for messages in asked] == [b"|".join(m) for m in asked]
