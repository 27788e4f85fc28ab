"""Group modules by their place in the flow of data."""

from __future__ import annotations

OTHERS = "others"

#: The places in the order of the data flow, with their modules. The longest match counts.
_MODULES = {
    "reactor and sockets": ("twisted", "livewidget.web.writer"),
    "frames": (
        "livewidget.transports",
        "livewidget.web.channel",
        "livewidget.web.requestheaders",
        "livewidget.web.fastpath",
        "autobahn",
    ),
    "messages and values": (
        "livewidget.wire.messages",
        "livewidget.wire.plain",
        "livewidget.wire.outgoing",
        "livewidget.wire.incoming",
        "livewidget.wire.controls",
        "livewidget.elements.decimals",
    ),
    "delivery": ("livewidget.wire.delivery", "livewidget.wire.sendbuffer"),
    "page and dispatch": ("livewidget",),
    "application": ("benchmarks",),
}

#: The names of the places, and of the rest.
PLACES = (*_MODULES, OTHERS)


def placeOf(module: str) -> str:
    """Return the place of a module, by its dotted name."""
    fits = [
        (len(name), place)
        for place, names in _MODULES.items()
        for name in names
        if f"{module}.".startswith(f"{name}.")
    ]
    return max(fits)[1] if fits else OTHERS
