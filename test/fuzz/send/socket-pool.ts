import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { upgradeRequest } from '../../support/raw-http.js';
import type { HubUnderTest } from '../hub-under-test.js';

const CONNECTIONS = 16;
/** How long a hub may take for a handshake, and to close after a frame that breaks the protocol, in ms. */
const HANDSHAKE_MS = 10_000;
const CLOSE_MS = 1_000;

/** Asks for messages that nobody sends: who sends rubbish need not read all that others say. Every second takes receipts. */
const PATHS = ['/ws/ui?types=nothing', '/ws/ui?types=nothing&acks=1'];

/** Open WebSockets, as bare sockets that frames of any kind can be written to. */
export class SocketPool {
  private readonly sockets: Socket[] = [];
  private readonly spent = new Set<Socket>();
  private readonly opening = new Set<Promise<void>>();
  private next = 0;
  private opened = 0;
  private isClosed = false;

  constructor(private readonly hub: HubUnderTest) {}

  /** Resolves to whether it was sent. `ends`: the socket is of no use afterwards. */
  async send(bytes: Buffer, ends: boolean): Promise<boolean> {
    const socket = await this.socket();
    if (!socket) return false;

    socket.write(bytes);
    if (ends) this.spend(socket);

    return true;
  }

  close(): void {
    this.isClosed = true;
    for (const socket of [...this.sockets.splice(0), ...this.spent]) socket.destroy();
  }

  private spend(socket: Socket): void {
    this.forget(socket);
    this.spent.add(socket);
    setTimeout(() => socket.destroy(), CLOSE_MS);
  }

  private forget(socket: Socket): void {
    const at = this.sockets.indexOf(socket);
    if (at >= 0) this.sockets.splice(at, 1);
    this.spent.delete(socket);
  }

  private async socket(): Promise<Socket | undefined> {
    while (this.hub.isRunning && !this.isClosed) {
      while (this.sockets.length + this.opening.size < CONNECTIONS) this.openOne();
      const socket = this.sockets[this.next++ % Math.max(1, this.sockets.length)];
      if (socket?.writable && !socket.writableNeedDrain) return socket;
      await (this.opening.size > 0 ? Promise.race(this.opening) : delay(5));
    }

    return undefined;
  }

  private openOne(): void {
    // One that is reset is opened again by whoever needs it.
    const opened = this.open()
      .catch(() => undefined)
      .finally(() => this.opening.delete(opened));
    this.opening.add(opened);
  }

  private async open(): Promise<void> {
    const socket = connect(this.hub.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(upgradeRequest(PATHS[this.opened++ % PATHS.length] ?? '/ws/ui'));
    const timer = setTimeout(() => socket.destroy(), HANDSHAKE_MS);
    const [first] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [Buffer | boolean];
    clearTimeout(timer);
    if (!Buffer.isBuffer(first)) return;

    socket.on('close', () => this.forget(socket));
    socket.resume();
    this.sockets.push(socket);
  }
}
