"""What a test logs, and which of it is expected."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from twisted.logger import LogEvent, LogLevel, eventAsText, globalLogPublisher


class Log:
    """A log observer that keeps what is a warning or worse."""

    def __init__(self) -> None:
        self.events: list[LogEvent] = []

    def __call__(self, event: LogEvent) -> None:
        # Twisted announces an unhandled error by an entry of its own.
        ofDeferred = event.get("log_namespace") == "twisted.internet.defer"
        announcement = ofDeferred and "log_failure" not in event
        if event.get("log_level", LogLevel.info) >= LogLevel.warn and not announcement:
            self.events.append(event)

    def take(self, part: str) -> str:
        """The text of the one entry with this part, which is meant to be there."""
        # A Deferred that failed unwatched says so when it is collected.
        gc.collect()
        found = [event for event in self.events if part in asText(event)]
        assert len(found) == 1, f"{len(found)} entries have {part!r}: {self.texts()}"
        self.events.remove(found[0])
        return asText(found[0])

    def errors(self) -> list[str]:
        """The texts of the entries that are errors."""
        return [asText(event) for event in self.events if event["log_level"] >= LogLevel.error]

    def texts(self) -> list[str]:
        """The texts of all entries."""
        return [asText(event) for event in self.events]


def asText(event: LogEvent) -> str:
    """An entry as a log file has it, with its traceback."""
    return eventAsText(event, includeTimestamp=False, includeSystem=False)


@contextmanager
def checkedLog() -> Iterator[Log]:
    """Keep what is logged; no error may be left that was not taken.

    The failures of Deferreds that nobody handles are among the errors.
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
