/**
 * As much of a hub as the fuzzer looks at, with one fault that its arguments name, or none: shows that the fuzzer would see it.
 * Counts the requests it gets, and is wrong from a certain one on.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

const WRONG_FROM = 40;
const fault = process.argv.slice(2).join(' ');

const readers = new Set<(json: string) => void>();
const leak: Buffer[] = [];
let requests = 0;
let offset = 0;
let hasLost = false;

const greeting = (): string =>
  JSON.stringify({ type: 'connection', data: { status: 'connected', connection_id: randomUUID() } });
const isWrong = (name: string): boolean => fault === name && requests > WRONG_FROM;

function tell(json: string): void {
  for (const reader of readers) reader(json);
}

/** Takes an event, and broadcasts it. */
function take(text: string): boolean {
  const { event_type, data } = JSON.parse(text) as { event_type?: unknown; data?: object };
  if (event_type !== 'canary') return false;

  const json = JSON.stringify({
    type: 'event',
    event_type,
    data,
    id: randomUUID(),
    offset: `${Date.now()}-${offset++}`,
  });
  if (isWrong('loses an event') && !hasLost) hasLost = true;
  else tell(json);
  if (isWrong('sends an event twice')) tell(json);
  if (isWrong('forges a greeting')) tell(greeting());
  if (isWrong('passes on a field')) tell(JSON.stringify({ type: 'custom', data: {}, origin: 'x' }));
  if (isWrong('hears the future'))
    tell(JSON.stringify({ type: 'custom', data: {}, id: 'x', offset: '99999999999999-0' }));

  return true;
}

function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
  if (isWrong('ends')) process.exit(0);
  if (isWrong('holds on')) leak.push(Buffer.alloc(20_000));
  if (isWrong('prints what hurts')) console.log('\u001b]0;title\u0007');

  const json = (status: number, value: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
  switch (request.url) {
    case '/health/live':
      return json(200, { status: 'ok' });
    case '/health/ready':
      return json(200, { status: 'ok', relay: { state: fault === 'is not in step' ? 'catching-up' : 'memory' } });
    case '/api/events/stream':
      readers.add((text) => response.write(eventOf(text)));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(eventOf(greeting()));
      return;
    case '/api/events/broadcast':
      return isGood(body) ? json(202, {}) : json(isWrong('answers 500') ? 500 : 400, {});
    default:
      return json(404, {});
  }
}

function isGood(body: string): boolean {
  try {
    return take(body);
  } catch {
    return false;
  }
}

function eventOf(json: string): string {
  const { type, offset: id } = JSON.parse(json) as { type: string; offset?: string };
  const field = isWrong('breaks a line') ? `id: x\n` : id === undefined ? '' : `id: ${id}\n`;

  return `event: ${type}\n${field}data: ${json}\n\n`;
}

const server = createServer((request, response) => {
  requests++;
  const chunks: Buffer[] = [];
  request.on('error', () => undefined);
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => answer(request, response, Buffer.concat(chunks).toString()));
});
const sockets = new WebSocketServer({ noServer: true });
server.on('upgrade', (request, socket, head) => {
  socket.on('error', () => undefined);
  sockets.handleUpgrade(request, socket, head, (client: WebSocket) => {
    const reader = (json: string): void => client.send(json);
    client.on('error', () => undefined);
    client.on('close', () => readers.delete(reader));
    client.send(greeting());
    // Who asks for what nobody sends gets nothing.
    if (request.url === '/ws/ui') readers.add(reader);
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(`WebSocket  ws://localhost:${(server.address() as AddressInfo).port}`);
});
