// Plain `ws` on node:http: no framework and no validation, serialised once, sent to each client.
import { createServer } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { readJson } from './read-json.mjs';

const server = createServer((request, response) => {
  readJson(request, ({ event_type, data }) => {
    broadcast({ type: 'event', event_type, data });
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"ok":true}');
  });
});
const sockets = new WebSocketServer({ server, path: '/ws/ui' });
sockets.on('connection', (socket) => socket.on('error', console.error));

function broadcast(message) {
  const text = JSON.stringify(message);
  for (const client of sockets.clients) {
    if (client.readyState === WebSocket.OPEN) client.send(text);
  }
}

server.listen(Number(process.env.PORT), '127.0.0.1');
