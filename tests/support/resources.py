"""A live resource on a clock, reached over a transport in memory."""

from __future__ import annotations

import json
import re
from typing import Any

from twisted.internet.task import Clock
from twisted.web.pages import errorPage
from twisted.web.resource import Resource

from livewidget import LiveResource, Settings
from tests.support.http import Response, Wire
from tests.support.project import Project


class Setup:
    """A resource of elements with the template C{thing}, on a clock.

    @param options: arguments of the resource besides its settings.
    """

    def __init__(
        self,
        project: Project,
        factory: Any = None,
        options: dict[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        self.clock = Clock()
        self.resource = LiveResource(
            factory or project.page(),
            clock=self.clock,
            settings=Settings(**settings),
            **options or {},
        )

    def get(self, path: str = "/", **headers: str) -> Response:
        """Return the response of a GET from a site with the resource as its root."""
        return Wire(self.resource).request(path, headers)

    @staticmethod
    def plain() -> Resource:
        """Return a resource that is not live."""
        return errorPage(200, "Plain", "Not live.")

    @property
    def pages(self) -> int:
        """Return the number of pages."""
        return len(self.resource.pages)


def start(response: Response) -> Any:
    """Return the start data of a page: the JSON that its script begins with."""
    found = re.search(r'id="livewidget-start">(.*?)</script>', response.text)
    assert found is not None
    return json.loads(found[1])
