"""The player without a limit of calls per second: C{python -m benchmarks.server.unpaced PORT}.

With few receivers one browser can start more broadcasts than C{callsPerSecond} allows.
"""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.server.player import player
from livewidget import LiveResource, LiveSite, Settings

UNLIMITED = 1e9


def main() -> None:
    """Serve at the port of the command line."""
    from twisted.internet import reactor

    loop: Any = reactor
    resource = LiveResource(player, settings=Settings(callsPerSecond=UNLIMITED))
    site = LiveSite(resource, logsRequests=False)
    loop.listenTCP(int(sys.argv[1]), site, backlog=1024, interface="127.0.0.1")
    loop.run()


if __name__ == "__main__":
    main()
