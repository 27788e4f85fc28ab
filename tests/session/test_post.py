"""Tests of L{livewidget.session.session.Session.post}: the fast path and the plain one agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from zope.interface import implementer

from livewidget import Limits, Settings
from livewidget.errors import BufferFull, MessageTooLarge
from livewidget.interfaces import ITransport
from livewidget.session.flushqueue import FlushQueue, ImmediateFlush
from livewidget.session.registry import Sessions
from livewidget.session.session import Session
from livewidget.wire.controls import Hello

NUMBER = 3
SETTINGS = Settings(limits=Limits(message=16, messages=4, bytes=40), processBytes=60)

Post = Callable[[Session, bytes], None]


def plainPost(session: Session, data: bytes) -> None:
    """Send an encoded message as C{post} does, by the methods that it inlines."""
    if session.ending:
        return
    try:
        session.delivery.send(data)
    except BufferFull as error:
        session.endSoon(str(error))
        return
    session.registry.account(session)
    session.flush()


@implementer(ITransport)
class Sink:
    """A connection that records the messages of its session, and its end."""

    name = "sink"

    def __init__(self, session: Session) -> None:
        self._session = session
        self.sent: list[bytes] = []
        self.closed: list[tuple[int, str]] = []

    def flush(self, now: float) -> None:
        """Take all unsent messages."""
        self.sent += self._session.delivery.takeMessages(now)[1]

    def close(self, code: int, reason: str) -> None:
        """Note the close code and the reason."""
        self.closed.append((code, reason))


class Server:
    """Some sessions of one registry, all but the last of them connected.

    @ivar added: the sessions that were added to the flush queue, by their numbers.
    """

    def __init__(self, post: Post, immediate: bool) -> None:
        self._post = post
        self.clock = Clock()
        queue = (ImmediateFlush if immediate else FlushQueue)(self.clock)
        self.registry: Sessions[Session] = Sessions(SETTINGS, self.clock, flushQueue=queue)
        self.sessions = [Session(self.registry) for _ in range(NUMBER)]
        self.sinks = [Sink(session) for session in self.sessions]
        for session, sink in zip(self.sessions, self.sinks, strict=True):
            self.registry.add(session)
            if session is not self.sessions[-1]:
                session.hello(sink, Hello(session.pageId, "claim", 1, 0))
        self.added: list[int] = []
        add = queue.add

        def noting(session: Any) -> None:
            self.added.append(self.sessions.index(session))
            add(session)

        queue.add = noting  # type: ignore[method-assign]

    def do(self, step: tuple[str, int, int]) -> type[Exception] | None:
        """Do one step, and return the class of the error that it raises.

        @param step: an action, the number of a session, and a size or a count.
        """
        kind, number, size = step
        session = self.sessions[number]
        if kind == "post":
            try:
                self._post(session, b"x" * size)
            except MessageTooLarge as error:
                return type(error)
        elif kind == "acknowledge":
            session.acknowledge(1, min(size, session.delivery.next - 1))
        else:
            self.clock.advance(0)
        return None

    def state(self) -> dict[str, Any]:
        """Return everything that a post may change."""
        return {
            "buffered": self.registry.bufferedBytes,
            "counted": [session.accountedBytes for session in self.sessions],
            "held": [session.delivery.heldBytes for session in self.sessions],
            "ending": [session.ending for session in self.sessions],
            "added": self.added,
            "sent": [sink.sent for sink in self.sinks],
            "closed": [sink.closed for sink in self.sinks],
        }


_posts = st.tuples(st.just("post"), st.integers(0, NUMBER - 1), st.integers(1, 17))
_acknowledgements = st.tuples(
    st.just("acknowledge"), st.integers(0, NUMBER - 2), st.integers(0, 12)
)
_turns = st.just(("turn", 0, 0))


@pytest.mark.parametrize("immediate", [False, True], ids=["queued", "immediate"])
@given(st.lists(_posts | _posts | _acknowledgements | _turns, max_size=30))
@example([("post", 0, 3), ("post", 0, 4), ("turn", 0, 0), ("post", 0, 5)])
@example([("post", 0, 16), ("post", 1, 16), ("post", 0, 16), ("post", 2, 13), ("turn", 0, 0)])
@example([("post", 0, 17), ("post", 0, 1), ("acknowledge", 0, 1), ("post", 0, 1)])
def test_postChangesWhatAccountAndFlushWouldChange(
    immediate: bool, steps: list[tuple[str, int, int]]
) -> None:
    """Counts, limits, flushes and messages are those of the methods that C{post} inlines."""
    fast, plain = Server(Session.post, immediate), Server(plainPost, immediate)
    for step in steps:
        assert fast.do(step) == plain.do(step)
        assert fast.state() == plain.state()
