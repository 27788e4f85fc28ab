"""Live widgets: Python elements paired with JavaScript widgets."""

from livewidget.element import LiveElement
from livewidget.errors import (
    BadArguments,
    BufferFull,
    ConnectionLost,
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
)
from livewidget.expose import expose
from livewidget.livepage import LivePage
from livewidget.resource import LiveResource
from livewidget.settings import Limits, Settings
from livewidget.site import LiveSite

__all__ = [
    "BadArguments",
    "BufferFull",
    "ConnectionLost",
    "EncodeError",
    "JSError",
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
    "expose",
]
