"""NiceGUI: a page with a label. A broadcast sets the label of every client.

Changes of a label that come faster than they are sent are one change. The load generator's
sender has a WebSocket of its own.
"""

from __future__ import annotations

import sys

from fastapi import WebSocket, WebSocketDisconnect
from nicegui import app, ui

labels: dict[str, ui.label] = {}


@ui.page("/")
def index() -> None:
    """Build the page of a client."""
    client = ui.context.client
    labels[client.id] = ui.label("start")
    client.on_delete(lambda: labels.pop(client.id, None))


@app.websocket("/control")
async def control(socket: WebSocket) -> None:
    """Send a broadcast to all clients."""
    await socket.accept()
    try:
        while True:
            text = await socket.receive_text()
            for label in list(labels.values()):
                label.set_text(text)
    except WebSocketDisconnect:
        pass


ui.run(
    host="127.0.0.1",
    port=int(sys.argv[1]),
    reload=False,
    show=False,
    access_log=False,
    uvicorn_logging_level="warning",
    show_welcome_message=False,
    reconnect_timeout=60,
)
