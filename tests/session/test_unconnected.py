"""Tests of L{livewidget.session.unconnected}: how many pages may wait for their browsers."""

from __future__ import annotations

import pytest

from livewidget import LiveElement, ProtocolError, Settings
from livewidget.page.page import Page
from tests.support.log import Log
from tests.support.pages import Bench


def make(bench: Bench, number: int, client: str = "192.0.2.1") -> list[Page]:
    """Make pages as if one client had loaded them."""
    pages = []
    for _ in range(number):
        pages.append(bench.pages.make(client))
        pages[-1].attach(LiveElement())
    return pages


def living(bench: Bench, pages: list[Page]) -> list[bool]:
    """Return which of these pages have not ended."""
    bench.clock.advance(0)
    return [page.ended is None for page in pages]


class TestPerAddress:
    """Pages loaded from one address."""

    def test_oldestPageOfTheAddressEnds(self) -> None:
        """The oldest page of an address ends when the limit is exceeded."""
        bench = Bench(pagesUnconnectedPerAddress=3)
        other = make(bench, 3, "192.0.2.2")
        pages = make(bench, 4)
        assert living(bench, pages) == [False, True, True, True]
        assert living(bench, other) == [True] * 3
        assert len(bench.pages.unconnected) == 6

    def test_browserOfADroppedPageIsRefused(self) -> None:
        """A browser whose page was dropped gets 4404, so that it loads a fresh page."""
        bench = Bench(pagesUnconnectedPerAddress=1)
        oldest, newest = make(bench, 2)
        with pytest.raises(ProtocolError) as caught:
            bench.connect(oldest)
        assert caught.value.code == 4404
        bench.connect(newest)

    def test_droppedPageEndsInALaterTurn(self) -> None:
        """A dropped page ends in a later turn, since its end runs code of the application."""
        ends: list[str] = []

        class Telling(LiveElement):
            def detached(self) -> None:
                ends.append("detached")

        bench = Bench(pagesUnconnectedPerAddress=1)
        bench.pages.make("192.0.2.1").attach(Telling())
        make(bench, 1)
        assert ends == []
        bench.clock.advance(0)
        assert ends == ["detached"]


class TestInAll:
    """Pages loaded from all addresses together."""

    def test_oldestPageOfAllEnds(self) -> None:
        """The oldest page of all ends when the limit is exceeded."""
        bench = Bench(pagesUnconnected=3)
        pages = [make(bench, 1, f"192.0.2.{n}")[0] for n in range(5)]
        assert living(bench, pages) == [False, False, True, True, True]

    def test_connectedPagesDoNotCount(self) -> None:
        """Pages that have connected do not count, even if their connection is lost."""
        bench = Bench(pagesUnconnected=3, pagesUnconnectedPerAddress=2)
        connected = make(bench, 2)
        for page in connected:
            bench.connect(page).lose()
        assert len(bench.pages.unconnected) == 0
        make(bench, 2)
        assert living(bench, connected) == [True, True]

    @pytest.mark.parametrize("how", ["closed", "late", "stopped"])
    def test_endedPagesDoNotCount(self, how: str) -> None:
        """Pages that have ended do not count."""
        bench = Bench()
        pages = make(bench, 3)
        if how == "closed":
            for page in pages:
                page.close()
        elif how == "late":
            bench.clock.advance(30)
        else:
            bench.pages.stop()
        assert len(bench.pages.unconnected) == 0
        assert bench.pages.unconnected._byClient == {}


def test_droppingIsLoggedOncePerMinute(log: Log) -> None:
    """Dropping pages is logged once per minute."""
    bench = Bench(pagesUnconnectedPerAddress=2)
    for _ in range(3):
        make(bench, 50)
        log.take("more pages are loaded than browsers connect to; ending the oldest of 3")
        make(bench, 50)
        assert log.texts() == []
        bench.clock.advance(60)


def test_defaultsAre1000PerAddressAnd5000InAll() -> None:
    """The defaults are 1,000 pages per address and 5,000 in all."""
    settings = Settings()
    assert settings.pagesUnconnectedPerAddress == 1000
    assert settings.pagesUnconnected == 5000
