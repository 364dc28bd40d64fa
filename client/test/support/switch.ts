import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A balancer with one target: what connects to it comes to the port that is the target now, and stays there. */
export class Switch {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((client) => this.handleConnection(client));

  /** @param target `undefined`: nobody is there, and connections are reset */
  private constructor(public target: number | undefined) {}

  static async start(target?: number): Promise<Switch> {
    const started = new Switch(target);
    started.server.listen(0, '127.0.0.1');
    await once(started.server, 'listening');

    return started;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Passes nothing more on for the connections there are, and tells neither end: as of a network that was left. */
  mute(): void {
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  /** Resets all connections. */
  reset(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.reset();
    this.server.close();
    await once(this.server, 'close');
  }

  private handleConnection(client: Socket): void {
    if (this.target === undefined) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }

    const hub = connect({ port: this.target, host: '127.0.0.1', noDelay: true });
    this.join(client, hub);
    this.join(hub, client);
  }

  private join(from: Socket, to: Socket): void {
    this.sockets.add(from);
    from.setNoDelay(true);
    from.pipe(to);
    from.on('error', () => undefined);
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
  }
}
