import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { errorBody, type HubError, retryAfterOf } from '../protocol/errors.js';

/** How long a client that sends on may take to read its answer, in ms: an early reset would take the answer with it. */
const LINGER_MS = 1_000;

/** An error as the bytes of an HTTP answer, for where there is no response to write it with. */
export function rawAnswer(error: HubError): string {
  const body = errorBody(error);
  const json = JSON.stringify(body);
  const retryAfter = retryAfterOf(error);

  return [
    `HTTP/1.1 ${body.statusCode} ${STATUS_CODES[body.statusCode]}`,
    'Connection: close',
    ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]),
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(json)}`,
    '',
    json,
  ].join('\r\n');
}

/** Says this and closes, once the client has had the time to read it. */
export function endWith(socket: Socket, bytes: string): void {
  socket.end(bytes);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}
