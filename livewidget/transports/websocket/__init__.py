"""Sessions over WebSocket connections.

C{resource} accepts the handshake. C{protocol} receives, on Autobahn, and C{frames} parses most
frames before Autobahn does. C{transport} sends. C{states} has the states of a connection.

The JavaScript twin is C{js/transports/websocket.js}.
"""
