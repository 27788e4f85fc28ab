"""Tests of L{livewidget.session.session.Session.goOn}: skipped work would change nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from zope.interface import implementer

from livewidget import Limits, Settings
from livewidget.interfaces import ITransport
from livewidget.session.registry import Sessions
from livewidget.session.session import Session
from livewidget.wire.controls import Hello
from livewidget.wire.messages import Call, Message, encode

SETTINGS = Settings(
    limits=Limits(message=64, messages=8, bytes=400), processBytes=500, callsPerSecond=3
)


class Echo(Session):
    """A session that posts a message for each call, of the size in its argument."""

    __slots__ = ()

    def answerCall(self, call: Call) -> None:
        """Post a message, if the call asks for one."""
        if call.args[0]:
            self.post(b"x" * call.args[0])

    def dispatch(self, message: Message) -> None:
        """Ignore all messages but calls."""


class Plain(Echo):
    """A session that counts and flushes after each message."""

    __slots__ = ()

    def goOn(self, now: float) -> None:
        """Dispatch messages, then count and flush in any case."""
        super().goOn(now)
        self.registry.account(self)
        self.flush()


@implementer(ITransport)
class Sink:
    """A connection that keeps what its session sends and how it ends."""

    name = "sink"

    def __init__(self, session: Session) -> None:
        self._session = session
        self.sent: list[Any] = []

    def flush(self, now: float) -> None:
        """Take all unsent messages, and the acknowledgement that is due."""
        self.sent += self._session.delivery.takeMessages(now)[1]
        received = self._session.delivery.takeAck(now)
        if received is not None:
            self.sent.append((now, received))

    def close(self, code: int, reason: str) -> None:
        """Note the close code and the reason."""
        self.sent.append((code, reason))


class Server:
    """Two connected sessions of one registry."""

    def __init__(self, kind: type[Session]) -> None:
        self.clock = Clock()
        self.registry: Sessions[Session] = Sessions(SETTINGS, self.clock)
        self.sessions = [kind(self.registry) for _ in range(2)]
        self.sinks = [Sink(session) for session in self.sessions]
        for session, sink in zip(self.sessions, self.sinks, strict=True):
            self.registry.add(session)
            session.hello(sink, Hello(session.pageId, "claim", 1, 0))
            session.flush()
        self.clock.advance(0)

    def do(self, kind: str, number: int, size: int) -> None:
        """Do one step, and end the turn of the reactor unless it only receives."""
        session = self.sessions[number]
        if kind == "receive":
            session.receiveNext(1, encode(Call(None, 1, "echo", [size])))
        elif kind == "acknowledge":
            session.acknowledge(1, max(session.delivery.next - 1 - size, 0))
        elif kind == "wait":
            self.clock.advance(size / 4)
        else:
            self.clock.advance(0)

    def state(self, turnOver: bool) -> dict[str, Any]:
        """Return what is counted, and what was sent if the turn of the reactor is over."""
        counted = {
            "buffered": self.registry.bufferedBytes,
            "accounted": [session.accountedBytes for session in self.sessions],
            "ending": [session.ending for session in self.sessions],
        }
        if not turnOver:
            return counted
        return {
            **counted,
            "sent": [sink.sent for sink in self.sinks],
            "deadlines": sorted(call.getTime() for call in self.clock.getDelayedCalls()),
        }


_steps = st.lists(
    st.tuples(
        st.sampled_from(["receive", "receive", "receive", "turn", "acknowledge", "wait"]),
        st.integers(0, 1),
        st.integers(0, 60),
    ),
    max_size=40,
)


@given(_steps)
@example([("receive", 0, 0)] * 3 + [("turn", 0, 0), ("wait", 0, 4)])
@example([("receive", 0, 9)] * 8 + [("turn", 0, 0), ("wait", 0, 8)])
@example([("receive", 0, 0), ("wait", 0, 8), ("receive", 0, 0), ("wait", 0, 60), ("wait", 0, 60)])
def test_countingAndFlushingInAnyCaseChangesNothing(steps: list[tuple[str, int, int]]) -> None:
    """Counts, messages, acknowledgements and timers are those without the shortcut."""
    fast, plain = Server(Echo), Server(Plain)
    for step in [*steps, ("turn", 0, 0)]:
        fast.do(*step)
        plain.do(*step)
        turnOver = step[0] in ("turn", "wait")
        assert fast.state(turnOver) == plain.state(turnOver)
