"""An element whose methods answer, wait and fail in different ways."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from livewidget import LiveElement, LiveError, RemoteError, expose


class TooHot(LiveError):
    """An error that the browser may see."""


class CallsElement(LiveElement):
    """Its widget is C{globalThis.widget}, for the tests to call."""

    template = "calls.html"
    jsClass = "Calls.CallsWidget"

    def __init__(self) -> None:
        self.started: list[int] = []

    @expose
    def give(self, value: Any) -> Any:
        """Return the value itself."""
        return value

    @expose
    def add(self, left: int, right: int = 10) -> int:
        """Add numbers, passed by position or by name."""
        return left + right

    @expose
    def later(self, value: Any, seconds: float) -> Deferred[Any]:
        """Return the value later."""
        return deferLater(reactor, seconds, lambda: value)

    @expose
    async def order(self, number: int, seconds: float) -> list[int]:
        """Return the calls that had started when this one did."""
        self.started.append(number)
        started = list(self.started)
        await deferLater(reactor, seconds)
        return started

    @expose
    def fail(self, message: str) -> None:
        """Raise an error with data, which the browser may see."""
        raise TooHot(message, {"degrees": 451, "where": [message]})

    @expose
    async def failLater(self, message: str) -> None:
        """Raise the same error later."""
        await deferLater(reactor, 0.01)
        raise TooHot(message)

    @expose
    def crash(self) -> None:
        """Raise an error that the browser must not see."""
        raise ValueError("the password is swordfish")

    @expose
    async def ask(self, method: str, *args: Any) -> Any:
        """Return what a method of the widget answers, or how it fails."""
        try:
            return {"result": await self.callRemote(method, *args)}
        except RemoteError as error:
            return {"type": error.type, "message": error.args[1], "data": error.data}

    @expose
    def askMany(self, method: str, number: int) -> None:
        """Call a method of the widget many times in one turn."""
        for count in range(number):
            self.callRemote(method, count)

    @expose
    def bye(self, reason: str) -> None:
        """End the page."""
        assert self.page is not None
        self.page.close(reason)

    def hidden(self) -> str:
        """Do nothing. The method is not exposed."""
        return "secret"
