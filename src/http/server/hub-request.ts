import { IncomingMessage } from 'node:http';
import { isAnswering } from './http-connection.js';

/**
 * A request that is an upgrade only where it asks for a WebSocket and nothing before it waits for an answer. Node takes the
 * socket away for any `Upgrade` once somebody listens for one; any other offer, such as the `h2c` of Java and of
 * `curl --http2`, is to be ignored. Source: RFC 9110 section 7.8.
 */
export class HubRequest extends IncomingMessage {
  declare private isOffered: boolean | null;

  /** Node sets it to what the parser saw, and reads it when all headers are there. */
  set upgrade(isOffered: boolean | null) {
    this.isOffered = isOffered;
  }

  get upgrade(): boolean {
    return this.isOffered === true && this.headers.upgrade?.toLowerCase() === 'websocket' && !isAnswering(this.socket);
  }
}
