import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { type RawData, WebSocket } from 'ws';
import { type Close, CLOSE } from '../protocol/close-codes.js';
import { encodeTextFrame } from './frame.js';

/** What a connection tells of itself; `GET /api/connections` shows it. */
export interface ConnectionInfo {
  id: string;
  /** ISO 8601, UTC */
  connected_at: string;
  remote_address: string;
  /** Messages written to it. */
  sent: number;
  /** Bytes that wait in this process for the client to read. */
  buffered: number;
}

/** How long a client that was told to close may take to answer, in ms. */
const CLOSE_GRACE_MS = 1_000;

/** One accepted socket. Knows how this client is doing, and nothing of any other. */
export class Connection {
  readonly id = randomUUID();
  private readonly connectedAt = Date.now();
  private readonly remoteAddress: string;
  private sent = 0;

  /**
   * @param raw the socket under `webSocket`, as the upgrade gave it. Frames are written to it directly: `ws` writes each
   *   of its own frames in one go as long as compression is off, so the two never cut into each other.
   * @param maxQueueBytes most bytes that may wait for the client
   */
  constructor(
    private readonly webSocket: WebSocket,
    private readonly raw: Socket,
    private readonly maxQueueBytes: number,
  ) {
    this.remoteAddress = raw.remoteAddress ?? '';
    // The library closes with the code of the broken rule by itself; without a listener the error would end the process.
    webSocket.on('error', () => undefined);
  }

  onFrame(listener: (data: RawData, isBinary: boolean) => void): void {
    this.webSocket.on('message', listener);
  }

  onClose(listener: (code: number) => void): void {
    this.webSocket.on('close', listener);
  }

  /** Writes a frame that may be shared with other connections. One over the queue limit ends the connection. */
  write(frame: Buffer): void {
    if (this.webSocket.readyState !== WebSocket.OPEN) return;

    if (this.raw.writableLength + frame.length > this.maxQueueBytes) {
      this.close(CLOSE.slowConsumer);
      return;
    }

    this.raw.write(frame);
    this.sent++;
  }

  /** Writes a message for this connection alone. */
  send(message: unknown): void {
    this.write(encodeTextFrame(JSON.stringify(message)));
  }

  /** Asks the client to close; one that does not answer in time is terminated. */
  close({ code, reason }: Close): void {
    if (this.webSocket.readyState !== WebSocket.OPEN) return;

    this.webSocket.close(code, reason);
    const timer = setTimeout(() => this.terminate(), CLOSE_GRACE_MS);
    this.webSocket.once('close', () => clearTimeout(timer));
  }

  /** Ends the connection without a handshake: a reset, since otherwise the kernel keeps what was not read. */
  terminate(): void {
    this.raw.resetAndDestroy();
  }

  info(): ConnectionInfo {
    return {
      id: this.id,
      connected_at: new Date(this.connectedAt).toISOString(),
      remote_address: this.remoteAddress,
      sent: this.sent,
      buffered: this.raw.writableLength,
    };
  }
}
