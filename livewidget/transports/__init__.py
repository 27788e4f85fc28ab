"""Bytes to and from a session: over WebSocket, event stream and long-poll.

It may import C{session}, C{web}, C{settings} and C{wire}. The JavaScript twin is
C{js/transports/}.
"""
