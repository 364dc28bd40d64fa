import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { CLOSE } from '../protocol/close-codes.js';
import { Connection } from './connection.js';
import type { Batch } from './prepared-frame.js';
import { encodeServerSentEvent, SSE_HEARTBEAT } from './server-sent-event.js';

/** How often a stream shows that it lives, in ms: proxies cut what is silent for 30 to 60 s. */
const HEARTBEAT_MS = 15_000;

/** A client that came over `GET /api/events/stream`. */
export class SseConnection extends Connection {
  readonly transport = 'sse';
  private beatAt = performance.now();

  /** Writes the head of the response. */
  constructor(
    request: IncomingMessage,
    private readonly response: ServerResponse,
    headers: OutgoingHttpHeaders,
    private readonly maxQueueBytes: number,
  ) {
    super(request.socket);
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
    this.put(SSE_HEARTBEAT, 0);
  }

  override onClose(listener: () => void): void {
    this.response.once('close', listener);
  }

  override sendJson(json: string): void {
    const { type } = JSON.parse(json) as { type: string };
    this.put(encodeServerSentEvent(type, json), 1);
  }

  override write(bytes: Buffer, messages: number, onRoom: () => void): void {
    this.put(bytes, messages, onRoom);
  }

  override broadcast({ bytes, deliveries }: Batch): void {
    this.put(bytes, deliveries.length);
  }

  override get isOpen(): boolean {
    return !this.response.writableEnded && !this.response.destroyed;
  }

  protected override get buffered(): number {
    return this.response.writableLength;
  }

  /** There is no code to give: the reader comes back with `Last-Event-ID`. */
  protected override end(): void {
    this.response.end();
  }

  /**
   * Over the queue limit it ends the connection instead, but what is larger than the limit by itself passes an empty queue.
   * @param onFlushed called when the kernel has taken the bytes, or never will
   */
  private put(bytes: Buffer, messages: number, onFlushed?: () => void): void {
    if (!this.isOpen) return;

    const waiting = this.response.writableLength;
    if (waiting > 0 && waiting + bytes.length > this.maxQueueBytes) {
      this.close(CLOSE.slowConsumer);
      return;
    }

    this.response.write(bytes, onFlushed);
    this.sent += messages;
  }
}
