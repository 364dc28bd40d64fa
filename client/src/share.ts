import type { FilterLists } from '../../src/protocol/messages.js';
import { report } from './emitter.js';
import type { HubClient, HubClientOptions, HubEvents, HubState, HubStats, MessageMeta, Unsubscribe } from './types.js';
import { parseUrl } from './url.js';

/** A client that others use too. */
interface Shared {
  readonly client: HubClient;
  holders: number;
}

const shared = new Map<string, Shared>();

/** Clients with the same key can share a connection: they ask the hub for the same. */
function keyOf({ url, filter, snapshot, recent, since, epoch, acks }: HubClientOptions): string {
  return JSON.stringify([parseUrl(url).href, filter, snapshot, recent, since, epoch, acks]);
}

/** A client that has no connection of its own: one stays open until the last that shares it is closed. */
export function share(options: HubClientOptions, create: (options: HubClientOptions) => HubClient): HubClient {
  return new Sharer(options, create);
}

interface Entry {
  readonly name: string;
  readonly handler: (value: never, meta: MessageMeta) => void;
  off?: Unsubscribe;
}

class Sharer implements HubClient {
  private readonly key: string;
  private readonly entries = new Set<Entry>();
  /** While this one has neither been closed nor not yet connected. */
  private held: Shared | undefined;
  private ownState: HubState = { name: 'idle' };
  /** The one that was held last, for what it has counted. */
  private last: HubClient | undefined;

  constructor(
    private readonly options: HubClientOptions,
    private readonly create: (options: HubClientOptions) => HubClient,
  ) {
    this.key = keyOf(options);
    if (options.connect ?? true) this.connect();
  }

  get state(): HubState {
    return this.held?.client.state ?? this.ownState;
  }

  get stats(): HubStats {
    return (this.last ??= this.create({ ...this.options, connect: false })).stats;
  }

  get connectionId(): string | undefined {
    return this.held?.client.connectionId;
  }

  get offset(): string | undefined {
    return this.last ? this.last.offset : this.options.since;
  }

  get epoch(): string | undefined {
    return this.last ? this.last.epoch : this.options.epoch;
  }

  on(name: string, handler: (value: never, meta: MessageMeta) => void): Unsubscribe {
    const entry: Entry = { name, handler };
    this.entries.add(entry);
    if (this.held) listen(this.held.client, entry);

    return () => {
      this.entries.delete(entry);
      entry.off?.();
    };
  }

  send(message: object): boolean {
    return this.held?.client.send(message) ?? false;
  }

  subscribe(filter: FilterLists): void {
    this.held?.client.subscribe(filter);
  }

  connect(): void {
    if (!this.held) this.take();
    this.held?.client.connect();
  }

  reconnect(): void {
    if (!this.held) this.take();
    this.held?.client.reconnect();
  }

  close(): void {
    const { held } = this;
    if (!held) return;

    this.held = undefined;
    this.ownState = { name: 'closed', reason: 'closed by the page' };
    for (const { off } of this.entries) off?.();
    if (--held.holders === 0) {
      shared.delete(this.key);
      held.client.close();
    }
    for (const { name, handler } of this.entries) if (name === 'state') this.tell(handler);
  }

  private take(): void {
    const held = shared.get(this.key) ?? { client: this.create({ ...this.options, connect: false }), holders: 0 };
    held.holders++;
    shared.set(this.key, held);
    this.held = held;
    this.last = held.client;
    for (const entry of this.entries) listen(held.client, entry);
  }

  private tell(handler: Entry['handler']): void {
    try {
      handler(this.ownState as never, { isPast: false });
    } catch (error) {
      report(error);
    }
  }
}

function listen(client: HubClient, entry: Entry): void {
  const { name, handler } = entry;
  // All kinds of name are one to the client.
  entry.off = client.on(name as keyof HubEvents, handler as () => void);
}
