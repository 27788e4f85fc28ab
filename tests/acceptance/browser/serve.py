"""Sites that the command line cannot serve: python serve.py NAME [PORT]."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

from elements.calls import CallsElement
from elements.counting import CountingElement
from elements.debugging import (
    BrokenElement,
    DebuggingElement,
    HalfElement,
    MadeBadlyElement,
    MisspeltElement,
)
from elements.family import ParentElement
from elements.own import OwnPage
from elements.topics import makeListener
from elements.trees import CrowdElement, EarlyElement, TreesElement
from elements.trouble import TroubleElement
from elements.values import ValuesElement
from klein import Klein
from twisted.internet import reactor
from twisted.logger import globalLogBeginner, textFileLogObserver
from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from examples.chat import ChatRoom
from examples.echo import EchoElement
from livewidget import LiveElement, LiveResource, Settings
from tests.support.time import ReactorTime

TRANSPORTS = ("websocket", "eventstream", "longpoll")


#: The live resources of the site.
LIVE: list[LiveResource] = []


def live(factory: Callable[..., object], settings: Settings | None = None) -> LiveResource:
    """Return a resource whose pages end with the server."""
    resource = LiveResource(factory, settings=settings)
    LIVE.append(resource)
    reactor.addSystemEventTrigger("before", "shutdown", resource.stop)
    return resource


class WallResource(Resource):
    """C{POST /wall?TEXT} shows a text to everybody in a room."""

    isLeaf = True

    def __init__(self, room: ChatRoom) -> None:
        super().__init__()
        self._room = room

    def render_POST(self, request: Request) -> bytes:
        self._room.wall(request.args[b"text"][0].decode())
        return b""


class AdvanceResource(Resource):
    """C{POST /advance?SECONDS} moves the time of the server ahead.

    The answer is sent when a browser has been heard since. Pages of earlier tests may stay silent.
    """

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self._time = ReactorTime(reactor)

    def render_POST(self, request: Request) -> int:
        done = self._time.advance(float(request.uri.partition(b"?")[2]))
        since = reactor.seconds()
        done.addCallback(lambda _: self._answer(request, since))
        return NOT_DONE_YET

    def _answer(self, request: Request, since: float) -> None:
        pages = [page for resource in LIVE for page in resource.pages._sessions.values()]
        if any(page.delivery._heardAt >= since for page in pages):
            request.finish()
        elif request.channel is not None:
            reactor.callLater(0.01, self._answer, request, since)


class RoomsResource(Resource):
    """A chat room at any name, and in it one child per transport, and C{any}."""

    def getChild(self, path: bytes, request: Request) -> Resource:
        room = ChatRoom()
        folder = Resource()
        offered = {name: {name} for name in TRANSPORTS} | {"any": set(TRANSPORTS)}
        for name, transports in offered.items():
            chat = live(room.makeChatter, Settings(transports=transports))
            folder.putChild(name.encode(), chat)
        self.putChild(path, folder)
        return folder


def mounts() -> Resource:
    """Return a site with one live resource at its root, and others below it."""
    root = live(EchoElement)
    room = ChatRoom()
    support = Resource()
    support.putChild(b"chat", live(room.makeChatter))
    support.putChild(b"echo", live(EchoElement))
    root.putChild(b"support", support)
    root.putChild(b"a:b c", live(EchoElement))
    root.putChild(b"family", live(ParentElement))
    root.putChild(b"wall", WallResource(room))
    return root


def calls() -> Resource:
    """Return a site for calls in all directions, values of all kinds, and several elements."""
    root = Resource()
    root.putChild(b"calls", live(CallsElement))
    root.putChild(b"values", live(ValuesElement))
    root.putChild(b"family", live(ParentElement))
    return root


def network() -> Resource:
    """Return numbered calls and a chat for each transport, for those over HTTP, and for all.

    At C{hasty} and C{blocked}, silence is noticed within two seconds. At C{patient} it is not, and
    idle connections stay silent for ten minutes.
    """
    root = Resource()
    root.putChild(b"advance", AdvanceResource())
    offered = {name: {name} for name in TRANSPORTS}
    offered |= {"any": set(TRANSPORTS), "http": {"eventstream", "longpoll"}}
    for name, transports in offered.items():
        settings = Settings(transports=transports)
        folder = Resource()
        folder.putChild(b"counting", live(CountingElement, settings))
        hasty = replace(settings, heartbeat=0.5, timeout=1.5)
        folder.putChild(b"hasty", live(CountingElement, hasty))
        folder.putChild(b"blocked", live(TroubleElement, hasty))
        folder.putChild(b"trouble", live(TroubleElement, settings))
        patient = replace(settings, heartbeat=600, timeout=600)
        folder.putChild(b"patient", live(CountingElement, patient))
        folder.putChild(b"chat", live(ChatRoom().makeChatter, settings))
        folder.putChild(b"echo", live(EchoElement, settings))
        root.putChild(name.encode(), folder)
    return root


def trees() -> Resource:
    """Return a site for elements that are added later, and for a crowd of them."""
    root = Resource()
    root.putChild(b"trees", live(TreesElement))
    root.putChild(b"early", live(EarlyElement))
    root.putChild(b"crowd", live(CrowdElement))
    root.putChild(b"own", live(OwnPage))
    return root


def topics() -> Resource:
    """Return, per transport, pages in the query's topic that soon notice silence."""
    root = Resource()
    for name in TRANSPORTS:
        settings = Settings(transports={name}, heartbeat=0.5, timeout=1.5)
        root.putChild(name.encode(), live(makeListener, settings))
    return root


def inKlein() -> Resource:
    """Return an echo for each transport, as routes of klein."""
    app = Klein()

    def route(name: str) -> None:
        echo = live(EchoElement, Settings(transports={name}))

        @app.route(f"/{name}/echo", branch=True, endpoint=name)
        @app.route(f"/{name}/echo/", endpoint=f"{name}/")
        def show(request: Request) -> LiveResource:
            return echo

    for name in TRANSPORTS:
        route(name)
    return app.resource()


def debugging() -> Resource:
    """Return elements that fail: with C{debug} at C{debug}, without it at C{plain}."""
    root = Resource()
    elements: dict[bytes, type[LiveElement]] = {
        b"element": DebuggingElement,
        b"badly": MadeBadlyElement,
        b"misspelt": MisspeltElement,
        b"broken": BrokenElement,
        b"half": HalfElement,
    }
    for name, debug in ((b"debug", True), (b"plain", False)):
        folder = Resource()
        for child, element in elements.items():
            folder.putChild(child, live(element, Settings(debug=debug)))
        root.putChild(name, folder)
    return root


SITES = {
    "mounts": mounts,
    "calls": calls,
    "network": network,
    "trees": trees,
    "topics": topics,
    "klein": inKlein,
    "rooms": RoomsResource,
    "debugging": debugging,
}


def main(name: str, wanted: str = "0") -> None:
    """Serve a site on a port and print its URL; port 0 is any free one."""
    globalLogBeginner.beginLoggingTo([textFileLogObserver(sys.stdout)])
    site = Site(SITES[name]())
    site.noisy = False
    site.log = lambda request: None
    port = reactor.listenTCP(int(wanted), site, interface="127.0.0.1")
    where = f"http://127.0.0.1:{port.getHost().port}/"
    reactor.callWhenRunning(print, f"Serving {name} at {where}")
    reactor.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
