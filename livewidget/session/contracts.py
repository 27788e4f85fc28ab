"""What the parts of this room need of each other."""

from __future__ import annotations

from typing import Any, Protocol

from twisted.internet.interfaces import IReactorTime

from livewidget.session.flushqueue import FlushQueue
from livewidget.settings import Settings
from livewidget.wire.delivery import Delivery
from livewidget.wire.messages import Call, CallEncoder, Message


class Registry(Protocol):
    """What a session needs of the registry that it is in; see L{livewidget.session.registry}."""

    settings: Settings
    clock: IReactorTime
    flushQueue: FlushQueue
    callEncoder: CallEncoder
    bufferedBytes: int
    mostBytes: int

    def connected(self, session: Any) -> None:
        """Note that a browser has connected to a session."""

    def account(self, session: Any) -> None:
        """Recount the bytes that a session holds, and enforce the limit of all sessions."""

    def remove(self, session: Any) -> None:
        """Forget a session that has ended or is about to."""

    def remember(self, session: Any, code: int, reason: str) -> None:
        """Keep why a session ended, for a browser that asks afterwards."""

    def endSoon(self, session: Any, code: int, reason: str) -> None:
        """End a session in the next turn of the reactor."""


class Dispatches(Protocol):
    """What a dispatcher needs of its session; see L{livewidget.session.session.Session}."""

    delivery: Delivery
    ending: bool

    @property
    def clock(self) -> IReactorTime:
        """The clock of the process."""

    def goOn(self, now: float) -> None:
        """Run the dispatcher, then send what that produced."""

    def answerCall(self, call: Call) -> None:
        """Answer a browser's call."""

    def dispatch(self, message: Message) -> None:
        """Handle any message except a call."""
