import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { type Close, CLOSE } from '../protocol/close-codes.js';
import { Connection, type SendLimits } from './connection.js';
import type { Batch } from './prepared-frame.js';
import { encodeServerSentEvent, SSE_HEARTBEAT } from './server-sent-event.js';

/** How often a stream shows that it lives, in ms: proxies cut what is silent for 30 to 60 s. */
const HEARTBEAT_MS = 15_000;

/** A reader that took nothing for so long, while something waited, is gone, in ms. */
const STALLED_MS = 20_000;

/**
 * A client that came over `GET /api/events/stream`. HTTP has no receipts: what counts is what the kernel takes. Beyond
 * that facts wait in order, and of each state only the newest.
 */
export class SseConnection extends Connection {
  readonly transport = 'sse';
  private beatAt = performance.now();
  /** Bytes written, and how many of them were taken when that was last more than before. */
  private written = 0;
  private taken = 0;
  private takenAt = this.beatAt;

  /** Writes the head of the response. */
  constructor(
    request: IncomingMessage,
    private readonly response: ServerResponse,
    headers: OutgoingHttpHeaders,
    limits: SendLimits,
  ) {
    super(request.socket, limits);
    response.on('error', () => undefined);
    response.on('drain', () => this.pump());
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

  override broadcast(batch: Batch): void {
    if (this.isAtOnce && this.isOpen && this.admits()) this.put(batch.bytes, batch.deliveries.length);
    else super.broadcast(batch);
  }

  /** Shows proxies, and a reader that waits, that the stream lives; ends one that takes nothing. */
  override tick(now: number): void {
    if (!this.isOpen) return;

    this.account();
    const taken = this.written - this.response.writableLength;
    if (taken > this.taken || this.response.writableLength === 0) {
      this.taken = taken;
      this.takenAt = now;
    } else if (now - this.takenAt >= STALLED_MS) {
      this.evict('stalled');
      return;
    }
    if (now - this.beatAt < HEARTBEAT_MS) return;

    this.beatAt = now;
    // One that has something to read needs no sign.
    if (this.admits()) this.put(SSE_HEARTBEAT, 0);
  }

  override onClose(listener: () => void): void {
    this.response.once('close', listener);
  }

  override get isOpen(): boolean {
    return !this.response.writableEnded && !this.response.destroyed;
  }

  protected override get socketBytes(): number {
    return this.response.writableLength;
  }

  protected override encode(json: string): Buffer {
    const { type } = JSON.parse(json) as { type: string };

    return encodeServerSentEvent(type, json);
  }

  protected override admits(): boolean {
    return !this.response.writableNeedDrain;
  }

  protected override put(bytes: Buffer, messages: number): void {
    this.response.write(bytes);
    this.written += bytes.length;
    this.sent += messages;
  }

  /** 'drain' comes by itself. */
  protected override awaitRoom(): void {}

  /** There is no code to give: the reader comes back with `Last-Event-ID`. To another hub, which may not have what waits. */
  protected override end(close: Close): void {
    if (close === CLOSE.goingAway) {
      for (let next = this.backlog.first(); next; next = this.backlog.first()) {
        this.backlog.shift();
        this.put(next, 1);
      }
    }
    this.response.end();
  }
}
