"""Transports: how a session's bytes travel, by WebSocket, event stream or long-poll.

C{websocket/} parses and makes WebSocket frames. C{http/} has the event stream, long-poll and the
POST requests of both.

This room may import C{wire}, C{web}, C{settings} and C{session}. The JavaScript twin is
C{js/transports/}.
"""
