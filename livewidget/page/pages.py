"""All live pages of one resource: look-up, caps, the end."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable, iscoroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.web.server import Request

from livewidget.elements.livepage import LivePage
from livewidget.errors import ProtocolError
from livewidget.interfaces import ITransport
from livewidget.page.page import Page
from livewidget.rendering.render import Renderer
from livewidget.session.flushqueue import Turn
from livewidget.session.ratelimit import Pace
from livewidget.session.tombstones import LastWords
from livewidget.session.unconnected import Newcomers
from livewidget.settings import Settings
from livewidget.wire.codes import GOING_AWAY, GONE, TOO_MUCH
from livewidget.wire.controls import Hello, Welcome

#: Seconds between two lines of the log that say that pages had to go.
QUIET = 60


class Pages:
    """The pages that exist, and what they share.

    @param renderer: makes the HTML of their elements.
    @param identify: says by a request whose it is, see L{LiveResource}.
    @ivar locate: finds the lines of modules that a browser's stack names.
    @ivar newcomers: those that no browser has connected to yet.
    @ivar turn: when pages flush.
    @ivar bufferedBytes: what waits in all of them, for acknowledgement or to be dispatched.
    @ivar mostBytes: how much that may be.
    @ivar stopped: the server goes down, there are no more pages.
    """

    _log = Logger()

    def __init__(
        self,
        settings: Settings,
        clock: IReactorTime,
        renderer: Renderer,
        identify: Callable[[Request], Any] | None = None,
        turn: Turn | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.turn = turn or Turn(clock)
        self.renderer = renderer
        self.locate = renderer.packages.locate
        self.newcomers = Newcomers(settings.pagesUnconnected, settings.pagesUnconnectedPerAddress)
        self._identify = identify
        self.bufferedBytes = 0
        self.mostBytes = settings.processBytes
        self.stopped = False
        self._pages: dict[str, Page] = {}
        self._ending: dict[Page, IDelayedCall] = {}
        self._lastWords = LastWords(settings.resumeWindow)
        self._evictions = Pace(1 / QUIET)

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def full(self) -> bool:
        """Whether there are as many pages as there may be."""
        return len(self) >= self.settings.pagesInAll

    def make(
        self, client: str | None = "", identity: Any = None, livePage: LivePage | None = None
    ) -> Page:
        """A new page, to be rendered and sent to a browser.

        @param client: where the browser is, for counting; L{None}: there is none, and
            the page is about to end.
        @param identity: whose page it is, or L{None}.
        @param livePage: the application's own, or a plain one.
        """
        page = Page(self, identity, livePage)
        self._pages[page.pageId] = page
        tooMany = None if client is None else self.newcomers.add(page, client)
        if tooMany is not None:
            self._evict(tooMany)
        return page

    def identityOf(self, request: Request) -> Any:
        """Whose a request is, or L{None}: nobody's, or the application does not say.

        @raise TypeError: the application says it by a Deferred or coroutine.
        """
        if self._identify is None:
            return None
        identity = self._identify(request)
        if isinstance(identity, Deferred) or isawaitable(identity):
            if iscoroutine(identity):
                # It is never to run: else Python says, some time, that it has not.
                identity.close()
            raise TypeError(
                f"identify returned {identity!r}, and has to say at once whose a request is: "
                "no Deferred, no coroutine"
            )
        return identity

    def hello(
        self, transport: ITransport, hello: Hello, identity: Any = None, again: bool = False
    ) -> tuple[Page, Welcome]:
        """A connection says hello to the page it names.

        @param identity: whose the request of the connection is, see L{identityOf}.
        @param again: it may be the hello of the connection in use once more.
        @raise ProtocolError: it is refused; close it so.
        """
        page = self._named(hello.page, hello.claim, identity)
        return page, page.hello(transport, hello, again)

    def find(self, pageId: str, claim: str, identity: Any = None) -> Page:
        """The page of a request.

        @param identity: whose the request is, see L{identityOf}.
        @raise ProtocolError: there is none, or it is not this browser's; answer with it.
        """
        page = self._named(pageId, claim, identity)
        page.checkClaim(claim)
        return page

    def close(self, identity: Any, reason: str = "the application closed the page") -> int:
        """End all pages of somebody at once, as at a logout; see L{Page.close}.

        @param identity: what L{Page.identity} is equal to.
        @return: how many there were.
        @raise ValueError: it is L{None}, which is nobody.
        """
        if identity is None:
            raise ValueError("pages.close() takes an identity; None is that of nobody")
        theirs = [
            page for page in [*self._pages.values(), *self._ending] if page.identity == identity
        ]
        for page in theirs:
            page.close(reason)
        return len(theirs)

    def remember(self, page: Page, code: int, reason: str) -> None:
        """A page ends, and its browser may not hear why: tell it when it asks."""
        if not self.stopped:
            self._lastWords.keep(page, code, reason, self.clock.seconds())

    def remove(self, page: Page) -> None:
        """A page has ended, or is about to."""
        self.newcomers.remove(page)
        if self._pages.pop(page.pageId, None) is not None:
            self.bufferedBytes -= page.accountedBytes
        ending = self._ending.pop(page, None)
        if ending is not None and ending.active():
            ending.cancel()

    def endSoon(self, page: Page, code: int, reason: str) -> None:
        """End a page in the next turn of the reactor; from now on nothing is sent to it.

        The end of a page runs the application's code. That is not to happen in
        the middle of a call to another element, which may be one of a loop.
        """
        if not page.ending:
            page.ending = True
            self.remove(page)
            self._ending[page] = self.clock.callLater(0, page.end, code, reason)

    def account(self, page: Page) -> None:
        """What a page holds has changed: hold the bound of them all."""
        if page.ending:
            return
        size = page.delivery.heldBytes
        self.bufferedBytes += size - page.accountedBytes
        page.accountedBytes = size
        while self.bufferedBytes > self.mostBytes:
            largest = max(self._pages.values(), key=lambda page: page.accountedBytes)
            self._log.warn(
                "too much waits in all pages: closing the one with the most; "
                "allow more by Settings(processBytes=…)"
            )
            self.endSoon(largest, TOO_MUCH, "too much waits in all pages")

    def stop(self) -> None:
        """End all pages: the server goes down, the browsers will find the next."""
        self.stopped = True
        for page in [*self._pages.values(), *self._ending]:
            page.end(GOING_AWAY, "the server is going down")
        # They have sent all: nothing is left to the reactor.
        self.turn.end()

    def _evict(self, page: Page) -> None:
        if self._evictions.take(self.clock.seconds()):
            self._log.warn(
                "more pages are loaded than browsers connect to: the oldest of {number} go; "
                "allow more by Settings(pagesUnconnected=…, pagesUnconnectedPerAddress=…), "
                "and name your proxy by --proxy or Settings(proxies=…)",
                number=len(self.newcomers),
            )
        self.endSoon(page, GONE, "too many pages were loaded after it and not connected")

    def _named(self, pageId: str, claim: str, identity: Any) -> Page:
        if self.stopped:
            raise ProtocolError(GOING_AWAY, "the server is going down")
        found = self._pages.get(pageId) or self._lastWords.find(pageId, claim, self.clock.seconds())
        if self._identify is not None and found and found.identity not in (None, identity):
            # Who has stolen its id learns nothing, not even that there is such a page.
            self._log.warn("a page was asked for by somebody else than whose it is")
            found = None
        if isinstance(found, Page):
            return found
        if found is not None:
            raise ProtocolError(found.code, found.reason)
        raise ProtocolError(GONE, "no such page, or it has ended")
