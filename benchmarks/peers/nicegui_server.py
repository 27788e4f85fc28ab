"""NiceGUI: a page with a label; to tell all, the label of every client is set.

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
    """A client loads its page."""
    client = ui.context.client
    labels[client.id] = ui.label("start")
    client.on_delete(lambda: labels.pop(client.id, None))


@app.websocket("/control")
async def control(socket: WebSocket) -> None:
    """What the sender says is told to all."""
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
