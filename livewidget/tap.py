"""The module that the twistd plugin names: C{twistd live-widget --element=package.module.Name}."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from livewidget.command.endpoint import makeEndpoint
from livewidget.command.lookup import findElement, searchWorkingDirectory
from livewidget.command.options import Options
from livewidget.command.service import LiveService
from livewidget.resource import LiveResource
from livewidget.settings import Settings

__all__ = ["Options", "makeService"]


def makeService(options: Options) -> LiveService:
    """Return the service that C{twistd} starts; until then nothing listens.

    @param options: the parsed command line, after L{Options.parseOptions}.
    @raise CommandError: the element does not exist or cannot be served, or C{--listen}
        is malformed.
    """
    from twisted.internet import reactor

    searchWorkingDirectory()
    name = options["element"]
    factory = findElement(name)
    settings = Settings(
        hosts=frozenset(options["hosts"]),
        origins=frozenset(options["origins"]),
        proxies=frozenset(options["proxies"]),
        transports=frozenset(options["transports"]),
        debug=bool(options["debug"]),
    )
    title = options["title"] or _titleOf(factory, name)
    resource = LiveResource(factory, title=title, settings=settings, clock=cast(Any, reactor))
    return LiveService(resource, makeEndpoint(reactor, options), options, cast(Any, reactor))


def _titleOf(factory: Callable[..., Any], dottedName: str) -> str:
    """Return the title of pages: the class's own name, or how the command line calls a function."""
    return factory.__name__ if isinstance(factory, type) else dottedName.rpartition(".")[2]
