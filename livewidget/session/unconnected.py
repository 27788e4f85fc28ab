"""Sessions that no browser has connected to yet."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

H = TypeVar("H", bound=Hashable)


class UnconnectedPages(Generic[H]):
    """Counts unconnected sessions, in total and per client, and names the one to evict.

    The oldest is evicted: a browser connects a moment after it has loaded the page, and a
    client that loads pages only to fill the server evicts its own.

    @param inAll: the limit in total.
    @param perClient: the limit per client.
    """

    def __init__(self, inAll: int, perClient: int) -> None:
        self._inAll = inAll
        self._perClient = perClient
        # Both dictionaries are in the order of adding.
        self._clients: dict[H, str] = {}
        self._byClient: dict[str, dict[H, None]] = {}

    def __len__(self) -> int:
        return len(self._clients)

    def add(self, session: H, client: str) -> H | None:
        """Count a session. Call L{remove} when a browser connects to it, or when it ends.

        @param client: as returned by L{livewidget.web.forwarded.networkOf}.
        @return: the session that exceeds a limit and must be ended, or C{None}.
        """
        own = self._byClient.setdefault(client, {})
        own[session] = None
        self._clients[session] = client
        if len(own) > self._perClient:
            return next(iter(own))
        return next(iter(self._clients)) if len(self) > self._inAll else None

    def remove(self, session: H) -> None:
        """Stop counting a session. Unknown sessions are ignored."""
        client = self._clients.pop(session, None)
        if client is None:
            return
        own = self._byClient[client]
        del own[session]
        if not own:
            del self._byClient[client]
