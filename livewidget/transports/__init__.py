"""Transports: how a session's bytes travel, by WebSocket, event stream or long-poll.

This room may import C{session}, C{web}, C{settings} and C{wire}. Its JavaScript twin is
C{js/transports/}.
"""
