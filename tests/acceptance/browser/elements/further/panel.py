"""An element whose module imports one of a third package."""

from __future__ import annotations

from typing import Any

from elements.further.shared.tags import TagElement
from livewidget import LiveElement


class PanelElement(LiveElement):
    """A panel with a tag in it."""

    template = "panel.html"
    jsClass = "Panels.PanelWidget"
    cssModule = "Panels"

    def __init__(self, text: str) -> None:
        self.text = text
        self.tag = self.addChild(TagElement())

    def getInitialArguments(self) -> list[Any]:
        return [self.text]
