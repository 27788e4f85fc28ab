"""Live widgets: Python elements paired with JavaScript widgets.

The public names are loaded at their first use, so that a part of the package, such as
L{livewidget.wire}, can be imported without Twisted's web server and the rest.

Each folder is a room, whose docstring says what is in it. Four modules stand beside the rooms:
C{resource} puts them together and serves pages, C{factory} calls what makes an element,
C{settings} has the settings and most limits, and C{tap} is the plugin of C{twistd}. Every room
may import C{errors}, C{interfaces}, C{logs}, C{naming} and C{suggest}.
"""

import importlib
import typing

if typing.TYPE_CHECKING:
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

#: The modules of the public names, except those in L{livewidget.errors}.
_MODULES = {
    "CSSPackage": "assets.plugins",
    "JSPackage": "assets.plugins",
    "Limits": "wire.limits",
    "LiveElement": "elements.element",
    "LivePage": "elements.livepage",
    "LiveResource": "resource",
    "LiveSite": "web.site",
    "Settings": "settings",
    "Topic": "elements.topic",
    "expose": "elements.expose",
}

# Hidden from type checkers, which would accept any name as an attribute of this module.
if not typing.TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Load a public name at its first use, and keep it (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = importlib.import_module(f"{__name__}.{_MODULES.get(name, 'errors')}")
        value = globals()[name] = getattr(module, name)
        return value

    def __dir__() -> list[str]:
        """Return the names of all attributes, including public names not loaded yet."""
        return sorted({*globals(), *__all__})
