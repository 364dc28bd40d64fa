import { WebSocket } from 'ws';
import {
  createHubClient,
  type HubClient,
  type HubClientOptions,
  type HubMessage,
  type HubState,
} from '../../src/index.js';

type Name = HubState['name'];

/** Which state may follow which. A reconnect that is asked for goes to `connecting` from anywhere. */
const NEXT: Record<Name, readonly Name[]> = {
  idle: ['connecting'],
  connecting: ['open', 'waiting', 'closed', 'connecting'],
  open: ['stale', 'waiting', 'closed', 'connecting'],
  stale: ['open', 'waiting', 'closed', 'connecting'],
  waiting: ['connecting', 'closed'],
  closed: ['connecting'],
};

/** In which states there is a socket. */
const WITH_SOCKET: readonly Name[] = ['connecting', 'open', 'stale'];

/** A client that keeps a record of all it does, and of all that it must not do. */
export class WatchedClient {
  readonly client: HubClient;
  readonly states: HubState[] = [];
  readonly messages: HubMessage[] = [];
  readonly gaps: unknown[] = [];
  readonly recovered: { count: number; since: string }[] = [];
  /** The `connectionId` each time it opened. */
  readonly opened: (string | undefined)[] = [];
  /** What it did wrong. */
  readonly wrongs: string[] = [];
  private readonly sockets: WebSocket[] = [];

  constructor(options: Omit<HubClientOptions, 'WebSocket' | 'connect'>) {
    const { sockets } = this;
    const check = (): void => this.check();
    class Watched extends WebSocket {
      constructor(url: string) {
        super(url);
        sockets.push(this);
        check();
      }
    }

    this.client = createHubClient({ ...options, WebSocket: Watched, connect: false });
    this.client.on('state', (state) => this.handleState(state));
    this.client.on('message', (message) => this.messages.push(message));
    this.client.on('gap', (gap) => this.gaps.push(gap));
    this.client.on('recovered', (recovered) => this.recovered.push(recovered));
    this.client.connect();
  }

  get ids(): string[] {
    return this.messages.flatMap((message) => ('id' in message ? [message.id] : []));
  }

  /** How often it had to wait for the next try. */
  get losses(): number {
    return this.states.filter(({ name }) => name === 'waiting').length;
  }

  /** Sockets that are open, or on the way to it. */
  get live(): number {
    return this.sockets.filter(({ readyState }) => readyState < WebSocket.CLOSING).length;
  }

  /** Resolves when the condition holds; looks at each state and message. */
  until(condition: (watched: this) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition(this)) return;
        offs.forEach((off) => off());
        resolve();
      };
      const offs = [this.client.on('state', look), this.client.on('message', look), this.client.on('gap', look)];
      look();
    });
  }

  untilState(...names: Name[]): Promise<void> {
    return this.until(({ client }) => names.includes(client.state.name));
  }

  private handleState(state: HubState): void {
    const last = this.states.at(-1)?.name ?? 'idle';
    if (!NEXT[last].includes(state.name)) this.wrongs.push(`${last} -> ${state.name}`);
    this.states.push(state);
    if (state.name === 'open' && last === 'connecting') this.opened.push(this.client.connectionId);
    this.check();
  }

  private check(): void {
    const { name } = this.client.state;
    const most = WITH_SOCKET.includes(name) ? 1 : 0;
    if (this.live > most) this.wrongs.push(`${this.live} sockets while ${name}`);
  }
}
