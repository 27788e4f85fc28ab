"""What the requests of all transports over HTTP share: checks, answers, refusals.

See C{docs/protocol.md}, "HTTP".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.pages import notFound
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from livewidget.errors import ProtocolError
from livewidget.session.registry import Sessions
from livewidget.session.session import Session
from livewidget.web.access import accessRefusal
from livewidget.web.fastpath import WholeRequest
from livewidget.web.requestheaders import headOf, valuesOf
from livewidget.wire.codes import MALFORMED, NO_FAULT, REFUSED, TAKEN_OVER, TIMED_OUT, TOO_LARGE
from livewidget.wire.controls import (
    Answer,
    Closing,
    Hello,
    Post,
    Welcome,
    decodePost,
    encodeControl,
)

#: Bytes of messages in one answer, or in one write.
CHUNK = 64 * 1024

_HEADERS = (
    b"Content-Type: application/json\r\n"
    b"Cache-Control: no-store\r\n"
    b"X-Content-Type-Options: nosniff\r\n"
)


class Refusal(ProtocolError):
    """A request is refused before a page was looked up.

    @ivar status: of the answer.
    """

    def __init__(self, status: int, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.status = status


class Reply:
    """The answer to one request. When the browser is gone, nothing happens.

    @ivar request: what is answered.
    @ivar identity: whose the request is.
    """

    _onLost: Callable[[], Any] | None = None

    def __init__(self, request: Request) -> None:
        self.request = request
        self.identity: Any = None

    def whenLost(self, call: Callable[[], Any]) -> None:
        """Have this called, and nothing else, when the browser goes before there is an answer.

        It is called at once if the browser has gone before.
        """
        request = self.request
        watches, self._onLost = self._onLost is not None, call
        if request._disconnected:
            self._lost()
        elif isinstance(request, WholeRequest):
            request.whenLost(self._lost)
        elif not watches:
            request.notifyFinish().addErrback(self._lost)

    def give(self, answer: Answer | Welcome | Closing, status: int = 200) -> None:
        """Answer by an object."""
        request = self.request
        if request.finished or request._disconnected:
            return
        body = encodeControl(answer)
        if status == 200 and isinstance(request, WholeRequest) and request.isPlain:
            request.giveWhole(_HEADERS, body)
            return
        request.setResponseCode(status)
        putHeaders(request, "application/json")
        request.setHeader(b"content-length", b"%d" % len(body))
        request.write(body)
        request.finish()

    def close(self, code: int, reason: str, status: int = 200) -> None:
        """Answer that the connection is closed, or that there is none."""
        self.give(closing(code, reason), status)

    def _lost(self, _: Failure | None = None) -> None:
        if self._onLost is not None:
            self._onLost()


class PostEntry(Resource):
    """A URL below C{_live/} that takes requests of pages; see L{take}."""

    isLeaf = True
    _log = Logger()

    def __init__(self, pages: Sessions[Any]) -> None:
        super().__init__()
        self.pages = pages

    def render(self, request: Request) -> Any:
        """Check a request and take it, or answer with why it is refused."""
        if request.postpath:
            return notFound().render(request)
        reply = Reply(request)
        try:
            pageId, post = self._read(request)
            reply.identity = self.pages.identityOf(request)
            self.take(reply, pageId, post)
        except ProtocolError as error:
            self._refuse(reply, error)
        return NOT_DONE_YET

    def take(self, reply: Reply, pageId: str, post: Post) -> None:
        """A request has come from a page that may connect; answer it now or later.

        @param pageId: the page that it names; its claim is not checked yet.
        @raise ProtocolError: it is refused; it is answered with that.
        """
        raise NotImplementedError

    def _read(self, request: Request) -> tuple[str, Post]:
        if request.method != b"POST":
            request.setHeader(b"allow", b"POST")
            raise Refusal(405, MALFORMED, "a POST is wanted")
        self._checkAccess(request)
        # Of a request that was taken whole it is known.
        if headOf(request) is None and _mediaType(request) != b"application/json":
            raise Refusal(415, MALFORMED, "the content type application/json is wanted")
        pageIds = valuesOf(request, b"live-page")
        if len(pageIds) != 1:
            raise Refusal(400, MALFORMED, "one Live-Page header is wanted")
        return pageIds[0].decode("latin-1"), self._post(request)

    def _checkAccess(self, request: Request) -> None:
        reason = accessRefusal(request, self.pages.settings)
        if reason is not None:
            raise Refusal(403, REFUSED, reason)

    def _post(self, request: Request) -> Post:
        settings = self.pages.settings
        limit = settings.largestBody
        content: Any = request.content
        body = content.read(limit + 1)
        # The answer may be long in coming.
        content.close()
        if len(body) > limit:
            raise Refusal(413, TOO_LARGE, f"the body is over {limit} bytes")
        try:
            post = decodePost(body)
        except ProtocolError as error:
            raise Refusal(400, error.code, error.reason) from None
        if len(post.posted) > settings.bodyMessages:
            raise Refusal(413, TOO_LARGE, f"the body has over {settings.bodyMessages} messages")
        return post

    def _refuse(self, reply: Reply, error: ProtocolError) -> None:
        if error.code not in NO_FAULT:
            self._log.warn(
                "request refused ({code}): {reason!r}", code=error.code, reason=error.reason[:500]
            )
        status = error.status if isinstance(error, Refusal) else 200
        # What may be served here is for the log alone.
        isAccess = error.code == REFUSED
        reason = "this host or origin may not connect" if isAccess else error.reason
        reply.close(error.code, reason, status)


def putHeaders(request: Request, contentType: str) -> None:
    """The headers of every answer."""
    request.setHeader(b"content-type", contentType.encode())
    request.setHeader(b"cache-control", b"no-store")
    request.setHeader(b"x-content-type-options", b"nosniff")


def closing(code: int, reason: str) -> Closing:
    """What closes a connection. The reason may be any text of the application's."""
    return Closing((code, reason.encode(errors="replace").decode()))


def helloOf(pageId: str, post: Post) -> Hello:
    """The hello that a request is."""
    return Hello(pageId, post.claim, post.connection, post.received, post.heartbeat)


def isRepeated(page: Session | None, connection: int, code: int) -> bool:
    """Whether a connection is closed because its own hello came a second time.

    Its browser may have heard the answer to either: to be told of a takeover
    would make it give the page up.
    """
    return code == TAKEN_OVER and page is not None and page.delivery.connection == connection


def whyClosed(page: Session, connection: int) -> tuple[int, str] | None:
    """The code and reason if a connection is not in use any more, else L{None}."""
    if page.ended is not None:
        return page.ended.code, page.ended.reason
    if connection < page.delivery.connection:
        return TAKEN_OVER, "a newer connection has taken over"
    if connection == page.delivery.connection and not page.delivery.connected:
        return TIMED_OUT, "nothing was heard for too long"
    return None


def _mediaType(request: Request) -> bytes:
    values = valuesOf(request, b"content-type")
    return values[0].partition(b";")[0].strip().lower() if len(values) == 1 else b""
