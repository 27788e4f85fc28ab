"""The web resource of one kind of live page."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.pages import errorPage, notFound
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET, Request

from livewidget.assets.catalog import Catalog
from livewidget.assets.files import TYPES, PackageFiles
from livewidget.elements.livepage import asPage
from livewidget.errors import LivewidgetError
from livewidget.factory import Factory, NotAnElement
from livewidget.logs import PrintableFailure, logFailure
from livewidget.page.document import Documents
from livewidget.page.pages import Pages
from livewidget.rendering.render import Renderer
from livewidget.rendering.templates import Templates
from livewidget.settings import Settings
from livewidget.transports.http.eventstream import StreamEntry
from livewidget.transports.http.longpoll import PollEntry
from livewidget.transports.http.send import SendEntry
from livewidget.transports.websocket.resource import WebSocketEntry
from livewidget.web.access import hostRefusal
from livewidget.web.debugpage import NOT_CREATED, debugPage
from livewidget.web.forwarded import networkOf
from livewidget.web.pageheaders import pageHeaders
from livewidget.wire.codes import FAULT, GOING_AWAY

#: Seconds, at least, until a browser that got no page for now asks again.
RETRY = 5

_ENTRIES: dict[str, tuple[bytes, Callable[[Pages], Resource]]] = {
    "websocket": (b"ws", WebSocketEntry),
    "eventstream": (b"stream", StreamEntry),
    "longpoll": (b"poll", PollEntry),
}


class LiveResource(Resource):
    """Serves live pages of one kind, wherever it is put in a site.

    @param factory: called for each page that is loaded; returns a new
        L{LiveElement} or L{LivePage}, or a Deferred or coroutine of one. A class of
        them is such a factory. One with a parameter C{request} gets the request.
    @param title: the title of the pages; by default the factory's name.
    @param settings: limits, times, who may connect.
    @param identify: says whose a request is, by its cookies, say: called with the
        request of each page and of each connection. What it returns becomes the
        C{identity} of the page, and other identities get no connection to it;
        L{None} is nobody, whose pages are not bound.
    @param errorPage: makes the resource that says why there is no page: called with the
        status, a title and a sentence, as L{twisted.web.pages.errorPage}.
    @param clock: by default the reactor.
    @raise TypeError: the factory cannot be called, or needs other arguments.
    """

    _log = Logger()

    def __init__(
        self,
        factory: Callable[..., Any],
        *,
        title: str | None = None,
        settings: Settings | None = None,
        identify: Callable[[Request], Any] | None = None,
        errorPage: Callable[[int, str, str], IResource] = errorPage,
        clock: IReactorTime | None = None,
    ) -> None:
        super().__init__()
        if clock is None:
            from twisted.internet import reactor

            clock = IReactorTime(reactor)
        self.settings = settings or Settings()
        self.catalog = Catalog(self.settings.debug)
        renderer = Renderer(Templates(self.settings.debug), self.catalog)
        self.pages = Pages(self.settings, clock, renderer, identify)
        self._factory = Factory(factory)
        self._errorPage = errorPage
        self._documents = Documents(renderer, title or _titleOf(factory), self.settings.debug)
        live = _Unlisted()
        live.putChild(b"send", SendEntry(self.pages))
        for transport in self.settings.transports:
            name, entry = _ENTRIES[transport]
            live.putChild(name, entry(self.pages))
        for kind in TYPES:
            live.putChild(kind.encode(), PackageFiles(self.catalog, kind, self.settings.debug))
        self.putChild(b"_live", live)

    def stop(self) -> Deferred[None]:
        """End all pages; their browsers look for the next server.

        @return: fires when what the browsers are told is sent, so that a reactor
            which shuts down waits for that.
        """
        self.pages.stop()
        clock = self.pages.clock
        # TLS keeps small writes for one turn of the reactor, TCP for the rest of it.
        return deferLater(clock, 0).addCallback(lambda _: deferLater(clock, 0))

    def getChild(self, name: bytes, request: Request) -> Any:
        """With a slash at its end, the URL is that of the page too."""
        if name != b"":
            return notFound()
        # Taken off: an empty name that is still there when we render was given to us by a parent.
        request.prepath = (request.prepath or [])[:-1]
        return self

    def render_HEAD(self, request: Request) -> bytes:
        """Answer without making a page."""
        refusal = hostRefusal(request, self.settings)
        if refusal is not None:
            self._log.warn("page refused: {reason}", reason=refusal)
            request.setResponseCode(403)
            return b""
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        return b""

    def render_GET(self, request: Request) -> Any:
        """Make a page and send its HTML."""
        refusal = hostRefusal(request, self.settings)
        if refusal is not None:
            self._log.warn("page refused: {reason}", reason=refusal)
            return self._refuse(request, 403, "Forbidden Resource", refusal)
        if self.pages.stopped or self.pages.full:
            return self._refuseForNow(request)
        if (request.prepath or [])[-1:] == [b""]:
            return self._refusePlace(request)
        # Before the element is made: who logs out meanwhile is to have no page of nobody's.
        identity = self.pages.identityOf(request)
        gone: list[Failure] = []
        made: Deferred[Any] = maybeDeferred(self._factory.make, request)

        def lost(reason: Failure) -> None:
            gone.append(reason)
            made.cancel()

        request.notifyFinish().addErrback(lost)
        made.addCallback(self._show, request, gone, identity)
        made.addErrback(self._failed, request, gone)
        return NOT_DONE_YET

    def _refuseForNow(self, request: Request) -> Any:
        # Browsers heed the second alone; they are not all to come back at once.
        seconds = b"%d" % (RETRY + secrets.randbelow(RETRY))
        request.setHeader(b"retry-after", seconds)
        request.setHeader(b"refresh", seconds)
        if self.pages.stopped:
            return self._refuse(request, 503, "Going down", "The server is going down.")
        self._log.warn(
            "page refused: there are {number} pages already; allow more by Settings(pagesInAll=…)",
            number=len(self.pages),
        )
        detail = "The server has as many pages as it may have."
        return self._refuse(request, 503, "Full", detail)

    def _refuse(self, request: Request, status: int, title: str, detail: str) -> Any:
        # A resource of the application need not say so itself.
        request.setResponseCode(status)
        return self._errorPage(status, title, detail).render(request)

    def _answer(self, request: Request, body: Any) -> None:
        # What a resource's render returned, after the request was left to wait.
        if body is not NOT_DONE_YET:
            request.write(body)
            request.finish()

    def _refusePlace(self, request: Request) -> Any:
        # The URLs below us would have an empty segment, which many a proxy takes out.
        problem = (
            'a LiveResource is put under the empty name, putChild(b"", …), where a browser does '
            "not find what is below it: put it in the place of the resource around it, by "
            'Site(LiveResource(…)) or putChild(b"name", LiveResource(…)), '
            "and the other children into it"
        )
        self._log.error("the page could not be made: {problem}", problem=problem)
        return self._refuse(request, 500, NOT_CREATED, problem)

    def _show(self, made: Any, request: Request, gone: list[Failure], identity: Any) -> None:
        livePage = asPage(made)
        if livePage is None:
            raise NotAnElement(self._factory.function, made)
        refused = bool(gone) or self.pages.full or self.pages.stopped
        client = None if refused else networkOf(request, self.settings.proxies)
        page = self.pages.make(client, identity, livePage)
        try:
            page.begin()
            if refused:
                page.end(GOING_AWAY, "the browser went before the page came")
                if not gone:
                    self._answer(request, self._refuseForNow(request))
                return
            html, nonce = self._documents.render(page, _base(request))
            body = html.encode()
        except Exception:
            page.end(FAULT, "the page could not be made")
            raise
        if page.ending:
            page.end(
                FAULT, "the browser does not keep up: more waits for the page than it may hold"
            )
        if page.ended is not None:
            raise page.ended
        settings = self.settings
        headers = pageHeaders(nonce, settings.contentSources, settings.pageHeaders)
        for name, value in headers.items():
            request.setHeader(name, value)
        request.setHeader(b"content-length", str(len(body)).encode())
        request.write(body)
        request.finish()

    def _failed(self, failure: Failure, request: Request, gone: list[Failure]) -> None:
        if gone and failure.check(CancelledError):
            return
        errorId = secrets.token_hex(4)
        if failure.check(LivewidgetError):
            self._log.error(
                "error {errorId}: {reason}", errorId=errorId, reason=failure.getErrorMessage()
            )
        else:
            logFailure(
                self._log, "error {errorId}: the page could not be made", failure, errorId=errorId
            )
        if gone:
            return
        if self.settings.debug:
            request.write(debugPage(request, _textOf(failure), errorId))
            request.finish()
            return
        detail = f"The server's log has the details as error {errorId}."
        self._answer(request, self._refuse(request, 500, NOT_CREATED, detail))


class _Unlisted(Resource):
    """A folder of resources, and nothing by itself."""

    def getChild(self, name: bytes, request: Request) -> Any:
        """There are no others."""
        return notFound()

    def render(self, request: Request) -> Any:
        """It is not to be had."""
        return notFound().render(request)


def _textOf(failure: Failure) -> str:
    """What a developer wants to see: of what is not ours to explain, the traceback."""
    if failure.check(LivewidgetError):
        return str(failure.getErrorMessage())
    return str(PrintableFailure(failure).getTraceback())


def _base(request: Request) -> str:
    """From the page's URL to its C{_live/}: relative, so that prefixes do not matter."""
    last = request.path.rpartition(b"/")[2]
    # A dot first: a segment such as "a:b" would be read as a scheme.
    return f"./{quote(last, safe='%')}/_live/" if last else "./_live/"


def _titleOf(factory: Callable[..., Any]) -> str:
    return str(getattr(factory, "__name__", type(factory).__name__))
