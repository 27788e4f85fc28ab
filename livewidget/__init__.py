"""Live widgets: Python elements paired with JavaScript widgets."""

from livewidget.element import LiveElement
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
from livewidget.expose import expose
from livewidget.livepage import LivePage
from livewidget.plugins import CSSPackage, JSPackage
from livewidget.resource import LiveResource
from livewidget.settings import Limits, Settings
from livewidget.site import LiveSite
from livewidget.topic import Topic

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
