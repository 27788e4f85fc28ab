"""Tests of the test suite: an unhandled error fails the test that caused it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest
from twisted.internet.defer import Deferred, fail, inlineCallbacks
from twisted.logger import Logger

from tests.support.log import Log, checkedLog


@pytest.fixture(autouse=True)
def _noCollections() -> Iterator[None]:
    """Disable automatic garbage collection."""
    gc.disable()
    yield
    gc.enable()


def leave() -> None:
    """Leave a failed Deferred that nothing refers to."""
    fail(ValueError("left behind"))


def leaveCycle() -> None:
    """Leave a failed Deferred that refers to itself, and that only a collection finds."""
    answer = fail(ValueError("left behind"))
    answer.itself = answer  # type: ignore[attr-defined]


def leaveCoroutine() -> None:
    """Leave a coroutine that has failed while it waited."""
    waiting: Deferred[None] = Deferred()

    @inlineCallbacks
    def run() -> Iterator[Deferred[None]]:
        itself.append(answer)
        yield waiting
        raise ValueError("left behind")

    itself: list[object] = []
    answer: object = None
    answer = run()
    itself.append(answer)
    answer.itself = itself  # type: ignore[attr-defined]
    waiting.callback(None)


@pytest.mark.parametrize("leaveBehind", [leave, leaveCycle, leaveCoroutine])
def test_failedDeferredFailsItsTest(log: Log, leaveBehind: Callable[[], None]) -> None:
    """A Deferred that failed unhandled is an error at the end of its test."""
    with pytest.raises(AssertionError, match="left behind"), checkedLog():
        leaveBehind()
    log.take("left behind")


def test_loggedErrorFailsItsTest(log: Log) -> None:
    """An error that is logged and not taken is an error at the end of its test."""
    with pytest.raises(AssertionError, match="gone wrong"), checkedLog():
        Logger().error("gone wrong")
    log.take("gone wrong")


def test_takenErrorsAreExpected(log: Log) -> None:
    """A test may take the errors that it means, unhandled failures among them."""
    with checkedLog() as own:
        leaveCycle()
        assert "ValueError" in own.take("left behind")
    log.take("left behind")
