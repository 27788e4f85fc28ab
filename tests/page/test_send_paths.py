"""Tests of L{livewidget.page.page.Page.send}: messages without elements need no adoption."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from livewidget import EncodeError, LiveElement, MessageTooLarge
from livewidget.page.adoption import sendElements
from livewidget.page.page import Page
from livewidget.wire.messages import Call, Detach, Error, ErrorInfo, Event, Message, Result
from tests.support.pages import Bench

MESSAGES: dict[str, Message] = {
    "call": Call(None, 1, "show", ["text", 1, None]),
    "callWithAnAnswer": Call(
        3, 1, "show", [[1, {"a": 2.5}]], {"name": datetime(2026, 1, 1, tzinfo=UTC)}
    ),
    "result": Result(3, {"$a": {1, 2}}),
    "error": Error(3, ErrorInfo("Busy", "later", {"after": 5})),
    "event": Event(1, "hear", ["text"]),
    "detach": Detach(1),
    "unsendableCall": Call(None, 1, "show", [[0, object()]]),
    "unsendableResult": Result(3, {1: 2}),
    "tooLarge": Result(3, "x" * 70_000),
}


def effects(send: Any, message: Message, held: bool) -> dict[str, Any]:
    """Return what sending a message does to a page, and the error that it raises.

    @param held: whether another message with elements is being encoded.
    """
    browser = Bench().live(element := LiveElement())
    browser.open = False
    page = browser.page
    raised = ""
    if held:
        page.held = []
    try:
        send(page, message, element)
    except (EncodeError, MessageTooLarge) as error:
        raised = f"{type(error).__name__}: {error}"
    return {
        "raised": raised,
        "held": page.held and [data for data, _ in page.held],
        "unsent": page.delivery.takeMessages(0),
        "accounted": page.accountedBytes,
        "elements": list(page.elements.values()) == [element],
    }


@pytest.mark.parametrize("held", [False, True], ids=["sent", "held"])
@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_messageWithoutElementsIsSentAsWithAnAdoption(message: Message, held: bool) -> None:
    """The bytes, the errors and the page are those of sending by an adoption."""
    assert effects(Page.send, message, held) == effects(sendElements, message, held)
