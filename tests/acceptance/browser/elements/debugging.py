"""Elements that fail in all ways, for a person to see."""

from __future__ import annotations

from typing import Any

from livewidget import JSError, LiveElement, LiveError, expose


class DebuggingElement(LiveElement):
    """Each button fails in another way."""

    template = "debugging.html"
    jsClass = "Debugging.DebuggingWidget"

    @expose
    def crash(self) -> None:
        """Raise, over two frames."""
        self.stumble()

    def stumble(self) -> None:
        """The second frame, with a long line."""
        raise ValueError("<b>the password</b> is swordfish" + " and the rest of it is long" * 8)

    @expose
    def refuse(self) -> None:
        """Raise what the browser may see."""
        raise LiveError("the room is closed")

    @expose
    async def ask(self) -> list[Any]:
        """What the failure of a widget's method is here."""
        try:
            await self.callRemote("hear", 5)
        except JSError as error:
            return [str(error), *(list(frame) for frame in error.frames)]
        raise AssertionError("it has not failed")

    @expose
    def askAndForget(self) -> None:
        """Call one that fails, and never look."""
        self.callRemote("hear", 5)


class MadeBadlyElement(DebuggingElement):
    """Nobody waits for its failure."""

    def connectionMade(self) -> None:
        raise KeyError("no room is called lobby")


class MisspeltElement(DebuggingElement):
    """Its class is nearly there, in a module that exports all that another does."""

    jsClass = "Misspelt.DebugingWidget"


class BrokenElement(LiveElement):
    """Its module cannot be read."""

    template = "broken.html"
    jsClass = "Broken.BrokenWidget"


class HalfElement(DebuggingElement):
    """A good one, whose child is broken."""

    template = "half.html"

    def __init__(self) -> None:
        self.child = self.addChild(BrokenElement())
