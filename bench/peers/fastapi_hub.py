# FastAPI on uvicorn: the connection manager of its tutorial, with a set and one serialisation a message.
import json
import os

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel

app = FastAPI()
clients: set[WebSocket] = set()


class Event(BaseModel):
    event_type: str
    data: dict


@app.websocket("/ws/ui")
async def listen(socket: WebSocket):
    await socket.accept()
    clients.add(socket)
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        clients.discard(socket)


@app.post("/api/events/broadcast", status_code=202)
async def broadcast(event: Event):
    text = json.dumps({"type": "event", "event_type": event.event_type, "data": event.data})
    for client in list(clients):
        try:
            await client.send_text(text)
        except (RuntimeError, WebSocketDisconnect):
            clients.discard(client)
    return {"ok": True}


uvicorn.run(
    app, host="127.0.0.1", port=int(os.environ["PORT"]), access_log=False, log_level="warning",
    backlog=4096, ws_per_message_deflate=False,
)
