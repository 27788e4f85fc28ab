"""All live pages of one resource."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Request

from livewidget.elements.livepage import LivePage
from livewidget.page.page import Page
from livewidget.rendering.render import Renderer
from livewidget.session.flushqueue import FlushQueue
from livewidget.session.registry import Sessions
from livewidget.settings import Settings


class Pages(Sessions):
    """The pages of one resource; see L{Sessions}.

    @param renderer: renders the elements of the pages.
    """

    def __init__(
        self,
        settings: Settings,
        clock: IReactorTime,
        renderer: Renderer,
        identify: Callable[[Request], Any] | None = None,
        flushQueue: FlushQueue | None = None,
    ) -> None:
        super().__init__(settings, clock, identify, flushQueue)
        self.renderer = renderer

    def make(
        self, client: str | None = "", identity: Any = None, livePage: LivePage | None = None
    ) -> Page:
        """Return a new page, to be rendered and sent to a browser.

        @param client: see L{Sessions.add}.
        @param identity: whose page it is, or C{None}.
        @param livePage: the application's page object, or C{None} for a plain one.
        """
        page = Page(self, self.renderer, identity, livePage)
        self.add(page, client)
        return page
