"""Tests of L{livewidget.web.writer.BatchCache}."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livewidget.web.writer import BatchCache


class Making:
    """An encoder that counts its calls."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, messages: Sequence[bytes]) -> bytes:
        self.times += 1
        return b"|".join(messages)


class TestBatchCache:
    """Which batches are encoded, and how often."""

    def test_equalBatchIsEncodedOnce(self) -> None:
        """Equal batches in different lists are encoded once and share their bytes."""
        making = Making()
        cache = BatchCache(making)
        before = making.times
        first = cache.get([b"a", b"b"])
        assert cache.get([bytes(bytearray(b"a")), b"b"]) is first
        assert making.times == before + 1

    @pytest.mark.parametrize(
        "others", [[], [b"a"], [b"b", b"a"], [b"a", b"b", b""], [b"a", b"c"], [b"ab"], [b"a", b"B"]]
    )
    def test_otherBatchReplacesTheLastOne(self, others: list[bytes]) -> None:
        """A different batch is encoded anew, and so is the first one after it."""
        cache = BatchCache(b"|".join)
        assert cache.get([b"a", b"b"]) == b"a|b"
        assert cache.get(others) == b"|".join(others)
        assert cache.get([b"a", b"b"]) == b"a|b"

    def test_emptyBatchIsWhatTheEncoderReturns(self) -> None:
        """An empty batch is encoded like any other, even the first."""
        assert BatchCache(lambda messages: b"%d" % len(messages)).get([]) == b"0"

    def test_failureKeepsTheLastBatch(self) -> None:
        """An encoder that fails leaves the cache as it was."""

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
    def test_anySequenceIsAsIfEncodedEachTime(self, asked: list[list[bytes]]) -> None:
        """Any sequence of batches has the same result as without a cache."""
        cache = BatchCache(b"|".join)
        assert [cache.get(messages) for messages in asked] == [b"|".join(m) for m in asked]
