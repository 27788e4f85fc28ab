"""The close codes; see C{docs/reference/close-codes.md}."""

from __future__ import annotations

#: The server is going down, or is busy: connect again.
GOING_AWAY = 1001
#: The application closed the page and gave a reason.
CLOSED = 4000
#: What was received is not a message, or is not allowed here.
MALFORMED = 4400
#: The Origin or Host header is not allowed.
REFUSED = 4403
#: The page does not exist, has ended, or is open in another copy.
GONE = 4404
#: Nothing was received for too long.
TIMED_OUT = 4408
#: A newer connection of the page has taken over.
TAKEN_OVER = 4409
#: A message exceeds the size limit.
TOO_LARGE = 4413
#: Too many messages or bytes wait to be acknowledged.
TOO_MUCH = 4429
#: The server failed.
FAULT = 4500

#: Close codes of the WebSocket layer (RFC 6455, section 7.4.1) and their meaning for a page.
OF_WEBSOCKET = {1002: MALFORMED, 1007: MALFORMED, 1009: TOO_LARGE}

#: The codes with which a browser may say that it has ended the page.
OF_BROWSER = frozenset([MALFORMED, GONE, TOO_LARGE, TOO_MUCH, FAULT])

#: The codes that are not failures.
NO_FAULT = frozenset([CLOSED, GOING_AWAY])

# Reasons that several modules send.

#: With L{TAKEN_OVER}.
NEWER_CONNECTION = "a newer connection has taken over"
#: With L{TIMED_OUT}.
HEARD_NOTHING = "nothing was received for too long"
#: With L{REFUSED}. Only the log has the details.
ACCESS_REFUSED = "this host or origin may not connect"
