import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** What came of one try to connect. */
export interface Visit {
  readonly id: string;
  readonly query: URLSearchParams;
  /** `undefined` while the server has not greeted. */
  greeting?: { offset?: string; recovered?: boolean };
}

/** One connection as the script sees it. */
export class Peer {
  /** How long a ping waits for its pong, in ms; `Infinity`: for ever. */
  pongDelayMs = 0;
  /** The code that the client closed with. */
  readonly closed: Promise<number>;

  constructor(
    readonly visit: Visit,
    private readonly webSocket: WebSocket,
    private readonly raw: Socket,
  ) {
    this.closed = new Promise((resolve) => webSocket.on('close', resolve));
    webSocket.on('error', () => undefined);
    webSocket.on('message', (data: Buffer) => {
      if (data.toString() !== '{"type":"ping"}' || this.pongDelayMs === Infinity) return;
      setTimeout(() => this.send({ type: 'pong', data: { server_time: new Date().toISOString() } }), this.pongDelayMs);
    });
  }

  greet(greeting: { offset?: string; recovered?: boolean }): void {
    this.visit.greeting ??= greeting;
    const data = { status: 'connected', connection_id: this.visit.id, server_time: new Date().toISOString() };
    this.send({ type: 'connection', data: { ...data, instance_id: 'scripted', ...greeting } });
  }

  send(message: unknown): void {
    this.webSocket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  close(code: number): void {
    this.webSocket.close(code, 'scripted');
  }

  /** Begins a frame of 100 bytes, and resets the connection before its end. */
  resetMidFrame(): void {
    this.raw.write(Buffer.concat([Buffer.from([0x81, 100]), Buffer.from('{"type":"event"')]), () =>
      this.raw.resetAndDestroy(),
    );
  }

  terminate(): void {
    this.webSocket.terminate();
  }
}

/** What the server does with the next one who wants to connect: `undefined` refuses. */
export type Script = (visit: Visit) => ((peer: Peer) => void) | undefined;

/** A WebSocket server without manners: what it does with each connection is up to the test. */
export class ScriptedServer {
  readonly visits: Visit[] = [];
  private readonly peers = new Set<Peer>();
  private readonly webSockets = new WebSocketServer({ noServer: true });
  private readonly server: Server = createServer();

  private constructor(private readonly script: Script) {
    this.server.on('upgrade', (request, socket, head) => this.handleUpgrade(request, socket as Socket, head));
  }

  static async start(script: Script): Promise<ScriptedServer> {
    const scripted = new ScriptedServer(script);
    scripted.server.listen(0, '127.0.0.1');
    await once(scripted.server, 'listening');

    return scripted;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const peer of this.peers) peer.terminate();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private handleUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { searchParams } = new URL(request.url ?? '', this.url);
    const visit: Visit = { id: `${this.visits.length}`, query: searchParams };
    this.visits.push(visit);
    socket.on('error', () => undefined);

    const play = this.script(visit);
    if (!play) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      return;
    }

    this.webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const peer = new Peer(visit, webSocket, socket);
      this.peers.add(peer);
      webSocket.on('close', () => this.peers.delete(peer));
      play(peer);
    });
  }
}
