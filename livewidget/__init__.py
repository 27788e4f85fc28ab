"""Live widgets: Python elements paired with JavaScript widgets."""

from livewidget.assets.plugins import CSSPackage, JSPackage
from livewidget.elements.element import LiveElement
from livewidget.elements.expose import expose
from livewidget.elements.livepage import LivePage
from livewidget.elements.topic import Topic
from livewidget.errors import (
    BadArguments,
    BufferFull,
    ConnectionLost,
    Detached,
    EncodeError,
    JSError,
    LiveError,
    LivewidgetError,
    MessageTooLarge,
    ModuleError,
    NoSuchMethod,
    ProtocolError,
    RemoteError,
    TemplateError,
    TooManyCalls,
    TooManyElements,
)
from livewidget.resource import LiveResource
from livewidget.settings import Settings
from livewidget.web.site import LiveSite
from livewidget.wire.limits import Limits

__all__ = [
    "BadArguments",
    "BufferFull",
    "CSSPackage",
    "ConnectionLost",
    "Detached",
    "EncodeError",
    "JSError",
    "JSPackage",
    "Limits",
    "LiveElement",
    "LiveError",
    "LivePage",
    "LiveResource",
    "LiveSite",
    "LivewidgetError",
    "MessageTooLarge",
    "ModuleError",
    "NoSuchMethod",
    "ProtocolError",
    "RemoteError",
    "Settings",
    "TemplateError",
    "TooManyCalls",
    "TooManyElements",
    "Topic",
    "expose",
]
