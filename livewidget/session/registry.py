"""All sessions of one resource: look-up, limits and the end of the server."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable, iscoroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.web.server import Request

from livewidget.errors import ProtocolError
from livewidget.interfaces import ITransport
from livewidget.session.flushqueue import FlushQueue
from livewidget.session.ratelimit import RateLimit
from livewidget.session.session import Session
from livewidget.session.tombstones import Tombstone, Tombstones
from livewidget.session.unconnected import UnconnectedPages
from livewidget.settings import Settings
from livewidget.wire.codes import GOING_AWAY, GONE, TOO_MUCH
from livewidget.wire.controls import Hello, Welcome
from livewidget.wire.messages import CallEncoder

#: The least seconds between two log entries about evicted sessions.
QUIET = 60


class Sessions:
    """The sessions that exist, and what they share.

    @param identify: returns the identity behind a request; see L{livewidget.LiveResource}.
    @param flushQueue: when sessions flush; by default at the end of each reactor turn.
    @ivar callEncoder: encodes the calls that the sessions send.
    @ivar unconnected: the sessions that no browser has connected to yet.
    @ivar bufferedBytes: the bytes that all sessions hold, until they are acknowledged or
        dispatched.
    @ivar mostBytes: the limit of C{bufferedBytes}.
    @ivar stopped: whether the server is going down; no session is added any more.
    """

    _log = Logger()

    def __init__(
        self,
        settings: Settings,
        clock: IReactorTime,
        identify: Callable[[Request], Any] | None = None,
        flushQueue: FlushQueue | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.flushQueue = flushQueue or FlushQueue(clock)
        self.callEncoder = CallEncoder()
        self.unconnected: UnconnectedPages[Session] = UnconnectedPages(
            settings.pagesUnconnected, settings.pagesUnconnectedPerAddress
        )
        self._identify = identify
        self.bufferedBytes = 0
        self.mostBytes = settings.processBytes
        self.stopped = False
        self._sessions: dict[str, Session] = {}
        self._ending: dict[Session, IDelayedCall] = {}
        self._tombstones = Tombstones(settings.resumeWindow)
        self._evictions = RateLimit(1 / QUIET)

    def __len__(self) -> int:
        return len(self._sessions)

    @property
    def full(self) -> bool:
        """Whether the limit of sessions is reached."""
        return len(self) >= self.settings.pagesInAll

    def add(self, session: Session, client: str | None = "") -> None:
        """Add a new session; beyond the limits the oldest unconnected one is ended soon.

        @param client: the address to count the session for; C{None} for a session without a
            browser, which must be ended at once.
        """
        self._sessions[session.pageId] = session
        evicted = None if client is None else self.unconnected.add(session, client)
        if evicted is not None:
            self._evict(evicted)

    def identityOf(self, request: Request) -> Any:
        """Return the identity behind a request, or C{None} if it is anonymous.

        @raise TypeError: the application's function returned a Deferred or coroutine.
        """
        if self._identify is None:
            return None
        identity = self._identify(request)
        if isinstance(identity, Deferred) or isawaitable(identity):
            if iscoroutine(identity):
                # Python would warn later that it was never awaited.
                identity.close()
            raise TypeError(
                f"identify returned {identity!r}, but must return the identity at once. "
                "Do not use a Deferred or coroutine"
            )
        return identity

    def hello(
        self, transport: ITransport, hello: Hello, identity: Any = None, again: bool = False
    ) -> tuple[Session, Welcome]:
        """Connect a transport to the session that its hello names; see L{Session.hello}.

        @param identity: the identity behind the connection's request, see L{identityOf}.
        @param again: this may be a repetition of the hello of the connection in use.
        @raise ProtocolError: the connection is refused; close it with the error's code.
        """
        session = self._named(hello.page, hello.claim, identity)
        return session, session.hello(transport, hello, again)

    def find(self, pageId: str, claim: str, identity: Any = None) -> Session:
        """Return the session that a request names.

        @param identity: the identity behind the request, see L{identityOf}.
        @raise ProtocolError: there is none, or it belongs to another browser; answer with it.
        """
        session = self._named(pageId, claim, identity)
        session.checkClaim(claim)
        return session

    def close(self, identity: Any, reason: str = "the application closed the page") -> int:
        """End all sessions of an identity at once, for example at a logout.

        @param identity: is compared with the identity of each session.
        @return: the number of sessions that were ended.
        @raise ValueError: the identity is C{None}, which stands for nobody.
        """
        if identity is None:
            raise ValueError("pages.close() expects an identity; None stands for nobody")
        theirs = [
            session
            for session in [*self._sessions.values(), *self._ending]
            if session.identity == identity
        ]
        for session in theirs:
            session.close(reason)
        return len(theirs)

    def connected(self, session: Session) -> None:
        """Note that a browser has connected to a session."""
        self.unconnected.remove(session)

    def remember(self, session: Session, code: int, reason: str) -> None:
        """Keep why a session ended, for a browser that asks afterwards."""
        # A browser that asks for a page that is gone gets that code anyway.
        if code != GONE and not self.stopped:
            tombstone = Tombstone(code, reason, session.claim, session.identity)
            self._tombstones.keep(session.pageId, tombstone, self.clock.seconds())

    def remove(self, session: Session) -> None:
        """Forget a session that has ended or is about to."""
        self.unconnected.remove(session)
        if self._sessions.pop(session.pageId, None) is not None:
            self.bufferedBytes -= session.accountedBytes
        ending = self._ending.pop(session, None)
        if ending is not None and ending.active():
            ending.cancel()

    def endSoon(self, session: Session, code: int, reason: str) -> None:
        """End a session in the next turn of the reactor; until then it accepts nothing to send.

        Ending a session runs the application's code. That must not happen during a call to
        another session, which may be one of a loop.
        """
        if not session.ending:
            session.ending = True
            self.remove(session)
            # Its browser may ask before the next turn.
            self.remember(session, code, reason)
            self._ending[session] = self.clock.callLater(0, session.end, code, reason)

    def account(self, session: Session) -> None:
        """Recount the bytes that a session holds, and enforce the limit of all sessions."""
        if session.ending:
            return
        size = session.delivery.heldBytes
        self.bufferedBytes += size - session.accountedBytes
        session.accountedBytes = size
        while self.bufferedBytes > self.mostBytes:
            largest = max(self._sessions.values(), key=lambda session: session.accountedBytes)
            self._log.warn(
                "all pages together hold too many bytes; closing the one that holds the most. "
                "Allow more with Settings(processBytes=…)"
            )
            self.endSoon(largest, TOO_MUCH, "all pages together hold too many bytes")

    def stop(self) -> None:
        """End all sessions, since the server goes down; browsers will look for the next server."""
        self.stopped = True
        for session in [*self._sessions.values(), *self._ending]:
            session.end(GOING_AWAY, "the server is going down")
        # Everything was sent: no call is left in the reactor.
        self.flushQueue.end()

    def _evict(self, session: Session) -> None:
        if self._evictions.allow(self.clock.seconds()):
            self._log.warn(
                "more pages are loaded than browsers connect to; ending the oldest of {number}. "
                "Allow more with Settings(pagesUnconnected=…, pagesUnconnectedPerAddress=…). "
                "Behind a proxy, set --proxy or Settings(proxies=…)",
                number=len(self.unconnected),
            )
        self.endSoon(session, GONE, "too many pages were loaded later and are not connected")

    def _named(self, pageId: str, claim: str, identity: Any) -> Session:
        if self.stopped:
            raise ProtocolError(GOING_AWAY, "the server is going down")
        session = self._sessions.get(pageId)
        if session is not None and self._mayAsk(session.identity, identity):
            return session
        if session is None:
            tombstone = self._tombstones.find(pageId, claim, self.clock.seconds())
            if tombstone is not None and self._mayAsk(tombstone.identity, identity):
                raise ProtocolError(tombstone.code, tombstone.reason)
        raise ProtocolError(GONE, "no such page, or it has ended")

    def _mayAsk(self, owner: Any, identity: Any) -> bool:
        if self._identify is None or owner in (None, identity):
            return True
        # Somebody who has stolen the id must not learn that the session exists.
        self._log.warn("a request named a page of another identity")
        return False
