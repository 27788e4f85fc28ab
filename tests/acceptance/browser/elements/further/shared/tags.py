"""An element that has nothing of its own but a module."""

from livewidget import LiveElement


class TagElement(LiveElement):
    """A tag."""

    template = "tag.html"
    jsClass = "Tags.TagWidget"
