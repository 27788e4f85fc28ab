"""All live pages of one resource: look-up, caps, the end."""

from __future__ import annotations

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from livewidget.codes import GOING_AWAY, GONE, TOO_MUCH
from livewidget.controls import Hello, Welcome
from livewidget.errors import ProtocolError
from livewidget.interfaces import ITransport
from livewidget.page import LivePage
from livewidget.settings import Settings
from livewidget.templates import Templates

#: Seconds for which the reason of a page's end is kept for a browser that polls.
LAST_WORDS_WITHIN = 20
#: How many such reasons are kept.
MOST_LAST_WORDS = 1000


class Pages:
    """The pages that exist, and what they share.

    @ivar bufferedBytes: what waits for acknowledgement in all of them.
    @ivar stopped: the server goes down, there are no more pages.
    """

    _log = Logger()

    def __init__(self, settings: Settings, clock: IReactorTime, templates: Templates) -> None:
        self.settings = settings
        self.clock = clock
        self.templates = templates
        self.bufferedBytes = 0
        self.stopped = False
        self._pages: dict[str, LivePage] = {}
        self._ending: dict[LivePage, IDelayedCall] = {}
        self._lastWords: dict[str, tuple[int, str]] = {}

    def __len__(self) -> int:
        return len(self._pages)

    def make(self) -> LivePage:
        """A new page, to be rendered and sent to a browser."""
        page = LivePage(self)
        self._pages[page.pageId] = page
        return page

    def hello(
        self, transport: ITransport, hello: Hello, again: bool = False
    ) -> tuple[LivePage, Welcome]:
        """A connection says hello to the page it names.

        @param again: it may be the hello of the connection in use once more.
        @raise ProtocolError: it is refused; close it so.
        """
        page = self._named(hello.page)
        return page, page.hello(transport, hello, again)

    def find(self, pageId: str, claim: str) -> LivePage:
        """The page of a request.

        @raise ProtocolError: there is none, or it is not this browser's; answer with it.
        """
        page = self._named(pageId)
        page.checkClaim(claim)
        return page

    def remember(self, page: LivePage, code: int, reason: str) -> None:
        """A page ends while no request of its browser waits: tell the next one."""
        if len(self._lastWords) < MOST_LAST_WORDS and not self.stopped:
            self._lastWords[page.pageId] = code, reason
            self.clock.callLater(LAST_WORDS_WITHIN, self._lastWords.pop, page.pageId, None)

    def remove(self, page: LivePage) -> None:
        """A page has ended, or is about to."""
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

    def _named(self, pageId: str) -> LivePage:
        if self.stopped:
            raise ProtocolError(GOING_AWAY, "the server is going down")
        page = self._pages.get(pageId)
        if page is None:
            gone = GONE, "no such page, or it has ended"
            raise ProtocolError(*self._lastWords.get(pageId, gone))
        return page
