"""Tests of L{livewidget.page.pages}: looking up a page, the limit of all pages, and the end."""

from __future__ import annotations

import pytest

from livewidget import Limits, LiveElement, ProtocolError
from livewidget.wire.controls import Hello
from tests.support.log import Log
from tests.support.pages import CLAIM, Bench, FakeTransport

MESSAGE = len('["call",null,1,"show",[""]]')


def fill(browser: FakeTransport, size: int) -> None:
    """Send a message of C{size} bytes, which the browser does not acknowledge."""
    browser.page.elements[1].callRemoteOnly("show", "x" * (size - MESSAGE))


class TestLookUp:
    """How a hello finds its page."""

    def test_helloFindsThePageThatItNames(self) -> None:
        """A hello finds the page that it names, and no other."""
        bench = Bench()
        pages = [bench.page(LiveElement()) for _ in range(3)]
        transport = FakeTransport(bench, pages[1], 1)
        page, welcome = bench.pages.hello(transport, Hello(pages[1].pageId, CLAIM, 1, 0))
        assert page is pages[1]
        assert welcome.connection == 1
        assert [page.delivery.connected for page in pages] == [False, True, False]

    def test_unknownIdIsRefusedLikeThatOfAnEndedPage(self) -> None:
        """An unknown id is refused with 4404, in the same words as that of an ended page."""
        bench = Bench()
        page = bench.page(LiveElement())
        transport = FakeTransport(bench, page, 1)
        with pytest.raises(ProtocolError) as unknown:
            bench.pages.hello(transport, Hello("x" * 22, CLAIM, 1, 0))
        page.end(4404, "the browser did not come back")
        with pytest.raises(ProtocolError) as ended:
            bench.pages.hello(transport, Hello(page.pageId, CLAIM, 1, 0))
        assert unknown.value.args == ended.value.args
        assert unknown.value.code == 4404

    def test_idsHave128BitsAndDiffer(self) -> None:
        """Ids have 128 bits, in characters that need no quoting, and differ."""
        bench = Bench()
        ids = {bench.page().pageId for _ in range(100)}
        assert len(ids) == 100
        assert all(len(pageId) == 22 for pageId in ids)
        assert all(pageId.replace("-", "").replace("_", "").isalnum() for pageId in ids)

    def test_idAndClaimAreNotInLogsOrErrors(self, log: Log) -> None:
        """The id and the claim of a page do not appear in the log or in an error."""
        bench = Bench()
        page = bench.page(LiveElement())
        browser = bench.connect(page)
        browser.acknowledge(7)
        with pytest.raises(ProtocolError) as caught:
            bench.connect(page, 2)
        for text in [*log.texts(), str(caught.value), str(page.ended)]:
            assert page.pageId not in text
            assert CLAIM not in text
        log.take("page refused")


class TestProcessLimit:
    """The limit of the bytes that wait in all pages together."""

    def test_pageWithTheMostBytesEndsBeyondTheLimit(self, log: Log) -> None:
        """Beyond the limit the page with the most bytes ends with 4429, and no other."""
        bench = Bench(processBytes=10_000)
        small, large, middle = (bench.live(LiveElement()) for _ in range(3))
        fill(small, 1000)
        fill(large, 5000)
        fill(middle, 4000)
        assert bench.pages.bufferedBytes == 10_000
        assert (small.closed, large.closed, middle.closed) == ([], [], [])
        fill(small, 100)
        bench.clock.advance(0)
        assert [code for code, _ in large.closed] == [4429]
        assert (small.closed, middle.closed) == ([], [])
        assert bench.pages.bufferedBytes == 5100
        log.take("closing the one that holds the most")

    def test_pagesEndUntilTheLimitHolds(self, log: Log) -> None:
        """Pages end until the limit holds; the one that sends may be among them."""
        bench = Bench(processBytes=3000)
        others = [bench.live(LiveElement()) for _ in range(3)]
        for browser in others:
            fill(browser, 1000)
        sender = bench.live(LiveElement())
        fill(sender, 2500)
        bench.clock.advance(0)
        assert [code for code, _ in sender.closed] == [4429]
        assert [browser.closed for browser in others] == [[], [], []]
        assert bench.pages.bufferedBytes == 3000
        log.take("closing the one that holds the most")

    def test_bytesOfDisconnectedPagesCount(self, log: Log) -> None:
        """Bytes that wait for a disconnected page count too."""
        bench = Bench(processBytes=3000)
        away = bench.live(LiveElement())
        away.lose()
        fill(away, 2900)
        fill(bench.live(LiveElement()), 200)
        bench.clock.advance(0)
        assert away.page.ended is not None
        log.take("closing the one that holds the most")

    @pytest.mark.parametrize("how", ["end", "acknowledge", "resume"])
    def test_acknowledgedBytesDoNotCount(self, how: str) -> None:
        """Bytes do not count once they are acknowledged or their page has ended."""
        bench = Bench()
        browsers = [bench.live(LiveElement()) for _ in range(5)]
        for browser in browsers:
            fill(browser, 1000)
            fill(browser, 500)
        assert bench.pages.bufferedBytes == 7500
        for browser in browsers:
            if how == "end":
                browser.page.close()
            elif how == "acknowledge":
                browser.acknowledge(1)
                browser.acknowledge(2)
            else:
                bench.connect(browser.page, 2, received=2)
        assert bench.pages.bufferedBytes == 0

    def test_pageBeyondItsOwnLimitDoesNotCount(self) -> None:
        """A page beyond its own limit is not counted any more."""
        bench = Bench(limits=Limits(messages=2))
        browser = bench.live(LiveElement())
        for _ in range(3):
            fill(browser, 100)
        assert bench.pages.bufferedBytes == 0
        bench.clock.advance(0)
        assert browser.page.ended is not None
        assert bench.pages.bufferedBytes == 0

    def test_sendingInConnectionLostKeepsTheCountRight(self, log: Log) -> None:
        """Elements that send when another page ends keep the count right."""
        bench = Bench(processBytes=3000)
        survivor = bench.live(LiveElement())

        class Telling(LiveElement):
            def connectionLost(self, reason: object) -> None:
                fill(survivor, 100)

        telling = bench.live(Telling())
        fill(telling, 2000)
        fill(survivor, 1001)
        bench.clock.advance(0)
        assert telling.page.ended is not None
        assert bench.pages.bufferedBytes == 1101
        assert survivor.page.delivery.bufferedBytes == 1101
        log.take("closing the one that holds the most")


class TestStop:
    """The end of the server."""

    def test_stopEndsAllPagesWith1001(self) -> None:
        """All pages end with 1001, so that browsers look for the next server."""
        bench = Bench()
        browsers = [bench.live(LiveElement()) for _ in range(3)]
        bench.page(LiveElement())
        bench.pages.stop()
        assert [browser.closed[0][0] for browser in browsers] == [1001] * 3
        assert len(bench.pages) == 0
        assert bench.clock.getDelayedCalls() == []

    def test_browserThatComesBackIsToldOfTheStop(self) -> None:
        """A browser that reconnects while the server stops gets 1001, not 4404."""
        bench = Bench()
        page = bench.page(LiveElement())
        bench.pages.stop()
        with pytest.raises(ProtocolError) as caught:
            bench.connect(page)
        assert caught.value.code == 1001


class TestRequests:
    """How a request finds its page."""

    def test_pageIsFoundByItsIdAndClaimOnly(self) -> None:
        """A page is found by its id and its browser's claim, and by no other claim."""
        bench = Bench()
        page = bench.page(LiveElement())
        assert bench.pages.find(page.pageId, CLAIM) is page
        for pageId, claim in [(page.pageId, "another-claim-of-a-test"), ("x" * 22, CLAIM)]:
            with pytest.raises(ProtocolError) as caught:
                bench.pages.find(pageId, claim)
            assert caught.value.code == 4404

    def test_requestDuringTheStopGets1001AndLeavesNothing(self) -> None:
        """A request while the server stops gets 1001, and no tombstone is kept."""
        bench = Bench()
        page = bench.page(LiveElement())
        bench.pages.stop()
        with pytest.raises(ProtocolError) as caught:
            bench.pages.find(page.pageId, CLAIM)
        assert caught.value.code == 1001
        assert len(bench.pages._tombstones) == 0
