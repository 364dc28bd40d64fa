import { setTimeout as delay } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HubConfig } from '../config/hub-config.js';
import { CLOSE } from '../protocol/close-codes.js';
import { HubError } from '../protocol/errors.js';
import type { Filter } from '../protocol/filter.js';
import {
  type ConnectionMessage,
  type Delivery,
  isLogged,
  type LogFields,
  messageKindOf,
} from '../protocol/messages.js';
import { offsetBefore } from '../protocol/offset.js';
import { Presence, Relay, type Subscriber } from '../relay/relay.js';
import { ConnectionLimit } from './connection-limit.js';
import { guarded } from '../relay/guard.js';
import { Audience } from './fan-out.js';
import { Connection, type SendLimits } from '../connection/connection.js';
import { encodeBatch } from '../connection/prepared-frame.js';
import { SendBudget } from '../connection/send-budget.js';
import { Latest } from './snapshot-store.js';
import { Snapshots } from './snapshots.js';
import { Replays } from './resume.js';
import type { Subscription } from './subscription.js';
import { type Counts, Tally } from './connection-stats.js';

/** How often a shutdown looks whether all clients have answered, in ms. */
const CLOSE_POLL_MS = 20;

/** One timer looks at all connections: at a tenth of them every so many ms, so that heartbeats do not keep the event loop. */
const TICK_MS = 100;
const TICKS_A_ROUND = 10;

/** Where there are no more than this, each is looked at each time, so that its heartbeat is on time. */
const TICK_LEAST = 100;

/** Most bytes that may wait for all clients together, and that as a share of the heap where it is small. */
const MAX_QUEUED_BYTES = 32 * 1024 * 1024;
const MAX_QUEUED_SHARE = 1 / 8;

/** How much of that is left when those for whom the most waits were closed. */
const RELIEVED = 3 / 4;

/** This instance's registry of connections, and the way from the relay to them. */
@Injectable()
export class Hub implements OnModuleInit, Subscriber {
  private readonly connections = new Map<string, Connection>();
  private readonly audience = new Audience();
  private readonly tally = new Tally();
  /** How many connections there may be. */
  readonly limit: ConnectionLimit;
  /** What may wait for each of them. */
  readonly sendLimits: SendLimits;
  private readonly latest: Latest;
  private readonly snapshots: Snapshots;
  private readonly replays: Replays;
  private isClosing = false;
  private tickCount = 0;
  private ticks: NodeJS.Timeout | undefined;
  /** Those that are still to be looked at in this round. */
  private round = this.connections.values();

  constructor(
    private readonly relay: Relay,
    private readonly presence: Presence,
    private readonly config: HubConfig,
  ) {
    const { maxQueueBytes } = config;
    const most = Math.min(MAX_QUEUED_BYTES, getHeapStatistics().heap_size_limit * MAX_QUEUED_SHARE);
    const budget = new SendBudget(Math.max(most, 2 * maxQueueBytes), () => this.relieve());
    this.sendLimits = { maxQueueBytes, budget };
    this.limit = new ConnectionLimit(config.maxConnections);
    this.latest = new Latest(maxQueueBytes);
    this.snapshots = new Snapshots(this.latest, maxQueueBytes, () => this.audience.flush());
    this.replays = new Replays(relay, maxQueueBytes);
  }

  onModuleInit(): void {
    this.relay.subscribe(this);
    this.ticks = setInterval(() => this.tick(), TICK_MS).unref();
  }

  all(): Iterable<Connection> {
    return this.connections.values();
  }

  /** What went on here since the start. */
  counts(): Counts {
    return { ...this.tally.counts(this.all()), refused: this.limit.refused };
  }

  /** @throws HubError `SHUTTING_DOWN` when it is too late to join, `TOO_MANY_CONNECTIONS` when no more may */
  admit(): void {
    if (this.isClosing) throw new HubError('SHUTTING_DOWN', 'the hub is shutting down');
    this.limit.check(this.connections.size);
  }

  /**
   * Greets the connection, and brings it what of the past it asked for; from then on every broadcast that its filter lets
   * through, until it closes.
   */
  join(connection: Connection, { since, epoch: asked, recent, snapshot, filter }: Subscription): void {
    if (!(connection instanceof Connection)) throw new TypeError('only a Connection can join the hub');
    if (!connection.isOpen) return;

    const { complete, head, epoch } = this.relay.read({
      ...(since !== undefined && { since }),
      ...(asked !== undefined && { epoch: asked }),
      limit: 0,
    });
    const recovered = since === undefined ? undefined : complete;
    const newest = recovered ? [] : this.newest(recent, filter);
    const from = recovered ? since : offsetBeforeAll(newest);
    // Not the head where a replay follows: a client that is cut off before its first message would lose all of it.
    const offset = from ?? head;
    connection.filter = filter;
    connection.onClose((code) => this.remove(connection, code));
    this.connections.set(connection.id, connection);
    this.tally.joined(connection);
    this.presence.report(this.connections.size);

    // Greeting and registering happen in one turn, so the greeting is first and no broadcast is missed after it.
    connection.send(
      this.notice(connection, 'connected', {
        ...(offset !== undefined && { offset }),
        ...(epoch !== undefined && { epoch }),
        ...(from !== undefined && head !== undefined && { head }),
        ...(recovered !== undefined && { recovered }),
        ...(filter && { filter: filter.lists }),
      }),
    );
    // Whoever resumes gets of the states only those that it would have got: what came until it has the rest.
    const position = snapshot ? 0 : this.latest.position;
    const goLive = (): void => this.goLive(connection, position);
    if (from !== undefined) {
      this.replays.start(connection, from, epoch, goLive);
    } else {
      broadcast(connection, newest);
      goLive();
    }
  }

  /** Changes what a connection gets, and tells it: what comes before the notice is of the old filter, after it of the new. */
  setFilter(connection: Connection, filter: Filter | undefined): void {
    const isLive = this.audience.delete(connection);
    connection.filter = filter;
    if (isLive) this.audience.add(connection);

    const { epoch } = this.relay.read({ limit: 0 });
    const known = { ...(epoch !== undefined && { epoch }), filter: filter?.lists ?? {} };
    connection.send(this.notice(connection, 'subscribed', known));
  }

  /** Brings out all that was broadcast so far, so that what is written next, to this connection too, comes behind it. */
  flush(connection?: Connection): void {
    this.audience.flush();
    if (connection) this.replays.hurry(connection);
  }

  onBroadcast(delivery: Delivery): void {
    this.tally.broadcast[messageKindOf(delivery.message.type)]++;
    if (!isLogged(delivery.message)) this.latest.keep(delivery);
    this.audience.broadcast(delivery);
  }

  onSend(connectionId: string, json: string): boolean {
    const connection = this.connections.get(connectionId);
    connection?.sendJson(json);

    return connection !== undefined;
  }

  /** Tells every connection that the hub goes away, and waits for the answers until the deadline, in ms of `performance.now`. */
  async close(deadline: number): Promise<void> {
    this.isClosing = true;
    clearInterval(this.ticks);
    this.audience.flush();
    const graceMs = deadline - performance.now();
    for (const connection of this.all()) connection.close(CLOSE.goingAway, graceMs);

    while (this.connections.size > 0 && performance.now() < deadline) await delay(CLOSE_POLL_MS);
    for (const connection of this.all()) connection.terminate();
  }

  private tick(): void {
    const now = performance.now();
    if (++this.tickCount % TICKS_A_ROUND === 0) this.limit.probe();
    const { size } = this.connections;
    for (let left = Math.min(size, Math.max(TICK_LEAST, Math.ceil(size / TICKS_A_ROUND))); left > 0; left--) {
      let next = this.round.next();
      if (next.done) {
        this.round = this.connections.values();
        next = this.round.next();
      }
      const { value, done } = next;
      if (!done) guarded('a tick of a connection', () => value.tick(now), undefined);
    }
  }

  /** Closes those for whom the most waits, until what waits for the others is well below the limit. */
  private relieve(): void {
    const { budget } = this.sendLimits;
    const waiting = [...this.connections.values()].filter(({ cost }) => cost > 0).sort((a, b) => b.cost - a.cost);

    for (const connection of waiting) {
      if (budget.bytes <= budget.maxBytes * RELIEVED) return;
      connection.evict('total');
    }
  }

  /** Brings it the states after this position, and all that is broadcast, with nothing in between. */
  private goLive(connection: Connection, position: number): void {
    this.audience.add(connection);
    if (position < this.latest.position) this.snapshots.start(connection, position);
  }

  /** The newest logged messages that the filter lets through, oldest first. */
  private newest(count: number, filter: Filter | undefined): Delivery[] {
    if (count === 0) return [];
    const { deliveries, ahead } = this.relay.read({ limit: filter ? this.config.historySize : count });

    return [...deliveries, ...ahead].filter(({ message }) => filter?.matches(message) ?? true).slice(-count);
  }

  private remove(connection: Connection, code: number | undefined): void {
    this.connections.delete(connection.id);
    this.tally.left(connection, code);
    this.audience.delete(connection);
    this.replays.delete(connection);
    this.snapshots.delete(connection);
    connection.release();
    this.presence.report(this.connections.size);
  }

  private notice(
    { id }: Connection,
    status: ConnectionMessage['data']['status'],
    rest: Pick<ConnectionMessage['data'], 'offset' | 'epoch' | 'head' | 'recovered' | 'filter'>,
  ): ConnectionMessage {
    const { instanceId } = this.config;

    return {
      type: 'connection',
      data: { status, connection_id: id, instance_id: instanceId, server_time: new Date().toISOString(), ...rest },
    };
  }
}

/** Where to read on from so that all of these come; `undefined` where none has its place in the log yet. */
function offsetBeforeAll([oldest]: readonly Delivery[]): string | undefined {
  const { offset } = (oldest?.message ?? {}) as Partial<LogFields>;

  return offset === undefined ? undefined : offsetBefore(offset);
}

/** Brings one connection what of these it wants. */
function broadcast(connection: Connection, deliveries: readonly Delivery[]): void {
  const { filter, transport } = connection;
  const wanted = deliveries.filter(({ message }) => filter?.matches(message) ?? true);
  if (wanted.length > 0) connection.broadcast(encodeBatch(wanted, transport));
}
