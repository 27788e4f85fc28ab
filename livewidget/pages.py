"""All live pages of one resource: look-up, caps, the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.web.server import Request

from livewidget.codes import GOING_AWAY, GONE, TOO_MUCH
from livewidget.controls import Hello, Welcome
from livewidget.errors import ProtocolError
from livewidget.interfaces import ITransport
from livewidget.newcomers import Newcomers
from livewidget.page import LivePage
from livewidget.settings import Settings
from livewidget.templates import Templates

#: Seconds for which the reason of a page's end is kept for a browser that polls.
LAST_WORDS_WITHIN = 20
#: How many such reasons are kept.
MOST_LAST_WORDS = 10_000


class Pages:
    """The pages that exist, and what they share.

    @param identify: says by a request whose it is, see L{LiveResource}.
    @ivar newcomers: those that no browser has connected to yet.
    @ivar bufferedBytes: what waits for acknowledgement in all of them.
    @ivar stopped: the server goes down, there are no more pages.
    """

    _log = Logger()

    def __init__(
        self,
        settings: Settings,
        clock: IReactorTime,
        templates: Templates,
        identify: Callable[[Request], Any] | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.templates = templates
        self.newcomers = Newcomers(settings.pagesUnconnected, settings.pagesUnconnectedPerAddress)
        self._identify = identify
        self.bufferedBytes = 0
        self.stopped = False
        self._pages: dict[str, LivePage] = {}
        self._ending: dict[LivePage, IDelayedCall] = {}
        self._lastWords: dict[str, tuple[int, str]] = {}

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def full(self) -> bool:
        """Whether there are as many pages as there may be."""
        return len(self) >= self.settings.pagesInAll

    def make(self, client: str = "", identity: Any = None) -> LivePage:
        """A new page, to be rendered and sent to a browser.

        @param client: where the browser is, for counting.
        @param identity: whose page it is, or L{None}.
        """
        page = LivePage(self, identity)
        self._pages[page.pageId] = page
        tooMany = self.newcomers.add(page, client)
        if tooMany is not None:
            self.endSoon(tooMany, GONE, "too many pages were loaded after it and not connected")
        return page

    def identityOf(self, request: Request) -> Any:
        """Whose a request is, or L{None}: nobody's, or the application does not say."""
        return None if self._identify is None else self._identify(request)

    def hello(
        self, transport: ITransport, hello: Hello, identity: Any = None, again: bool = False
    ) -> tuple[LivePage, Welcome]:
        """A connection says hello to the page it names.

        @param identity: whose the request of the connection is, see L{identityOf}.
        @param again: it may be the hello of the connection in use once more.
        @raise ProtocolError: it is refused; close it so.
        """
        page = self._named(hello.page, identity)
        return page, page.hello(transport, hello, again)

    def find(self, pageId: str, claim: str, identity: Any = None) -> LivePage:
        """The page of a request.

        @param identity: whose the request is, see L{identityOf}.
        @raise ProtocolError: there is none, or it is not this browser's; answer with it.
        """
        page = self._named(pageId, identity)
        page.checkClaim(claim)
        return page

    def close(self, identity: Any, reason: str = "the application closed the page") -> int:
        """End all pages of somebody at once, as at a logout; see L{LivePage.close}.

        @param identity: what L{LivePage.identity} is equal to.
        @return: how many there were.
        @raise ValueError: it is L{None}, which is nobody.
        """
        if identity is None:
            raise ValueError("pages.close() takes an identity; None is that of nobody")
        theirs = [page for page in self._pages.values() if page.identity == identity]
        for page in theirs:
            page.close(reason)
        return len(theirs)

    def remember(self, page: LivePage, code: int, reason: str) -> None:
        """A page ends while no request of its browser waits: tell the next one."""
        if len(self._lastWords) < MOST_LAST_WORDS and not self.stopped:
            self._lastWords[page.pageId] = code, reason
            self.clock.callLater(LAST_WORDS_WITHIN, self._lastWords.pop, page.pageId, None)

    def remove(self, page: LivePage) -> None:
        """A page has ended, or is about to."""
        self.newcomers.remove(page)
        if self._pages.pop(page.pageId, None) is not None:
            self.bufferedBytes -= page.accountedBytes
        ending = self._ending.pop(page, None)
        if ending is not None and ending.active():
            ending.cancel()

    def endSoon(self, page: LivePage, code: int, reason: str) -> None:
        """End a page in the next turn of the reactor; from now on nothing is sent to it.

        The end of a page runs the application's code. That is not to happen in
        the middle of a call to another element, which may be one of a loop.
        """
        if not page.ending:
            page.ending = True
            self.remove(page)
            self._ending[page] = self.clock.callLater(0, page.end, code, reason)

    def account(self, page: LivePage) -> None:
        """The buffer of a page has changed: hold the bound of them all."""
        if page.pageId not in self._pages:
            return
        size = page.delivery.bufferedBytes
        self.bufferedBytes += size - page.accountedBytes
        page.accountedBytes = size
        while self.bufferedBytes > self.settings.processBytes:
            largest = max(self._pages.values(), key=lambda page: page.accountedBytes)
            self._log.warn("too much waits to be sent in all; closing the largest page")
            self.endSoon(largest, TOO_MUCH, "too much waits to be sent in all pages")

    def stop(self) -> None:
        """End all pages: the server goes down, the browsers will find the next."""
        self.stopped = True
        for page in [*self._pages.values(), *self._ending]:
            page.end(GOING_AWAY, "the server is going down")

    def _named(self, pageId: str, identity: Any) -> LivePage:
        if self.stopped:
            raise ProtocolError(GOING_AWAY, "the server is going down")
        page = self._pages.get(pageId)
        gone = GONE, "no such page, or it has ended"
        if page is None:
            raise ProtocolError(*self._lastWords.get(pageId, gone))
        if self._identify is not None and page.identity not in (None, identity):
            # Who has stolen its id learns nothing, not even that there is such a page.
            self._log.warn("a page was asked for by somebody else than whose it is")
            raise ProtocolError(*gone)
        return page
