import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { reset } from '../../src/connection/reset.js';

/** `up` is from the client to the server, `down` from the server to the client. */
export type Direction = 'up' | 'down';

/**
 * What becomes of bytes on their way:
 * - `pass`: they go on
 * - `drop`: they are gone; since a stream with a hole means nothing, healing resets the connection
 * - `hold`: they wait, as in a network that loses packets, and arrive late, when it heals
 */
export type Fate = 'pass' | 'drop' | 'hold';

/** A step that waits for a held direction: bytes, or the end of the stream. */
type Held = Buffer | 'end';

/**
 * A network between a client and a server on this machine that can be cut in one direction. Both ends keep their
 * connection, since nothing tells them: not even the end of the other side gets through a cut.
 */
export class TcpProxy {
  private readonly links = new Set<Link>();
  private readonly fates: Record<Direction, Fate> = { up: 'pass', down: 'pass' };
  private delayMs = 0;
  private isHoldingPublished = false;

  private constructor(
    private readonly server: Server,
    private readonly targetPort: number,
  ) {
    server.on('connection', (client) => this.handleConnection(client));
  }

  static async start({ targetPort }: { targetPort: number }): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const proxy = new TcpProxy(server, targetPort);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');

    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Connections through it now. */
  get size(): number {
    return this.links.size;
  }

  /** Connections that lost bytes, and are reset when the network heals. */
  get torn(): number {
    return [...this.links].filter((link) => link.hasLost).length;
  }

  /** Loses all bytes of these directions; `null` heals. New connections are taken, and lose theirs too. */
  blackhole(direction: Direction | 'both' | null): void {
    this.cut(direction, 'drop');
  }

  /**
   * Keeps what Redis publishes and lets through what it answers: holds the bytes to connections that have subscribed.
   */
  holdPublished(isHeld: boolean): void {
    this.isHoldingPublished = isHeld;
    for (const link of this.links) link.handleChange();
  }

  /** Keeps all bytes of these directions; `null` heals, and they arrive. */
  hold(direction: Direction | 'both' | null): void {
    this.cut(direction, 'hold');
  }

  /** Bytes of both directions arrive this much later, in ms. */
  delay(ms: number): void {
    this.delayMs = ms;
  }

  /** Resets every connection. New ones are taken. */
  reset(): void {
    for (const link of this.links) link.reset();
  }

  async close(): Promise<void> {
    this.reset();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  private fateOf(direction: Direction, isSubscriber: boolean): Fate {
    return direction === 'down' && isSubscriber && this.isHoldingPublished ? 'hold' : this.fates[direction];
  }

  private cut(direction: Direction | 'both' | null, fate: Fate): void {
    for (const each of ['up', 'down'] as const) {
      this.fates[each] = direction === each || direction === 'both' ? fate : 'pass';
    }
    for (const link of this.links) link.handleChange();
  }

  private handleConnection(client: Socket): void {
    const server = connect({ port: this.targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const link = new Link(
      client,
      server,
      (direction, isSubscriber) => this.fateOf(direction, isSubscriber),
      () => this.delayMs,
    );
    this.links.add(link);
    link.onClose = () => this.links.delete(link);
  }
}

/** One connection through the proxy: a socket to either side. */
class Link {
  onClose: () => void = () => undefined;
  hasLost = false;
  private isSubscriber = false;
  private readonly held: Record<Direction, Held[]> = { up: [], down: [] };
  private readonly queue: { dueAt: number; step: () => void }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly fateFor: (direction: Direction, isSubscriber: boolean) => Fate,
    private readonly delayMs: () => number,
  ) {
    this.pump('up', client);
    this.pump('down', server);
  }

  /** Heals what can be healed: a link that lost bytes cannot. */
  handleChange(): void {
    if (this.hasLost && (['up', 'down'] as const).every((each) => this.fateOf(each) === 'pass')) {
      this.reset();
      return;
    }

    for (const direction of ['up', 'down'] as const) {
      if (this.fateOf(direction) !== 'pass') continue;
      for (const step of this.held[direction].splice(0)) this.deliver(direction, step);
    }
  }

  reset(): void {
    if (this.isClosed) return;

    this.isClosed = true;
    clearTimeout(this.timer);
    for (const socket of [this.client, this.server]) {
      // A reset would first wait for the connection to stand.
      if (socket.connecting) socket.destroy();
      else reset(socket);
    }
    this.onClose();
  }

  private fateOf(direction: Direction): Fate {
    return this.fateFor(direction, this.isSubscriber);
  }

  private pump(direction: Direction, from: Socket): void {
    from.on('data', (chunk: Buffer) => this.later(() => this.take(direction, chunk)));
    from.on('end', () => this.later(() => this.take(direction, 'end')));
    from.on('error', () => this.later(() => this.handleBroken(direction)));
    from.on('close', () => {
      if (this.client.destroyed && this.server.destroyed) this.reset();
    });
  }

  private take(direction: Direction, step: Held): void {
    if (direction === 'up' && step !== 'end' && /subscribe/i.test(step.toString('latin1'))) this.isSubscriber = true;
    const fate = this.fateOf(direction);
    if (fate === 'hold') this.held[direction].push(step);
    else if (fate === 'drop') this.hasLost = true;
    else this.deliver(direction, step);
  }

  private deliver(direction: Direction, step: Held): void {
    const to = direction === 'up' ? this.server : this.client;
    if (step === 'end') to.end();
    else if (to.writable) to.write(step);
  }

  /** One side is gone without a good-bye. Through a cut the other does not hear of it. */
  private handleBroken(direction: Direction): void {
    if (this.fateOf(direction) === 'pass') this.reset();
    else this.hasLost = true;
  }

  /** Runs the steps in the order they came, each when its delay is over. */
  private later(step: () => void): void {
    this.queue.push({ dueAt: performance.now() + this.delayMs(), step });
    if (this.timer === undefined) this.drain();
  }

  private drain(): void {
    this.timer = undefined;
    for (let next = this.queue[0]; next && !this.isClosed; next = this.queue[0]) {
      const waitMs = next.dueAt - performance.now();
      if (waitMs > 0) {
        this.timer = setTimeout(() => this.drain(), waitMs);
        return;
      }

      this.queue.shift();
      next.step();
    }
  }
}
