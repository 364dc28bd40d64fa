import { connect, type Socket } from 'node:net';
import type { Faults } from '../faults.js';
import type { HubUnderTest } from '../hub-under-test.js';
import { StatusScanner } from './status-scanner.js';

const MAX_OPEN = 24;
/** How long a connection stays after its input, and after the first answer to it, in ms. */
const STAYS_MS = 400;
const STAYS_ANSWERED_MS = 20;

/** A connection of its own for each input that nothing can follow: half a request, a handshake, bytes. */
export class OneShots {
  private readonly open = new Set<Socket>();
  private wake: () => void = () => undefined;

  constructor(
    private readonly hub: HubUnderTest,
    private readonly faults: Faults,
  ) {}

  /** Resolves to whether it was sent. */
  async send(index: number, bytes: Buffer): Promise<boolean> {
    while (this.open.size >= MAX_OPEN && this.hub.isRunning)
      await new Promise<void>((resolve) => (this.wake = resolve));
    if (!this.hub.isRunning) return false;

    const socket = connect(this.hub.port, '127.0.0.1');
    this.open.add(socket);
    const scanner = new StatusScanner((_, complaint) => {
      if (complaint !== undefined) this.faults.add(`${this.hub.name} answers ${complaint}`, this.hub.index, [index]);
    });
    let timer = setTimeout(() => socket.destroy(), STAYS_MS);
    socket.on('data', (chunk: Buffer) => {
      scanner.read(chunk);
      clearTimeout(timer);
      timer = setTimeout(() => socket.destroy(), STAYS_ANSWERED_MS);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      scanner.end();
      this.open.delete(socket);
      this.wake();
    });

    // Every third says that it is done, the others break off.
    if (index % 3 === 0) socket.end(bytes);
    else socket.write(bytes);

    return true;
  }

  close(): void {
    for (const socket of this.open) socket.destroy();
  }
}
