"""A page class of the application, through which two elements find each other."""

from __future__ import annotations

from twisted.web.http import Request

from elements.trees import NamedElement
from livewidget import LivePage, expose


class TalkingElement(NamedElement):
    """An element that greets the other one of its page."""

    @expose
    def greetOther(self) -> str:
        """Return a greeting to the page's other element."""
        assert isinstance(self.page, OwnPage)
        (other,) = (element for element in self.page.both if element is not self)
        return f"{self.name} greets {other.name} for {self.page.visitor}"


class OwnPage(LivePage):
    """A page with a template of its own."""

    template = "own.html"
    title = "My own"
    language = "eo"

    def __init__(self, request: Request) -> None:
        self.visitor = request.args[b"visitor"][0].decode()
        self.both = [self.addElement(TalkingElement(name)) for name in ("left", "right")]
