import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Connection } from './connection.js';
import { reset } from './reset.js';
import { encodeServerSentEvent, SSE_HEARTBEAT } from './server-sent-event.js';

/** How often a stream shows that it lives, in ms: proxies cut what is silent for 30 to 60 s. */
const HEARTBEAT_MS = 15_000;

/** A client that came over `GET /api/events/stream`. */
export class SseConnection extends Connection {
  readonly transport = 'sse';
  private readonly socket: Socket;
  private beatAt = performance.now();

  /** Writes the head of the response. */
  constructor(
    request: IncomingMessage,
    private readonly response: ServerResponse,
    headers: OutgoingHttpHeaders,
    maxQueueBytes: number,
  ) {
    super(response, request.socket.remoteAddress ?? '', maxQueueBytes);
    this.socket = request.socket;
    response.on('error', () => undefined);
    // Ended by the end of the connection instead of in chunks, the same bytes serve every reader in one write.
    response.removeHeader('transfer-encoding');
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      connection: 'close',
    });
    response.flushHeaders();
  }

  /** Shows proxies, and a reader that waits, that the stream lives. */
  override tick(now: number): void {
    if (now - this.beatAt < HEARTBEAT_MS) return;

    this.beatAt = now;
    this.write(SSE_HEARTBEAT, 0);
  }

  override onClose(listener: () => void): void {
    this.response.once('close', listener);
  }

  override sendJson(json: string): void {
    const { type } = JSON.parse(json) as { type: string };
    this.write(encodeServerSentEvent(type, json));
  }

  override terminate(): void {
    reset(this.socket);
  }

  override get isOpen(): boolean {
    return !this.response.writableEnded && !this.response.destroyed;
  }

  /** There is no code to give: the reader comes back with `Last-Event-ID`. */
  protected override end(): void {
    this.response.end();
  }
}
