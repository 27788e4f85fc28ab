"""All live pages of one resource: look-up, caps, the end."""

from __future__ import annotations

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from livewidget.codes import GOING_AWAY, GONE, TOO_MUCH
from livewidget.errors import ProtocolError
from livewidget.interfaces import ITransport
from livewidget.messages import Hello, Welcome
from livewidget.page import LivePage
from livewidget.settings import Settings
from livewidget.templates import Templates


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

    def __len__(self) -> int:
        return len(self._pages)

    def make(self) -> LivePage:
        """A new page, to be rendered and sent to a browser."""
        page = LivePage(self)
        self._pages[page.pageId] = page
        return page

    def hello(self, transport: ITransport, hello: Hello) -> tuple[LivePage, Welcome]:
        """A connection says hello to the page it names.

        @raise ProtocolError: it is refused; close it so.
        """
        if self.stopped:
            raise ProtocolError(GOING_AWAY, "the server is going down")
        page = self._pages.get(hello.page)
        if page is None:
            raise ProtocolError(GONE, "no such page, or it has ended")
        return page, page.hello(transport, hello)

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
