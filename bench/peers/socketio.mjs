// Socket.IO with its Redis adapter, over WebSocket alone.
import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';
import { readJson } from './read-json.mjs';

const server = createServer((request, response) => {
  readJson(request, ({ event_type, data }) => {
    io.emit('event', { type: 'event', event_type, data });
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"ok":true}');
  });
});
const redis = new Redis(Number(process.env.REDIS_PORT), '127.0.0.1');
const io = new Server(server, { transports: ['websocket'], adapter: createAdapter(redis, redis.duplicate()) });

server.listen(Number(process.env.PORT), '127.0.0.1');
