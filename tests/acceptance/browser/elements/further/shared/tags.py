"""An element with only a module of its own."""

from livewidget import LiveElement


class TagElement(LiveElement):
    """A tag."""

    template = "tag.html"
    jsClass = "Tags.TagWidget"
