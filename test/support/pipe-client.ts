import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import type { Hub } from '../../src/hub/hub.js';
import { createWebSocketServer } from '../../src/gateway/websocket-server.js';
import { WebSocketConnection } from '../../src/connection/websocket-connection.js';
import type { Received } from './client.js';

const MAX_FRAME_BYTES = 16 * 1024;

const OPCODE = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const;

/** A client of a real hub and a real `ws`, at the other end of a pipe in memory: it reads byte by byte, when it is told to. */
export class PipeClient {
  readonly messages: Received[] = [];
  readonly pongs: string[] = [];
  closeCode: number | undefined;
  connection!: WebSocketConnection;
  private readonly pipe: Duplex;
  private readonly farEnd: Duplex;
  private bytes: Buffer = Buffer.alloc(0);

  constructor(hub: Hub, { since, maxQueueBytes, acks }: { since?: string; maxQueueBytes: number; acks: boolean }) {
    const [near, far] = duplexPair();
    this.pipe = near;
    this.farEnd = far;
    near.on('error', () => undefined);
    const socket = Object.assign(far, { resetAndDestroy: () => far.destroy() }) as unknown as Socket;
    const headers = {
      upgrade: 'websocket',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      'sec-websocket-version': '13',
    };
    const server = createWebSocketServer(MAX_FRAME_BYTES);

    server.handleUpgrade(
      { method: 'GET', headers } as unknown as IncomingMessage,
      socket,
      Buffer.alloc(0),
      (webSocket) => {
        this.connection = new WebSocketConnection(webSocket, socket, { ...hub.sendLimits, maxQueueBytes, acks });
        hub.join(this.connection, { ...(since !== undefined && { since }), recent: 0, snapshot: true, acks });
      },
    );
    if (acks) this.onRead = () => this.connection.acknowledge(this.messages.length);
  }

  get isGone(): boolean {
    return this.pipe.destroyed || this.pipe.readableEnded || this.closeCode !== undefined;
  }

  /** Reads so many bytes, and answers the pings and the close among them. */
  read(count: number): void {
    for (let left = count; left > 0;) {
      const chunk = this.pipe.read(Math.min(left, this.pipe.readableLength)) as Buffer | null;
      if (!chunk) break;
      left -= chunk.length;
      this.bytes = Buffer.concat([this.bytes, chunk]);
      this.parse();
    }
    this.onRead();
  }

  ping(payload: string): void {
    this.send(OPCODE.ping, Buffer.from(payload));
  }

  /** Is gone without a word. */
  vanish(): void {
    this.pipe.destroy();
    this.farEnd.destroy();
  }

  private onRead: () => void = () => undefined;

  private parse(): void {
    if (this.bytes.subarray(0, 4).toString() === 'HTTP') {
      const end = this.bytes.indexOf('\r\n\r\n');
      if (end === -1) return;
      this.bytes = this.bytes.subarray(end + 4);
    }

    for (let frame = this.nextFrame(); frame; frame = this.nextFrame()) this.handle(frame);
  }

  /** @throws Error for what no server may send: the sign of bytes that cut into each other */
  private nextFrame(): { opcode: number; payload: Buffer } | undefined {
    const { bytes } = this;
    if (bytes.length < 4) {
      // The shortest frame has two bytes.
      if (bytes.length < 2 || (bytes[1] ?? 0) > 2) return undefined;
    }

    const [first = 0, second = 0] = bytes;
    const isKnown = (Object.values(OPCODE) as number[]).includes(first & 0x0f);
    if ((first & 0xf0) !== 0x80 || !isKnown || second > 126)
      throw new Error(`not a frame: ${bytes.toString('hex', 0, 16)}`);
    const [start, length] = second < 126 ? [2, second] : [4, bytes.readUInt16BE(2)];
    if (bytes.length < start + length) return undefined;

    this.bytes = bytes.subarray(start + length);
    return { opcode: first & 0x0f, payload: bytes.subarray(start, start + length) };
  }

  private handle({ opcode, payload }: { opcode: number; payload: Buffer }): void {
    if (opcode === OPCODE.text) this.messages.push(JSON.parse(payload.toString()) as Received);
    else if (opcode === OPCODE.pong) this.pongs.push(payload.toString());
    else if (opcode === OPCODE.ping) this.send(OPCODE.pong, payload);
    else {
      this.closeCode = payload.readUInt16BE(0);
      this.send(OPCODE.close, payload.subarray(0, 2));
      this.pipe.end();
    }
  }

  /** Masked with zeros, as RFC 6455 section 5.3 allows: the bytes stay readable. */
  private send(opcode: number, payload: Buffer): void {
    if (!this.pipe.writable) return;
    this.pipe.write(Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]));
  }
}
