"""When a session's messages are dispatched: in order, a few per reactor turn."""

from __future__ import annotations

from twisted.internet.interfaces import IDelayedCall

from livewidget.session.contracts import Dispatches
from livewidget.session.ratelimit import RateLimit
from livewidget.wire.messages import Call, decode

#: Messages of one session that are dispatched per turn.
PER_TURN = 50

#: Seconds after which a new turn begins, whatever the reactor did meanwhile.
TURN = 0.01

#: Seconds between the turns of a session whose browser calls too often.
PAUSE = 0.05


class Dispatcher:
    """Passes received messages from a session's delivery to the session, a few per turn.

    Calls above the rate wait. This delays the later messages of this session only, and the
    browser keeps them until they are counted.

    @param rate: the calls per second that are dispatched.
    @ivar running: whether a message is being dispatched.
    """

    def __init__(self, session: Dispatches, rate: float) -> None:
        self._session = session
        self._rate = RateLimit(rate)
        self._left = 0
        self._fullAt = 0.0
        self._next: IDelayedCall | None = None
        self.running = False

    def run(self, now: float) -> None:
        """Dispatch what this turn allows; the rest is dispatched later by C{goOn}.

        @param now: the clock's seconds.
        @raise ProtocolError: a message violates the protocol; end the session.
        """
        # A method that runs the reactor may receive more messages. They wait in the inbox.
        if self.running or self._next is not None:
            return
        if now >= self._fullAt:
            self._left, self._fullAt = PER_TURN, now + TURN
        session = self._session
        delivery = session.delivery
        self.running = True
        try:
            data = delivery.nextMessage()
            while data is not None and not session.ending:
                if self._left == 0:
                    self._later(0)
                    return
                message = decode(data)
                if not isinstance(message, Call):
                    session.dispatch(message)
                elif self._rate.allow(now):
                    session.answerCall(message)
                else:
                    self._later(PAUSE)
                    return
                self._left -= 1
                data = delivery.count(now)
        finally:
            self.running = False

    def stop(self) -> None:
        """Dispatch nothing more, since the session has ended."""
        later, self._next = self._next, None
        if later is not None:
            later.cancel()

    def _later(self, seconds: float) -> None:
        self._next = self._session.clock.callLater(seconds, self._goOn)

    def _goOn(self) -> None:
        self._next = None
        self._left = PER_TURN
        self._session.goOn(self._session.clock.seconds())
