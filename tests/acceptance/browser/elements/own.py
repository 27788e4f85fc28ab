"""A page of the application's own, with two elements that know each other by it."""

from __future__ import annotations

from twisted.web.http import Request

from elements.trees import NamedElement
from livewidget import LivePage, expose


class TalkingElement(NamedElement):
    """Greets by the other one."""

    @expose
    def greetOther(self) -> str:
        """What the other one of the page is called."""
        assert isinstance(self.page, OwnPage)
        (other,) = (element for element in self.page.both if element is not self)
        return f"{self.name} greets {other.name} for {self.page.visitor}"


class OwnPage(LivePage):
    """A page whose document is written here."""

    template = "own.html"
    title = "My own"
    language = "eo"

    def __init__(self, request: Request) -> None:
        self.visitor = request.args[b"visitor"][0].decode()
        self.both = [self.addElement(TalkingElement(name)) for name in ("left", "right")]
