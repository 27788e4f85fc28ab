"""Tests of L{livewidget.page.page}: what remains of a page that has ended."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from livewidget import LiveElement, ProtocolError, expose
from livewidget.wire.messages import Call
from tests.support.lifecycle import Diary
from tests.support.log import Log
from tests.support.pages import Bench, FakeTransport


class TestRelease:
    """Nothing remains of a page that has ended."""

    @pytest.mark.parametrize("how", ["close", "expire", "refuse", "never"])
    def test_endedPageIsCollected(self, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """An ended page leaves no timer, entry or reference."""
        # A log entry refers to its page, and Twisted keeps log entries.
        monkeypatch.setattr("livewidget.page.page._log", Logger(observer=lambda event: None))
        bench = Bench()
        page = bench.page(Diary())
        if how != "never":
            browser = bench.connect(page)
            page.elements[1].callRemote("ask")
            browser.receive(Call(1, 1, "note", ["x"]))
            end(browser, how)
            del browser
        else:
            bench.clock.advance(30)
        assert bench.clock.getDelayedCalls() == []
        assert len(bench.pages) == 0
        assert page.elements == {}
        gone = weakref.ref(page)
        del page
        gc.collect()
        assert gone() is None

    def test_refusedPageLeavesNoTimer(self, log: Log) -> None:
        """A page that a malformed message ended leaves no timer."""
        browser = Bench().live(Diary())
        browser.receive(b"[]")
        assert browser.bench.clock.getDelayedCalls() == []
        log.take("page refused (4400)")

    def test_endedPageReleasesItsElements(self) -> None:
        """An ended page that is still referenced does not keep its elements."""
        bench = Bench()
        element = Diary()
        page = bench.live(element).page
        page.close()
        gone = weakref.ref(element)
        del element
        gc.collect()
        assert gone() is None

    def test_methodThatNeverAnswersDoesNotKeepThePage(self) -> None:
        """A method that never answers does not keep its page's timers or entry."""

        class Waits(LiveElement):
            @expose
            def wait(self) -> Deferred[Any]:
                return Deferred()

        bench = Bench()
        bench.live(Waits()).call("wait")
        page = next(iter(bench.pages._sessions.values()))
        page.close()
        gone = weakref.ref(page)
        del page
        gc.collect()
        assert gone() is None

    def test_pagesThatNeverConnectLeaveNothing(self) -> None:
        """Hundreds of pages that never connect leave no entry and no timer."""
        bench = Bench()
        for _ in range(500):
            bench.page(LiveElement())
        assert len(bench.pages) == 500
        bench.clock.advance(30)
        assert len(bench.pages) == 0
        assert bench.clock.getDelayedCalls() == []


def end(browser: FakeTransport, how: str) -> None:
    """End the page of a browser in one of several ways."""
    if how == "close":
        browser.page.close()
    elif how == "expire":
        browser.lose()
        browser.bench.clock.advance(60)
    else:
        browser.page.refuse(ProtocolError(4400, "for a test"))
