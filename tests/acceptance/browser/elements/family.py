"""A page of several elements: a parent and children of one class."""

from __future__ import annotations

from typing import Any

from livewidget import LiveElement, expose


class ChildElement(LiveElement):
    """A counter, independent of its siblings."""

    template = "child.html"
    jsClass = "Family.ChildWidget"

    def __init__(self, name: str, *children: LiveElement) -> None:
        self.name = name
        self.clicks = 0
        self.below = [self.addChild(child) for child in children]

    def getInitialArguments(self) -> list[Any]:
        return [self.name, {"<b>": ["</script>", None, 1.5, "é\u2028"]}]

    @expose
    def click(self) -> None:
        """Count a click, and show it."""
        self.clicks += 1
        self.callRemoteOnly("show", f"{self.name} {self.clicks}")


class ParentElement(LiveElement):
    """An element with three children, one of which has a child too."""

    template = "parent.html"
    jsClass = "Family.ParentWidget"

    def __init__(self) -> None:
        self.one = self.addChild(ChildElement("one"))
        self.others = [
            self.addChild(ChildElement("two", ChildElement("inner"))),
            self.addChild(ChildElement("three <&> \"'")),
        ]

    def connectionMade(self) -> None:
        self.callRemoteOnly("greet", "made")
