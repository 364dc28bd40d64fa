import { once } from 'node:events';
import { WebSocket } from 'ws';

export interface Received {
  type: string;
  event_type?: string;
  overlay_type?: string;
  source?: string;
  id?: string;
  offset?: string;
  data: Record<string, unknown>;
}

export interface Closed {
  code: number;
  reason: string;
}

/** A stock WebSocket client that keeps what it gets. */
export class TestClient {
  /** Everything received after the greeting, in order. */
  readonly messages: Received[] = [];
  readonly closed: Promise<Closed>;
  private readonly waiting = new Set<() => void>();
  private greetingMessage: Received | undefined;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as Received;
      if (this.greetingMessage) this.messages.push(message);
      else this.greetingMessage = message;
      for (const wake of this.waiting) wake();
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) =>
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        for (const wake of this.waiting) wake();
      }),
    );
  }

  /** Connects, and waits for the greeting. */
  static async open(url: string): Promise<TestClient> {
    const client = new TestClient(new WebSocket(url));
    await client.until(() => client.greetingMessage !== undefined);

    return client;
  }

  get greeting(): Received {
    if (!this.greetingMessage) throw new Error('no greeting yet');

    return this.greetingMessage;
  }

  get id(): string {
    return this.greeting.data['connection_id'] as string;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  /** Waits until `condition` holds; looks again after each message. Rejects when the connection closes first. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error('closed before the condition held');
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.waiting.delete(wake);
          resolve();
        };
        this.waiting.add(wake);
      });
    }
  }

  /** Waits for at least `count` messages after the greeting, and gives them all. */
  async received(count: number): Promise<Received[]> {
    await this.until(() => this.messages.length >= count);

    return this.messages;
  }

  /** Everything that was sent to this client before now: asks for a pong and waits for it. The pong is left out. */
  async settled(): Promise<Received[]> {
    this.send({ type: 'ping' });
    await this.until(() => this.messages.some(({ type }) => type === 'pong'));
    this.messages.splice(
      this.messages.findIndex(({ type }) => type === 'pong'),
      1,
    );

    return this.messages;
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;

    this.socket.close();
    await once(this.socket, 'close');
  }
}
