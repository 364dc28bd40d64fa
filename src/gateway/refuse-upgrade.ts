import type { Socket } from 'node:net';
import { endWith, rawAnswer } from '../connection/raw-answer.js';
import type { HubError } from '../protocol/errors.js';

/** Answers an upgrade request with an HTTP error, in the JSON that every route gives, and closes. */
export function refuseUpgrade(socket: Socket, error: HubError): void {
  // The client may be gone already; that is no reason to end the process.
  socket.on('error', () => socket.destroy());
  // What it still sends is not for anybody, and its end comes behind that.
  socket.resume();
  endWith(socket, rawAnswer(error));
}
