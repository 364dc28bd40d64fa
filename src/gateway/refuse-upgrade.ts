import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { errorBody, type HubError } from '../protocol/errors.js';

/** Answers an upgrade request with an HTTP error, in the JSON that every route gives, and closes. */
export function refuseUpgrade(socket: Socket, error: HubError): void {
  const body = errorBody(error);
  const json = JSON.stringify(body);

  // The client may be gone already; that is no reason to end the process.
  socket.on('error', () => socket.destroy());
  socket.end(
    [
      `HTTP/1.1 ${body.statusCode} ${STATUS_CODES[body.statusCode]}`,
      'Connection: close',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(json)}`,
      '',
      json,
    ].join('\r\n'),
  );
}
