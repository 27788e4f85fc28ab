"""Close codes, as C{docs/protocol.md} has them in its table."""

from __future__ import annotations

#: The server goes down, or has no time now: connect again.
GOING_AWAY = 1001
#: The application has closed the page, with its reason.
CLOSED = 4000
#: What came is no message, or not here.
MALFORMED = 4400
#: The Origin or the Host may not connect.
REFUSED = 4403
#: No such page, or it has ended, or another copy of it is open.
GONE = 4404
#: Nothing was heard for too long.
TIMED_OUT = 4408
#: A newer connection of the page is there.
TAKEN_OVER = 4409
#: A message is too large.
TOO_LARGE = 4413
#: Too much waits for an acknowledgement.
TOO_MUCH = 4429
#: The server has failed.
FAULT = 4500

#: Close codes of the WebSocket layer itself (RFC 6455, 7.4.1), and what they mean for a page.
OF_WEBSOCKET = {1002: MALFORMED, 1007: MALFORMED, 1009: TOO_LARGE}

#: With these a browser says that the page has ended on its side.
OF_BROWSER = frozenset([MALFORMED, GONE, TOO_LARGE, TOO_MUCH, FAULT])

#: The ends of a page that nobody is to blame for.
NO_FAULT = frozenset([CLOSED, GOING_AWAY])
