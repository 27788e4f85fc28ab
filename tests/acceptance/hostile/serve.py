"""The server to attack, with the default settings: python serve.py."""

from __future__ import annotations

import gc
import sys
from typing import Any

from twisted.internet import reactor as globalReactor
from twisted.logger import globalLogBeginner, textFileLogObserver
from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import Site

from examples.chat import chat
from livewidget import LiveResource, LiveSite
from tests.acceptance.hostile.probe import ProbeElement
from tests.acceptance.hostile.watch import Watch

reactor: Any = globalReactor

#: The backlog of connections that wait to be accepted.
BACKLOG = 1024


def main() -> None:
    """Serve on two free ports, one to attack and one to watch, and print both."""
    globalLogBeginner.beginLoggingTo([textFileLogObserver(sys.stdout)])
    resources = {
        b"chat": LiveResource(chat),
        b"probe": LiveResource(ProbeElement),
        b"mine": LiveResource(ProbeElement, identify=session),
    }
    root = Resource()
    for name, resource in resources.items():
        root.putChild(name, resource)
        reactor.addSystemEventTrigger("before", "shutdown", resource.stop)
    watch = Site(Watch(reactor, list(resources.values())), timeout=None)
    watch.log = lambda request: None
    watched = listen(watch)
    # Objects that exist by now are left out of collections and counts.
    gc.collect()
    gc.freeze()
    where = f"http://127.0.0.1:{listen(LiveSite(root))}/"
    reactor.callWhenRunning(print, f"Watching at port {watched}\nServing hostile at {where}")
    reactor.run()


def session(request: Request) -> bytes | None:
    """Return the identity of a request, by its cookie."""
    cookie: bytes | None = request.getCookie(b"session")
    return cookie


def listen(site: Site) -> int:
    """Listen on a free port of loopback, and return it."""
    return int(reactor.listenTCP(0, site, BACKLOG, interface="127.0.0.1").getHost().port)


if __name__ == "__main__":
    main()
