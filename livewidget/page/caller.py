"""The calls that the elements of a page make to their widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.logger import Logger
from twisted.python.failure import Failure

from livewidget.elements.element import LiveElement, WaitingCall, unsent
from livewidget.wire.calls import Answer
from livewidget.wire.messages import Call

if TYPE_CHECKING:
    from livewidget.page.page import Page

_log = Logger()


class Caller:
    """Makes the calls of the elements of one page."""

    __slots__ = ("_page",)

    def __init__(self, page: Page) -> None:
        self._page = page

    def callRemote(self, element: LiveElement, method: str, args: list[Any]) -> Answer:
        """See L{LiveElement.callRemote}."""
        answer = Answer()
        try:
            self._call(element, method, args, answer)
        except Exception as error:
            # Also what a template raises, of an element among the arguments.
            unsent(answer, self._page, element, method, error)
        return answer

    def makeAll(self, waiting: list[WaitingCall]) -> None:
        """Make calls that have waited for their elements to get a page."""
        failed: list[tuple[Answer, Exception]] = []
        for _, element, method, args, answer in waiting:
            try:
                if answer is None:
                    self._page.send(Call(None, element.elementId, method, args), element)
                elif not answer.called:
                    self._call(element, method, args, answer)
            except Exception as error:
                if answer is None:
                    _log.error("{method!r} was not called: {error}", method=method, error=error)
                else:
                    failed.append((answer, error))
        # Only now: who is told may call, and would overtake the others.
        for lost, reason in failed:
            if not lost.called:
                lost.errback(Failure(reason))

    def _call(self, element: LiveElement, method: str, args: list[Any], answer: Answer) -> None:
        page = self._page
        calls = page.calls
        call, _ = calls.make(element.elementId, method, args, answer)
        try:
            page.send(call, element)
        except BaseException:
            calls.forget(call)
            raise
        if len(calls.inFlight) > page.pages.settings.callsWaiting and not page.ending:
            page.endSoon(f"{len(calls.inFlight)} calls wait for its answers")
