import { connect, type Socket } from 'node:net';
import type { HubUnderTest } from '../hub-under-test.js';
import type { Faults } from '../faults.js';
import { StatusScanner } from './status-scanner.js';

const CONNECTIONS = 4;
/** Most requests without an answer on one connection. */
const MAX_PIPELINED = 8;
const ANSWER_MS = 30_000;

interface Line {
  socket: Socket;
  scanner: StatusScanner;
  /** Requests without an answer yet. */
  open: { index: number; at: number }[];
  /** The last ones that were sent, answered or not. */
  recent: number[];
}

/** Keep-alive connections for requests that end where they say, several under way on each. */
export class HttpPool {
  private readonly lines: Line[] = [];
  private next = 0;
  private wake: () => void = () => undefined;

  constructor(
    private readonly hub: HubUnderTest,
    private readonly faults: Faults,
  ) {}

  /** Resolves when there is room for the next one. */
  async send(index: number, bytes: Buffer): Promise<boolean> {
    let line = this.freeLine();
    for (const begunAt = performance.now(); !line; line = this.freeLine()) {
      if (!this.hub.isRunning) return false;
      if (performance.now() - begunAt > ANSWER_MS) this.tellSilence();
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, 1_000);
      });
    }

    line.open.push({ index, at: performance.now() });
    line.recent.push(index);
    if (line.recent.length > 2 * MAX_PIPELINED) line.recent.shift();
    line.socket.write(bytes);

    return true;
  }

  close(): void {
    for (const { socket } of this.lines.splice(0)) socket.destroy();
  }

  private freeLine(): Line | undefined {
    while (this.lines.length < CONNECTIONS) this.lines.push(this.open());

    for (let tries = 0; tries < CONNECTIONS; tries++) {
      const line = this.lines[this.next++ % CONNECTIONS];
      if (line && line.open.length < MAX_PIPELINED && !line.socket.writableNeedDrain) return line;
    }

    return undefined;
  }

  private open(): Line {
    const socket = connect(this.hub.port, '127.0.0.1');
    const line: Line = {
      socket,
      open: [],
      recent: [],
      scanner: new StatusScanner((status, complaint) => {
        if (complaint !== undefined)
          this.faults.add(`${this.hub.name} answers ${complaint}`, this.hub.index, line.recent);
        if (status >= 200) line.open.shift();
        this.wake();
      }),
    };
    socket.on('data', (chunk: Buffer) => line.scanner.read(chunk));
    socket.on('drain', () => this.wake());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      line.scanner.end();
      const at = this.lines.indexOf(line);
      if (at >= 0) this.lines.splice(at, 1);
      this.wake();
    });

    return line;
  }

  private tellSilence(): void {
    const late = this.lines.flatMap(({ open }) => open.filter(({ at }) => performance.now() - at > ANSWER_MS));
    if (late.length > 0)
      this.faults.add(
        `${this.hub.name} does not answer a request`,
        this.hub.index,
        late.map(({ index }) => index),
      );
  }
}
