"""When the messages of a page are dispatched: in order, and so that others have their turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.interfaces import IDelayedCall

from livewidget.page.responder import answerCall, dispatch
from livewidget.session.ratelimit import Pace
from livewidget.wire.messages import Call, decode

if TYPE_CHECKING:
    from livewidget.page.page import Page

#: Messages of one page that are dispatched before the reactor has its turn.
A_TURN = 50

#: Seconds after which it is another turn, whatever has come since.
TURN = 0.01

#: Seconds between the turns of a page that calls too often.
PAUSE = 0.05


class Dispatcher:
    """Takes what has come for a page out of its delivery, a few messages a turn.

    Calls above the rate wait. That holds up what came after them, of this page
    alone; the browser keeps it until it is counted.

    @ivar running: whether a message is being dispatched.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._pace = Pace(page.pages.settings.callsPerSecond)
        self._left = 0
        self._fullAt = 0.0
        self._next: IDelayedCall | None = None
        self.running = False

    def run(self, now: float) -> None:
        """Dispatch what has come; what does not fit into this turn follows by L{Page.goOn}.

        @raise ProtocolError: a message cannot be; end the page.
        """
        # A method may make more messages come in, by running the reactor, say:
        # they wait in the inbox for their turn.
        if self.running or self._next is not None:
            return
        if now >= self._fullAt:
            self._left, self._fullAt = A_TURN, now + TURN
        page = self._page
        delivery = page.delivery
        self.running = True
        try:
            data = delivery.nextMessage()
            while data is not None and not page.ending:
                if self._left == 0:
                    self._later(0)
                    return
                message = decode(data)
                if not isinstance(message, Call):
                    dispatch(page, message)
                elif self._pace.take(now):
                    answerCall(page, message)
                else:
                    self._later(PAUSE)
                    return
                self._left -= 1
                data = delivery.count(now)
        finally:
            self.running = False

    def stop(self) -> None:
        """The page has ended: nothing follows."""
        later, self._next = self._next, None
        if later is not None:
            later.cancel()

    def _later(self, seconds: float) -> None:
        self._next = self._page.clock.callLater(seconds, self._goOn)

    def _goOn(self) -> None:
        self._next = None
        self._left = A_TURN
        self._page.goOn(self._page.clock.seconds())
