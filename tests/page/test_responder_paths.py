"""Tests of L{livewidget.page.responder}: immediate results are answered like fired Deferreds."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from twisted.internet.defer import fail, succeed

from livewidget import BadArguments, ConnectionLost, LiveElement, LiveError, expose
from tests.support.log import Log
from tests.support.pages import Bench


class Answering(LiveElement):
    """Answers with a given outcome, immediately or by a Deferred that has fired.

    @param outcome: the result, or the error to fail with.
    @param ends: whether a call ends the page first.
    """

    def __init__(self, outcome: Any, ends: bool) -> None:
        self._outcome = outcome
        self._ends = ends

    @expose
    def atOnce(self) -> Any:
        self._endPage()
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome

    @expose
    def byDeferred(self) -> Any:
        self._endPage()
        return (fail if isinstance(self._outcome, Exception) else succeed)(self._outcome)

    def _endPage(self) -> None:
        if self._ends:
            assert self.page is not None
            self.page.close()


def withoutIds(text: str) -> str:
    """Return a text without the ids of errors and the names of methods, which differ."""
    return re.sub(r"error \w{8}|\b[0-9a-f]{8}\b|atOnce|byDeferred", "*", text)


def effects(log: Log, method: str, outcome: Any, callId: int | None, ends: bool) -> dict[str, Any]:
    """Return everything that a call changes: messages, log entries, the page and the count."""
    browser = Bench(debug=False, callsRunning=1).live(Answering(outcome, ends))
    # The second call is refused if the first one is still counted.
    for _ in range(2):
        browser.receive(b'["call",%b,1,"%b",[]]' % (msgspec.json.encode(callId), method.encode()))
    found = {
        "sent": [withoutIds(repr(message)) for message in browser.sent],
        "logged": [withoutIds(text.splitlines()[0]) for text in log.texts()],
        "closed": browser.closed,
        "running": browser.page._responder.running,
    }
    log.events.clear()
    return found


OUTCOMES = {
    "none": None,
    "boolean": True,
    "integer": 7,
    "float": 1.5,
    "text": "text",
    "list": [1, [2]],
    "object": {"a": {"$b": 1}},
    "tuple": (1, 2),
    "date": datetime(2026, 1, 1, tzinfo=UTC),
    "set": {1},
    "unsendable": object(),
    "unsendableInAList": [{"a": object()}],
    "nan": float("nan"),
    "tooLarge": "x" * 70_000,
    "liveError": LiveError("no", {"room": 7}),
    "unsendableLiveError": LiveError("no", object()),
    "badArguments": BadArguments("no"),
    "connectionLost": ConnectionLost(4000, "bye"),
    "otherError": ValueError("no"),
}


@pytest.mark.parametrize("ends", [False, True], ids=["page", "endedPage"])
@pytest.mark.parametrize("callId", [7, None], ids=["answer", "noAnswer"])
@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_outcomeAtOnceIsHandledLikeThatOfAFiredDeferred(
    log: Log, outcome: Any, callId: int | None, ends: bool
) -> None:
    """Messages, log entries and the count of running calls do not depend on a Deferred."""
    atOnce = effects(log, "atOnce", outcome, callId, ends)
    assert atOnce == effects(log, "byDeferred", outcome, callId, ends)
    assert atOnce["running"] == 0
