"""What is typed comes back from the server."""

from livewidget import LiveElement, expose


class EchoElement(LiveElement):
    """One echo box."""

    template = "template.html"
    jsClass = "EchoThing.EchoWidget"
    cssModule = "EchoThing"

    @expose
    def say(self, message: str) -> None:
        """The browser says something: say it back."""
        self.callRemote("addText", message)
