"""An element whose methods answer in every way."""

from __future__ import annotations

from typing import Any

import msgspec
from twisted.internet.defer import Deferred

from livewidget import LiveElement, LiveError, expose


class Refused(LiveError):
    """An error of an application."""


class Silent(LiveError):
    """An error whose C{__init__} does not call that of LiveError."""

    def __init__(self) -> None:
        pass


class Point(msgspec.Struct):
    """A type of arguments that refuses some values itself."""

    x: int
    name: str = ""

    def __post_init__(self) -> None:
        if self.name:
            raise ValueError(f"no point is called {self.name}")


class Answers(LiveElement):
    """An element with one method for each way to answer."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.later: Deferred[Any] = Deferred()

    @expose
    def echo(self, *args: Any, **kwargs: Any) -> Any:
        self.seen.append((args, kwargs))
        return [list(args), kwargs]

    @expose
    def typed(self, number: int) -> int:
        self.seen.append(number)
        return number

    @expose
    def point(self, point: Point) -> int:
        return point.x

    @expose
    def wait(self) -> Deferred[Any]:
        return self.later

    @expose
    async def coroutine(self) -> Any:
        return await self.later + 1

    @expose
    def give(self) -> Any:
        return self.value

    @expose
    def refuse(self) -> None:
        raise Refused("no such room", {"room": 7})

    @expose
    def refuseSilently(self) -> None:
        raise Silent()

    @expose
    def breaks(self) -> None:
        raise ValueError("the password is xyzzy")

    @expose
    def close(self) -> str:
        assert self.page is not None
        self.page.close("bye")
        return "gone"

    def hidden(self) -> None:
        self.seen.append("hidden")
