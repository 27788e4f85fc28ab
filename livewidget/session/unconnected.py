"""Pages that no browser has connected to yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livewidget.page.page import Page


class Newcomers:
    """Counts them, in all and for each client, and says which one has to go.

    The oldest goes: a browser connects a moment after it has the page, and who
    loads pages only to fill the server drives out his own.

    @param inAll: how many there may be.
    @param ofOne: how many of one client.
    """

    def __init__(self, inAll: int, ofOne: int) -> None:
        self._inAll = inAll
        self._ofOne = ofOne
        # Dicts keep the order in which they were filled.
        self._clients: dict[Page, str] = {}
        self._pages: dict[str, dict[Page, None]] = {}

    def __len__(self) -> int:
        return len(self._clients)

    def add(self, page: Page, client: str) -> Page | None:
        """One more. Call L{remove} when its browser connects, or when it ends.

        @param client: whose it is, as L{livewidget.web.forwarded.networkOf} says.
        @return: a page that is one too many and is to be ended.
        """
        own = self._pages.setdefault(client, {})
        own[page] = None
        self._clients[page] = client
        if len(own) > self._ofOne:
            return next(iter(own))
        return next(iter(self._clients)) if len(self) > self._inAll else None

    def remove(self, page: Page) -> None:
        """It is none any more; nothing happens if it was none."""
        client = self._clients.pop(page, None)
        if client is None:
            return
        own = self._pages[client]
        del own[page]
        if not own:
            del self._pages[client]
