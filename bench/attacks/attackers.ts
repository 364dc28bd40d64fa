// What attacks are made of: many sockets that write much, read nothing, and come back when they are closed.
import { connect, type Socket } from 'node:net';

/** How soon a socket that was closed is replaced, in ms: an attack goes on, and stays bounded. */
const AGAIN_MS = 200;

/** The sockets and timers of one attack. `stop` ends them all. */
export class Attackers {
  private readonly sockets = new Set<Socket>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private isOver = false;
  opened = 0;
  closed = 0;

  constructor(readonly port: number) {}

  /** As many sockets, always: each runs `act` when it is connected, and is replaced when it is closed. */
  keep(count: number, act: (socket: Socket, n: number) => void): void {
    for (let n = 0; n < count; n++) this.open(act, n);
  }

  /** Something at once and again and again. */
  every(ms: number, act: () => void): void {
    act();
    this.timers.add(setInterval(act, ms));
  }

  /** Writes the same bytes for as long as the other side takes them. */
  flood(socket: Socket, bytes: Buffer): void {
    const write = (): void => {
      for (let times = 0; times < 16; times++) {
        if (socket.destroyed || this.isOver) return;
        if (!socket.write(bytes)) return void socket.once('drain', write);
      }
      setImmediate(write);
    };
    write();
  }

  stop(): void {
    this.isOver = true;
    for (const timer of this.timers) clearInterval(timer);
    for (const socket of this.sockets) socket.destroy();
  }

  private open(act: (socket: Socket, n: number) => void, n: number): void {
    if (this.isOver) return;
    const socket = connect(this.port, '127.0.0.1');
    this.sockets.add(socket);
    this.opened++;
    socket.on('error', () => undefined);
    socket.on('connect', () => act(socket, n));
    socket.on('close', () => {
      this.closed++;
      this.sockets.delete(socket);
      setTimeout(() => this.open(act, n), AGAIN_MS);
    });
  }
}

export function get(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: hub\r\n\r\n`;
}

export function upgrade(target: string): string {
  const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';

  return `GET ${target} HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n\r\n`;
}

export function post(target: string, body: string): string {
  const length = Buffer.byteLength(body);

  return `POST ${target} HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;
}

/** A frame of a client, masked with zeros. `firstByte`: 0x81 text, 0x89 ping, 0x01 the first of fragments, 0x00 the next. */
export function frame(firstByte: number, payload: Buffer | string, length = Buffer.byteLength(payload)): Buffer {
  const head = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 255];

  return Buffer.concat([Buffer.from([firstByte, ...head, 0, 0, 0, 0]), Buffer.from(payload)]);
}
