import { once } from 'node:events';
import type { Socket } from 'node:net';
import { rawConnect, upgradeRequest } from './raw-http.js';

/** A frame as a client sends it, masked with zeros. Source: RFC 6455 section 5.2. */
export function clientFrame(opcode: number, payload: string | Buffer = '', isLast = true): Buffer {
  const bytes = Buffer.from(payload);
  const { length } = bytes;
  const head = Buffer.from(
    length < 126
      ? [0x80 | length]
      : length <= 0xffff
        ? [0xfe, length >> 8, length & 0xff]
        : [0xff, 0, 0, 0, 0, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff],
  );

  return Buffer.concat([Buffer.from([(isLast ? 0x80 : 0) | opcode]), head, Buffer.alloc(4), bytes]);
}

/** A WebSocket that does what no library does: it sends any bytes, and reads only when it is told to. */
export class HostileClient {
  isGone = false;
  private bytes = Buffer.alloc(0);

  private constructor(readonly socket: Socket) {
    socket.on('error', () => undefined);
    socket.on('close', () => (this.isGone = true));
  }

  /** Connects, and reads the answer to the upgrade and nothing more. */
  static async open(url: string, query = ''): Promise<HostileClient> {
    const socket = rawConnect(url);
    const client = new HostileClient(socket);
    socket.write(upgradeRequest(`/ws/ui${query}`));
    await once(socket, 'readable');

    return client;
  }

  /** Sends these bytes as often as the hub takes them, until it is closed or has sent so many. */
  async flood(bytes: Buffer, maxBytes: number): Promise<void> {
    for (let sent = 0; sent < maxBytes && !this.isGone; sent += bytes.length) {
      if (this.socket.write(bytes)) continue;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.socket.off('drain', wake).off('close', wake);
          resolve();
        };
        this.socket.on('drain', wake).on('close', wake);
      });
    }
  }

  /** Reads all that was and will be sent to it. */
  read(): void {
    this.socket.on('data', (chunk: Buffer) => (this.bytes = Buffer.concat([this.bytes, chunk])));
    this.socket.on('end', () => this.socket.end());
  }

  /** The code of the close frame at the end of what was read; `undefined` without one. */
  get closeCode(): number | undefined {
    const at = this.bytes.lastIndexOf(0x88);
    const length = this.bytes[at + 1] ?? 0;

    return at !== -1 && at + 2 + length === this.bytes.length ? this.bytes.readUInt16BE(at + 2) : undefined;
  }

  get text(): string {
    return this.bytes.toString();
  }
}
