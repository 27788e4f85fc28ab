"""Elements that fail in different ways, visibly with C{debug}."""

from __future__ import annotations

from typing import Any

from livewidget import JSError, LiveElement, LiveError, expose


class DebuggingElement(LiveElement):
    """Each button fails in another way."""

    template = "debugging.html"
    jsClass = "Debugging.DebuggingWidget"

    @expose
    def crash(self) -> None:
        """Raise an error in a second frame."""
        self.stumble()

    def stumble(self) -> None:
        """Raise an error in a long line."""
        raise ValueError("<b>the password</b> is swordfish" + " and the rest of it is long" * 8)

    @expose
    def refuse(self) -> None:
        """Raise an error that the browser may see."""
        raise LiveError("the room is closed")

    @expose
    async def ask(self) -> list[Any]:
        """Return how a failed widget method fails here."""
        try:
            await self.callRemote("hear", 5)
        except JSError as error:
            return [str(error), *(list(frame) for frame in error.frames)]
        raise AssertionError("it has not failed")

    @expose
    def askAndForget(self) -> None:
        """Call a widget method that fails, and ignore the result."""
        self.callRemote("hear", 5)


class MadeBadlyElement(DebuggingElement):
    """An element whose connectionMade() fails, which nothing awaits."""

    def connectionMade(self) -> None:
        raise KeyError("no room is called lobby")


class MisspeltElement(DebuggingElement):
    """An element with a misspelt class, in a module that re-exports another."""

    jsClass = "Misspelt.DebugingWidget"


class BrokenElement(LiveElement):
    """An element whose module has a syntax error."""

    template = "broken.html"
    jsClass = "Broken.BrokenWidget"


class HalfElement(DebuggingElement):
    """A working element with a broken child."""

    template = "half.html"

    def __init__(self) -> None:
        self.child = self.addChild(BrokenElement())
