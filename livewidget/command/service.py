"""The service of the command: listens, logs the address, ends all pages when stopped."""

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
from livewidget.command.error import CommandError
from livewidget.command.options import Options
from livewidget.resource import LiveResource
from livewidget.web.site import LiveSite

_log = Logger()


class LiveService(Service):
    """Listens at an endpoint, logs the address, and ends all pages when stopped.

    @param resource: the resource to serve; stopped with the service.
    @param endpoint: where to listen.
    @param options: the parsed command line, for messages.
    @param reactor: logs the address once it runs; stopped if the endpoint fails after
        the service was started.
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
            # In debug mode a page requests thirty of our modules.
            logsModules=False,
            proxies=options["proxies"],
        )
        # The service logs the address itself.
        self.site.noisy = False
        self._resource = resource
        self._endpoint = endpoint
        self._options = options
        self._reactor = reactor
        self._opening: Deferred[None] | None = None
        self._port: IListeningPort | None = None
        self._error: CommandError | None = None

    def privilegedStartService(self) -> None:
        """Listen while the process may still use ports below 1024.

        @raise CommandError: the endpoint cannot listen.
        """
        super().privilegedStartService()
        self._open()

    def startService(self) -> None:
        """Listen, unless L{privilegedStartService} did, which C{twist} does not call.

        @raise CommandError: the endpoint cannot listen.
        """
        if self._opening is None:
            self._open()
        super().startService()

    def stopService(self) -> Deferred[None]:
        """Close the port and end all pages.

        @return: fires when the port is closed and the last messages are sent.
        """
        super().stopService()
        if self._opening is not None:
            self._opening.cancel()
        return Deferred.fromCoroutine(self._close())

    async def _close(self) -> None:
        port, self._port, self._opening = self._port, None, None
        # The port is closed first, so that no page is loaded after the last one ended. The
        # pages' last messages are sent while it closes.
        closing = maybeDeferred(port.stopListening) if port is not None else succeed(None)
        self._resource.stop()
        await closing
        # TLS delays small writes for one turn of the reactor.
        await deferLater(IReactorTime(self._reactor), 0)

    def _open(self) -> None:
        opening = self._endpoint.listen(self.site)
        self._opening = opening.addCallbacks(self._opened, self._failed)
        if self._error is not None:
            raise self._error

    def _opened(self, port: IListeningPort) -> None:
        self._port = port
        where = describeAddress(port.getHost(), secure=isSecure(self._options))
        # Until the reactor runs nothing is served, and Ctrl-C would end in a traceback.
        self._reactor.callWhenRunning(self._logAddress, where)

    def _logAddress(self, where: str) -> None:
        _log.info("Serving {element} at {where}", element=self._options["element"], where=where)

    def _failed(self, failure: Failure) -> None:
        error = explainFailure(cast(BaseException, failure.value), self._options)
        if self._opening is None:
            self._error = _toTerminal(error, self._options)
        elif self.running:
            # twistd exits with code 0 nevertheless: what is raised while the reactor runs is
            # logged and dropped, and only a signal gives another code.
            _log.critical("{error}", error=error)
            self._reactor.stop()


def _toTerminal(error: CommandError, options: Options) -> CommandError:
    """Print an error on the terminal if twistd has redirected stderr to its log.

    A daemon has no terminal, so that its error goes to the log, where twistd tells the
    user to look.
    """
    foreground = options.parent is None or options.parent.get("nodaemon")
    if isinstance(sys.stderr, LoggingFile) and foreground and sys.__stderr__ is not None:
        print(error, file=sys.__stderr__)
        error.code = 1
    return error
