// A WebSocket client for load: it counts frames and reads two numbers in some of them, and parses nothing.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { clock } from './clock.js';
import { Histogram } from './histogram.js';

/** A text frame with less payload than this is the protocol's own (Socket.IO's pings); ours are larger. */
const SMALLEST_MESSAGE = 64;

/** Where a greeting, `{"type":"connection"`, differs from what is broadcast. */
const TYPE_AT = '{"type":"'.length;
const SOCKET_IO_PREFIX = '42["event",'.length;
const CONNECTION = 'c'.charCodeAt(0);
const STAMP = Buffer.from('"ts":');
const SPACE = 32;
const TEXT = 1;
const CLOSE = 8;
const PING = 9;

/** What a client that reads slowly takes at a time, in bytes. */
const SIP_BYTES = 2_048;

/** Every socket reads into the same memory: what is read is counted before the next one reads. */
const memory = Buffer.allocUnsafe(256 * 1024);

export interface Tally {
  messages: number;
  bytes: number;
  /** Between the publisher's stamp and the arrival, in microseconds. */
  latency: Histogram;
}

export interface FrameClientOptions {
  port: number;
  path: string;
  /** Socket.IO says hello first, and pings in text frames. */
  isSocketIo?: boolean;
  /** Whether it looks into its messages; all others only count. */
  isSampled?: boolean;
  /** How fast it reads; as fast as it can where absent. */
  bytesPerSecond?: number | undefined;
  /** Gets every text; its memory is only lent. */
  onText?: (payload: Buffer) => void;
  tally: Tally;
}

/** One connection. */
export class FrameClient {
  /** Messages since the last `reset`. */
  messages = 0;
  closeCode: number | undefined;
  isOpen = false;
  private rest: Buffer | undefined;
  private stampAt = 0;
  private readonly socket: Socket;
  private settle!: { resolve: () => void; reject: (error: Error) => void };
  readonly opened: Promise<void>;
  private hasUpgraded = false;
  private readonly typeAt: number;
  private readAgainAt = 0;

  constructor(private readonly options: FrameClientOptions) {
    const { port, path, isSocketIo, bytesPerSecond } = options;
    const buffer = bytesPerSecond === undefined ? memory : memory.subarray(0, SIP_BYTES);
    this.typeAt = TYPE_AT + (isSocketIo ? SOCKET_IO_PREFIX : 0);
    this.opened = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    this.socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer, callback: (size, bytes) => this.handleRead(bytes as Buffer, size) },
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => this.handleClose());
    const key = randomBytes(16).toString('base64');
    this.socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
  }

  reset(): void {
    this.messages = 0;
  }

  /** Stops reading, as a page that hangs does. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  private handleClose(): void {
    this.isOpen = false;
    this.closeCode ??= 1006;
    this.settle.reject(new Error('the connection ended before it was open'));
  }

  private handleRead(bytes: Buffer, size: number): boolean {
    let chunk = bytes.subarray(0, size);
    if (this.rest) chunk = Buffer.concat([this.rest, chunk]);
    this.rest = undefined;

    let at = 0;
    if (!this.hasUpgraded) at = this.upgrade(chunk);
    if (this.hasUpgraded) at = this.frames(chunk, at);
    // The memory is shared, so what is left is copied.
    if (at < chunk.length) this.rest = Buffer.from(chunk.subarray(at));

    return this.mayReadOn(size);
  }

  /** Reading stops where this is false, and goes on when the time for what was read is over. */
  private mayReadOn(size: number): boolean {
    const { bytesPerSecond } = this.options;
    if (bytesPerSecond === undefined) return true;

    const now = performance.now();
    this.readAgainAt = Math.max(now, this.readAgainAt) + (size / bytesPerSecond) * 1000;
    setTimeout(() => this.socket.resume(), this.readAgainAt - now);
    return false;
  }

  /** Returns where the answer to the upgrade ends; 0 while it is not whole. */
  private upgrade(chunk: Buffer): number {
    const end = chunk.indexOf('\r\n\r\n');
    if (end < 0) return 0;

    const status = chunk.toString('latin1', 0, 12);
    if (status !== 'HTTP/1.1 101') {
      this.settle.reject(new Error(`the upgrade was answered ${status}`));
      this.socket.destroy();
      return chunk.length;
    }

    this.hasUpgraded = true;
    if (this.options.isSocketIo) this.send(0x81, Buffer.from('40'));
    else this.handleOpen();
    return end + 4;
  }

  private handleOpen(): void {
    this.isOpen = true;
    this.settle.resolve();
  }

  /** Takes all whole frames, and returns where the last one ends. */
  private frames(chunk: Buffer, start: number): number {
    const { isSampled, onText } = this.options;
    const now = isSampled ? clock() : 0;
    const end = chunk.length;
    let at = start;
    while (end - at >= 2) {
      const opcode = chunk[at]! & 15;
      let size = chunk[at + 1]! & 127;
      let head = 2;
      if (size === 126) {
        if (end - at < 4) break;
        size = (chunk[at + 2]! << 8) | chunk[at + 3]!;
        head = 4;
      } else if (size === 127) {
        if (end - at < 10) break;
        size = chunk.readUIntBE(at + 4, 6);
        head = 10;
      }
      const payload = at + head;
      if (end - payload < size) break;

      if (opcode === TEXT) onText?.(chunk.subarray(payload, payload + size));
      if (opcode === TEXT && size >= SMALLEST_MESSAGE) {
        if (chunk[payload + this.typeAt] !== CONNECTION) this.count(size);
        if (isSampled) this.look(chunk, payload, now);
      } else this.handleControl(opcode, chunk, payload, size);
      at = payload + size;
    }

    return at;
  }

  private count(size: number): void {
    const { tally } = this.options;
    this.messages++;
    tally.messages++;
    tally.bytes += size;
  }

  /** Reads `"ts":345`. It stands at about the same place in all messages, which is tried first. */
  private look(chunk: Buffer, payload: number, now: number): void {
    let at = payload + this.stampAt;
    if (chunk.compare(STAMP, 0, STAMP.length, at, at + STAMP.length) !== 0) {
      at = chunk.indexOf(STAMP, payload);
      if (at < 0) return;
      this.stampAt = at - payload;
    }

    let stamp = 0;
    at += STAMP.length;
    // Python writes a space here.
    if (chunk[at] === SPACE) at++;
    for (let digit = chunk[at]! - 48; digit >= 0 && digit <= 9; digit = chunk[++at]! - 48) stamp = stamp * 10 + digit;
    this.options.tally.latency.add((now - stamp) / 1_000);
  }

  private handleControl(opcode: number, chunk: Buffer, payload: number, size: number): void {
    if (opcode === PING) {
      this.send(0x8a, chunk.subarray(payload, payload + size));
    } else if (opcode === CLOSE) {
      this.closeCode = size >= 2 ? chunk.readUInt16BE(payload) : 1005;
      this.send(0x88, chunk.subarray(payload, payload + size));
      this.socket.end();
    } else if (opcode === TEXT && this.options.isSocketIo) {
      this.handleSocketIo(chunk.toString('latin1', payload, payload + size));
    }
  }

  private handleSocketIo(text: string): void {
    if (text === '2') this.send(0x81, Buffer.from('3'));
    else if (text.startsWith('40')) this.handleOpen();
  }

  /** Masked with zeros, which leaves the payload as it is: the rule asks for a mask, and nobody here listens in. */
  private send(firstByte: number, payload: Buffer): void {
    this.socket.write(Buffer.concat([Buffer.from([firstByte, 0x80 | payload.length, 0, 0, 0, 0]), payload]));
  }
}
