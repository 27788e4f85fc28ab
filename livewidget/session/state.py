"""The states of a session."""

from __future__ import annotations

from enum import Enum


class SessionState(Enum):
    """The states of a session; C{docs/reference/page-states.md} says which event leads where.

    @cvar RENDERED: no browser has connected yet.
    @cvar CONNECTED: a connection is in use.
    @cvar LOST: the connection was lost, and the browser may reconnect.
    @cvar ENDED: the session has ended.
    """

    RENDERED = "rendered"
    CONNECTED = "connected"
    LOST = "lost"
    ENDED = "ended"
