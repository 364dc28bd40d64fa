import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { errorBody, type HubError, retryAfterOf } from '../protocol/errors.js';

/** How long a client may take to read the answer and to close, in ms. */
const CLOSE_GRACE_MS = 1_000;

/** Answers an upgrade request with an HTTP error, in the JSON that every route gives, and closes. */
export function refuseUpgrade(socket: Socket, error: HubError): void {
  const body = errorBody(error);
  const json = JSON.stringify(body);
  const retryAfter = retryAfterOf(error);

  // The client may be gone already; that is no reason to end the process.
  socket.on('error', () => socket.destroy());
  const timer = setTimeout(() => socket.destroy(), CLOSE_GRACE_MS);
  socket.once('close', () => clearTimeout(timer));
  // What it still sends is not for anybody, and its end comes behind that.
  socket.resume();
  socket.end(
    [
      `HTTP/1.1 ${body.statusCode} ${STATUS_CODES[body.statusCode]}`,
      'Connection: close',
      ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]),
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(json)}`,
      '',
      json,
    ].join('\r\n'),
  );
}
