"""The log of a test, and which entries the test expects."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from twisted.logger import LogEvent, LogLevel, eventAsText, globalLogPublisher


class Log:
    """A log observer that keeps warnings and errors."""

    def __init__(self) -> None:
        self.events: list[LogEvent] = []

    def __call__(self, event: LogEvent) -> None:
        # Twisted announces an unhandled error with an entry of its own.
        ofDeferred = event.get("log_namespace") == "twisted.internet.defer"
        announcement = ofDeferred and "log_failure" not in event
        if event.get("log_level", LogLevel.info) >= LogLevel.warn and not announcement:
            self.events.append(event)

    def take(self, part: str) -> str:
        """Remove the only entry that contains this text, and return it."""
        # A Deferred that failed unwatched says so when it is collected.
        gc.collect()
        found = [event for event in self.events if part in asText(event)]
        assert len(found) == 1, f"{len(found)} entries have {part!r}: {self.texts()}"
        self.events.remove(found[0])
        return asText(found[0])

    def errors(self) -> list[str]:
        """Return the texts of the errors."""
        return [asText(event) for event in self.events if event["log_level"] >= LogLevel.error]

    def texts(self) -> list[str]:
        """Return the texts of all entries."""
        return [asText(event) for event in self.events]


def asText(event: LogEvent) -> str:
    """Return an entry as it stands in a log file, with its traceback."""
    return eventAsText(event, includeTimestamp=False, includeSystem=False)


@contextmanager
def checkedLog() -> Iterator[Log]:
    """Provide a log, and fail at the end if it has an error that was not taken.

    Unhandled failures of Deferreds are among the errors.
    """
    log = Log()
    globalLogPublisher.addObserver(log)
    try:
        yield log
        # A Deferred that failed unwatched says so when it is collected.
        gc.collect()
    finally:
        globalLogPublisher.removeObserver(log)
    errors = log.errors()
    assert errors == [], "\n".join(["not taken:", *errors])
