"""The service: it listens, says where, and ends all pages when it is stopped."""

from __future__ import annotations

import sys
from typing import cast

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.interfaces import (
    IListeningPort,
    IReactorCore,
    IReactorTime,
    IStreamServerEndpoint,
)
from twisted.internet.task import deferLater
from twisted.logger import Logger, LoggingFile
from twisted.python.failure import Failure

from livewidget.command.endpoint import describeAddress, explainFailure, isSecure
from livewidget.command.error import Mistake
from livewidget.command.options import Options
from livewidget.resource import LiveResource
from livewidget.web.site import LiveSite

_log = Logger()


class LiveService(Service):
    """Listens, says where, and ends all pages when it is stopped.

    @param resource: what to serve; stopped with the service.
    @param options: what the user asked for, to name it in messages.
    @param reactor: once it runs, the address is logged; it is stopped if an
        endpoint fails after the start.
    """

    def __init__(
        self,
        resource: LiveResource,
        endpoint: IStreamServerEndpoint,
        options: Options,
        reactor: IReactorCore,
    ) -> None:
        self.site = LiveSite(
            resource,
            logsRequests=bool(options["debug"]),
            # When debugging there are thirty of ours for each page.
            logsModules=False,
            proxies=options["proxies"],
        )
        # We say where ourselves.
        self.site.noisy = False
        self._resource = resource
        self._endpoint = endpoint
        self._options = options
        self._reactor = reactor
        self._opening: Deferred[None] | None = None
        self._port: IListeningPort | None = None
        self._mistake: Mistake | None = None

    def privilegedStartService(self) -> None:
        """Listen, while the process may still use ports below 1024.

        @raise Mistake: the port is taken, or the like.
        """
        super().privilegedStartService()
        self._open()

    def startService(self) -> None:
        """Listen, unless L{privilegedStartService} did (C{twist} does not call it).

        @raise Mistake: the port is taken, or the like.
        """
        if self._opening is None:
            self._open()
        super().startService()

    def stopService(self) -> Deferred[None]:
        """End all pages.

        @return: fires when the port is closed and what the pages said is sent.
        """
        super().stopService()
        if self._opening is not None:
            self._opening.cancel()
        return Deferred.fromCoroutine(self._close())

    async def _close(self) -> None:
        port, self._port, self._opening = self._port, None, None
        # Closed first, so that no page comes after the last one was ended; what
        # the pages say at their end goes out while the port closes.
        closing = maybeDeferred(port.stopListening) if port is not None else succeed(None)
        self._resource.stop()
        await closing
        # TLS keeps small writes for one turn of the reactor: give it that.
        await deferLater(IReactorTime(self._reactor), 0)

    def _open(self) -> None:
        opening = self._endpoint.listen(self.site)
        self._opening = opening.addCallbacks(self._opened, self._failed)
        if self._mistake is not None:
            raise self._mistake

    def _opened(self, port: IListeningPort) -> None:
        self._port = port
        where = describeAddress(port.getHost(), secure=isSecure(self._options))
        # Not before the reactor runs: until then it serves nothing, and Ctrl-C
        # would end in a traceback.
        self._reactor.callWhenRunning(self._say, where)

    def _say(self, where: str) -> None:
        _log.info("Serving {element} at {where}", element=self._options["element"], where=where)

    def _failed(self, failure: Failure) -> None:
        mistake = explainFailure(cast(BaseException, failure.value), self._options)
        if self._opening is None:
            self._mistake = _toTerminal(mistake, self._options)
        elif self.running:
            # twistd exits with 0 all the same: what is raised while the reactor runs or
            # stops is logged and dropped, and only a signal gives another code.
            _log.critical("{mistake}", mistake=mistake)
            self._reactor.stop()


def _toTerminal(mistake: Mistake, options: Options) -> Mistake:
    """Say a mistake on the terminal, if twistd has sent stderr to its log by now.

    A daemon has no terminal: the log is where twistd tells its user to look.
    """
    foreground = options.parent is None or options.parent.get("nodaemon")
    if isinstance(sys.stderr, LoggingFile) and foreground and sys.__stderr__ is not None:
        print(mistake, file=sys.__stderr__)
        mistake.code = 1
    return mistake
