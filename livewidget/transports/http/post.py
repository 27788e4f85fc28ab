"""What the requests of all HTTP transports share: checks, responses and refusals.

See C{docs/reference/protocol.md}, "HTTP".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.logger import Logger
from twisted.web.pages import notFound
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from livewidget.errors import ProtocolError
from livewidget.logs import logRefusal, sendable
from livewidget.session.registry import Sessions
from livewidget.session.session import Session
from livewidget.web.access import accessRefusal
from livewidget.web.fastpath import isJSON, respondJSON, whenLost
from livewidget.web.requestheaders import valuesOf
from livewidget.wire.codes import (
    ACCESS_REFUSED,
    HEARD_NOTHING,
    MALFORMED,
    NEWER_CONNECTION,
    NO_FAULT,
    REFUSED,
    TAKEN_OVER,
    TIMED_OUT,
    TOO_LARGE,
)
from livewidget.wire.controls import (
    Closing,
    Hello,
    Post,
    PostAnswer,
    Welcome,
    decodePost,
    encodeControl,
)


class Refusal(ProtocolError):
    """A request is refused before its page is looked up.

    @ivar status: of the response.
    """

    def __init__(self, status: int, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.status = status


class Reply:
    """The response to one request. Does nothing once the connection is lost.

    @ivar request: the request.
    @ivar identity: the identity behind the request.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.identity: Any = None

    def whenLost(self, call: Callable[[], Any]) -> None:
        """Call something if the connection is lost before the response is finished.

        It is called immediately if the connection is lost already. Use this once for a reply.
        """
        if self.request._disconnected:
            call()
        else:
            whenLost(self.request, call)

    def respond(self, answer: PostAnswer | Welcome | Closing, status: int = 200) -> None:
        """Send an object as the response."""
        request = self.request
        if not request.finished and not request._disconnected:
            respondJSON(request, encodeControl(answer), status)

    def close(self, code: int, reason: str, status: int = 200) -> None:
        """Respond that the connection is closed, or does not exist."""
        self.respond(closing(code, reason), status)


class PostEntry(Resource):
    """A URL below C{_live/} for the requests of pages. Subclasses implement L{handle}."""

    isLeaf = True
    _log = Logger()

    def __init__(self, pages: Sessions) -> None:
        super().__init__()
        self.pages = pages

    def render(self, request: Request) -> Any:
        """Check a request and handle it, or respond with the reason why it is refused."""
        if request.postpath:
            return notFound().render(request)
        reply = Reply(request)
        try:
            pageId, post = self._parse(request)
            reply.identity = self.pages.identityOf(request)
            self.handle(reply, pageId, post)
        except ProtocolError as error:
            self._refuse(reply, error)
        return NOT_DONE_YET

    def handle(self, reply: Reply, pageId: str, post: Post) -> None:
        """Respond to a request that may connect, now or later.

        @param pageId: the page that the request names. Its claim is not checked yet.
        @raise ProtocolError: the request is refused; the response has the code and reason.
        """
        raise NotImplementedError

    def _parse(self, request: Request) -> tuple[str, Post]:
        if request.method != b"POST":
            request.setHeader(b"allow", b"POST")
            raise Refusal(405, MALFORMED, "the method must be POST")
        self._checkAccess(request)
        if not isJSON(request):
            raise Refusal(415, MALFORMED, "the content type must be application/json")
        pageIds = valuesOf(request, b"live-page")
        if len(pageIds) != 1:
            raise Refusal(400, MALFORMED, "there must be exactly one Live-Page header")
        return pageIds[0].decode("latin-1"), self._parseBody(request)

    def _checkAccess(self, request: Request) -> None:
        reason = accessRefusal(request, self.pages.settings)
        if reason is not None:
            raise Refusal(403, REFUSED, reason)

    def _parseBody(self, request: Request) -> Post:
        settings = self.pages.settings
        limit = settings.largestBody
        content: Any = request.content
        body = content.read(limit + 1)
        # The response may wait for long, and needs no body.
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
            logRefusal(self._log, "request refused", error)
        status = error.status if isinstance(error, Refusal) else 200
        # Only the log tells which hosts and origins are allowed.
        isAccess = error.code == REFUSED
        reply.close(error.code, ACCESS_REFUSED if isAccess else error.reason, status)


def closing(code: int, reason: str) -> Closing:
    """Return the object that closes a connection. The application may give any text as reason."""
    return Closing((code, sendable(reason)))


def helloOf(pageId: str, post: Post) -> Hello:
    """Return the hello that a request contains."""
    return Hello(pageId, post.claim, post.connection, post.received, post.heartbeat)


def isRepeated(page: Session | None, connection: int, code: int) -> bool:
    """Return whether a connection is closed because its own hello arrived again.

    The browser may have received either response. If it were notified of a takeover, it would
    give up the page.
    """
    return code == TAKEN_OVER and page is not None and page.delivery.connection == connection


def whyClosed(page: Session, connection: int) -> tuple[int, str] | None:
    """Return the code and reason if a connection is not in use any more, otherwise L{None}."""
    if page.ended is not None:
        return page.ended.code, page.ended.reason
    if connection < page.delivery.connection:
        return TAKEN_OVER, NEWER_CONNECTION
    if connection == page.delivery.connection and not page.delivery.connected:
        return TIMED_OUT, HEARD_NOTHING
    return None
