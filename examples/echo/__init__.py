"""An echo: the server sends back whatever is typed."""

from livewidget import LiveElement, expose


class EchoElement(LiveElement):
    """An echo box."""

    template = "template.html"
    jsClass = "EchoThing.EchoWidget"
    cssModule = "EchoThing"

    @expose
    def say(self, message: str) -> None:
        """Send a message from the browser back to it."""
        self.callRemote("addText", message)
