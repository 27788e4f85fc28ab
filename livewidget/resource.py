"""The web resource that serves live pages of one kind."""

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

#: The least number of seconds before a browser asks again for a page that was refused for now.
RETRY = 5

_ENTRIES: dict[str, tuple[bytes, Callable[[Pages], Resource]]] = {
    "websocket": (b"ws", WebSocketEntry),
    "eventstream": (b"stream", StreamEntry),
    "longpoll": (b"poll", PollEntry),
}


class LiveResource(Resource):
    """Serves live pages of one kind, at any place in a site.

    Each GET request calls the factory and renders a new page, to which the browser then
    connects. Call L{stop} before the reactor stops, so that browsers reconnect to the
    next server at once.

    @param factory: a L{LiveElement} or L{LivePage} class, or a function that returns a new
        one, or a Deferred or coroutine of one. It is called for each page that is loaded,
        with the request if it has a parameter C{request}.
    @param title: the title of the pages; by default the factory's name.
    @param settings: limits, times, allowed hosts and origins; by default C{Settings()}.
    @param identify: returns the identity behind a request, as from a session cookie. It is
        called for each page and each connection, and must return the same value for both;
        other identities cannot connect to the page. L{None} stands for anonymous requests,
        whose pages are not bound. The value is C{LivePage.identity}.
    @param errorPage: returns the resource that is rendered when there is no page. It is
        called with a status code, a title and a sentence, as
        L{twisted.web.pages.errorPage}.
    @param clock: schedules timeouts; by default the reactor.
    @raise TypeError: the factory cannot be called, or has required parameters other than
        C{request}.
    @ivar settings: the settings.
    @ivar pages: the pages that exist.
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
        """End all pages, and refuse new ones; browsers try to reload from the next server.

        @return: fires when the last messages are sent. Return it from a shutdown trigger
            of the reactor or from C{stopService}, which then wait for that.
        """
        self.pages.stop()
        clock = self.pages.clock
        # TLS delays small writes for one turn of the reactor, TCP for the rest of that turn.
        return deferLater(clock, 0).addCallback(lambda _: deferLater(clock, 0))

    def getChild(self, name: bytes, request: Request) -> Any:
        """Return the page for its URL with a trailing slash, and a 404 for all other children."""
        if name != b"":
            return notFound()
        # An empty segment that remains in prepath when we render is thus from a parent.
        request.prepath = (request.prepath or [])[:-1]
        return self

    def render_HEAD(self, request: Request) -> Any:
        """Return the status and type that GET would have, without calling the factory."""
        refused = self._refuseEarly(request)
        if refused is NOT_DONE_YET:
            return refused
        if refused is None:
            request.setHeader(b"content-type", b"text/html; charset=utf-8")
        return b""

    def render_GET(self, request: Request) -> Any:
        """Make a page and send its HTML, or an error page with status 403, 500 or 503."""
        refused = self._refuseEarly(request)
        if refused is not None:
            return refused
        # Before the factory runs: a user who logs out meanwhile must not get an anonymous page.
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

    def _refuseEarly(self, request: Request) -> Any:
        """Refuse a request for which the factory must not be called, or return C{None}."""
        refusal = hostRefusal(request, self.settings)
        if refusal is not None:
            self._log.warn("page refused: {reason}", reason=refusal)
            return self._refuse(request, 403, "Forbidden Resource", refusal)
        if self.pages.stopped or self.pages.full:
            return self._refuseForNow(request)
        if (request.prepath or [])[-1:] == [b""]:
            return self._refusePlace(request)
        return None

    def _refuseForNow(self, request: Request) -> Any:
        # Browsers obey only the second header. The delay is random so that they spread out.
        seconds = b"%d" % (RETRY + secrets.randbelow(RETRY))
        request.setHeader(b"retry-after", seconds)
        request.setHeader(b"refresh", seconds)
        if self.pages.stopped:
            return self._refuse(request, 503, "Shutting down", "The server is shutting down.")
        self._log.warn(
            "page refused: there are {number} pages already; to allow more, use "
            "Settings(pagesInAll=…)",
            number=len(self.pages),
        )
        return self._refuse(request, 503, "At capacity", "The server is at capacity.")

    def _refuse(self, request: Request, status: int, title: str, detail: str) -> Any:
        # Set here, so that a resource of the application need not set it.
        request.setResponseCode(status)
        return self._errorPage(status, title, detail).render(request)

    def _answer(self, request: Request, body: Any) -> None:
        # The request was left unfinished, so that the result of render() is sent here.
        if body is not NOT_DONE_YET:
            request.write(body)
            request.finish()

    def _refusePlace(self, request: Request) -> Any:
        # The URLs below would have an empty segment, which many proxies remove.
        problem = (
            'a LiveResource has the empty name, by putChild(b"", …), where browsers cannot reach '
            "the resources below it; use it instead of its parent, as Site(LiveResource(…)) or "
            'putChild(b"name", LiveResource(…)), and make the other children its own'
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
                page.end(GOING_AWAY, "the browser left before the page was sent")
                if not gone:
                    self._answer(request, self._refuseForNow(request))
                return
            html, nonce = self._documents.render(page, _base(request))
            body = html.encode()
        except Exception:
            page.end(FAULT, "the page could not be made")
            raise
        if page.ending:
            page.end(FAULT, "the page has more messages to send than its buffer may hold")
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
    """A folder of resources without content of its own."""

    def getChild(self, name: bytes, request: Request) -> Any:
        """Return a 404 for unknown children."""
        return notFound()

    def render(self, request: Request) -> Any:
        """Return a 404: the folder itself has no content."""
        return notFound().render(request)


def _textOf(failure: Failure) -> str:
    """Return the message of one of our errors, or the traceback of any other."""
    if failure.check(LivewidgetError):
        return str(failure.getErrorMessage())
    return str(PrintableFailure(failure).getTraceback())


def _base(request: Request) -> str:
    """Return the URL of C{_live/} relative to the page's, so that prefixes do not matter."""
    last = request.path.rpartition(b"/")[2]
    # With a dot first, since a segment such as "a:b" would be read as a scheme.
    return f"./{quote(last, safe='%')}/_live/" if last else "./_live/"


def _titleOf(factory: Callable[..., Any]) -> str:
    return str(getattr(factory, "__name__", type(factory).__name__))
