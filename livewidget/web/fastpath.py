"""A request that is taken whole, and answered so."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from time import time
from typing import Any
from urllib.parse import unquote_to_bytes

from twisted.python.failure import Failure
from twisted.web.http import OK, datetimeToString
from twisted.web.http_headers import Headers
from twisted.web.resource import _IEncodingResource
from twisted.web.server import Request, version

from livewidget.web.requestheaders import Head
from livewidget.web.writer import write

# Polls wait, each with the second in which it came.
_SECONDS = 64


class WholeRequest(Request):
    """A request that may have come at once, in the form of L{livewidget.web.requestheaders}.

    To who looks at it it is any request of Twisted's. But what few look at is made when
    somebody does: headers, cookies, and the headers of the answer.

    @ivar head: stands for its headers, while nobody has asked for them; else L{None}.
    """

    head: Head | None = None
    # When it was processed, in seconds since the epoch, while nobody has asked for the headers
    # of the answer.
    _since: int | None = None
    _onLost: Callable[[], Any] | None = None

    # What the channel calls.

    def takeWhole(self, head: Head, body: bytes) -> None:
        """All of it is here; L{requestReceived} comes next."""
        self.head = head
        self.content = BytesIO(body)
        del self.requestHeaders, self.received_cookies, self.responseHeaders

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """The body is here."""
        if self.head is None:
            super().requestReceived(command, path, version)
            return
        self.method, self.uri, self.path, self.clientproto = command, path, path, version
        self.args = {}
        self._processWhole()

    def connectionLost(self, reason: Failure) -> None:
        """The connection is gone."""
        super().connectionLost(reason)
        call, self._onLost = self._onLost, None
        if call is not None:
            call()

    # What the transports call.

    def whenLost(self, call: Callable[[], Any]) -> None:
        """Have this called, and nothing else, when the connection is lost before the answer is out.

        It is what C{notifyFinish} is for, without a C{Deferred}.
        """
        self._onLost = call

    @property
    def isPlain(self) -> bool:
        """Whether L{giveWhole} may be called."""
        return (
            self._since is not None
            and self.code == OK
            and not self.cookies
            and self._encoder is None
            and "write" not in self.__dict__
            and self.etag is None
            and self.lastModified is None
        )

    def giveWhole(self, headers: bytes, body: bytes) -> None:
        """Answer at once, as L{write} and L{finish} do it by many small pieces.

        @param headers: each with its line break, after Twisted's and before that of the length.
        """
        self.startedWriting = 1
        self.sentLength = len(body)
        start = _beginning(self._since or 0)
        answer = b"%b%bContent-Length: %d\r\n\r\n%b" % (start, headers, len(body), body)
        write(self.channel.transport, answer)
        self.finish()

    def finish(self) -> None:
        """The answer is complete."""
        self._onLost = None
        super().finish()

    # What others look at.

    def __getattr__(self, name: str) -> Any:
        if name in ("requestHeaders", "received_cookies"):
            self._unfold()
        elif name == "responseHeaders":
            self._unfoldAnswer()
        try:
            return self.__dict__[name]
        except KeyError:
            raise AttributeError(name) from None

    def getStateToCopyFor(self, issuer: Any) -> dict[str, Any]:
        """What another process gets of the request."""
        self._unfold()
        self._unfoldAnswer()
        state: dict[str, Any] = super().getStateToCopyFor(issuer)
        return state

    # Inside.

    def _unfold(self) -> None:
        head, self.head = self.head, None
        if head is None:
            return
        self.requestHeaders = Headers()
        for name, value in head.values.items():
            self.requestHeaders.addRawHeader(name, value)
        self.received_cookies = {}
        self.parseCookies()

    def _unfoldAnswer(self) -> None:
        since, self._since = self._since, None
        if since is not None:
            self.responseHeaders = Headers(
                {b"Server": [version], b"Date": [datetimeToString(since)]}
            )

    def _processWhole(self) -> None:
        # As Twisted's own, but without headers of the answer. That looks for a name of Twisted
        # which is private: test_wholerequest.py says so if it is called something else.
        channel: Any = self.channel
        self.site = channel.site
        self._since = int(time())
        self.prepath = []
        self.postpath = self.path[1:].split(b"/")
        if b"%" in self.path:
            self.postpath = [unquote_to_bytes(part) for part in self.postpath]
        try:
            found = self.site.getResourceFor(self)
            if _IEncodingResource.providedBy(found):
                self._encoder = found.getEncoder(self)
            self.render(found)
        except BaseException:
            self.processingFailed(Failure())


@lru_cache(maxsize=_SECONDS)
def _beginning(since: int) -> bytes:
    date = datetimeToString(since)
    return b"HTTP/1.1 200 OK\r\nServer: %b\r\nDate: %b\r\n" % (version, date)
