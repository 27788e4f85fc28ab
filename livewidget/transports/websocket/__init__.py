"""Sessions over WebSocket connections.

The JavaScript twin is C{js/transports/websocket.js}.
"""
