import { randomUUID } from 'node:crypto';
import type { RedisProcess } from '../support/redis.js';
import { startRedis } from '../support/redis.js';
import { BusReader } from './bus-reader.js';
import { Canaries } from './canaries.js';
import type { Faults } from './faults.js';
import { HubUnderTest } from './hub-under-test.js';
import { type Input, isOfRedis, type RedisInput, type WireInput } from './inputs/inputs.js';
import { type Reader, SseReader, WebSocketReader } from './readers.js';
import { HttpPool } from './send/http-pool.js';
import { Lane } from './send/lane.js';
import { OneShots } from './send/one-shots.js';
import { Knowledge, RedisSender } from './send/redis-sender.js';
import { SocketPool } from './send/socket-pool.js';

/** Small, so that the log is full soon and a hub that holds on to something shows it. */
const LIMITS = { HISTORY_SIZE: '5000', HISTORY_BYTES: '1048576', OUTBOX_BYTES: '2097152' };

/** Events that fill the log before anything is measured: the log of a hub that has run for a while is full. */
const FILLING = Array.from({ length: 1_000 }, (_, n) => ({
  type: 'event',
  event_type: 'filling',
  data: { n, note: 'x'.repeat(150) },
}));
const FILLING_TIMES = 5;

/** The ways to send to one hub. */
interface Lines {
  http: Lane<WireInput>;
  oneShots: Lane<WireInput>;
  frames: Lane<WireInput>;
  close(): void;
}

/** The hubs under test, who reads from them, and the ways to send to them: one hub alone, and two that share a Redis. */
export class World {
  readonly hubs: HubUnderTest[] = [];
  readonly readers: Reader[] = [];
  readonly canaries: Canaries[] = [];
  private readonly key = randomUUID();
  private readonly knowledge = new Knowledge();
  private lines: Lines[] = [];
  private redis: RedisProcess | undefined;
  private redisLane: Lane<RedisInput> | undefined;

  constructor(
    private readonly faults: Faults,
    private readonly command: readonly string[],
    /** Without Redis there is the one hub only. */
    private readonly hasRedis: boolean,
    private readonly onSent: (input: Input) => void,
  ) {}

  async open(): Promise<void> {
    this.hubs.push(await HubUnderTest.start(0, 'the hub without Redis', this.command, LIMITS, this.faults));
    if (this.hasRedis) await this.openShared();
    for (const hub of this.hubs.slice(0, 2)) await this.fill(hub);
    await Promise.all(this.hubs.map((hub) => this.openReaders(hub)));

    for (const hub of this.hubs) {
      const readers = this.readers.filter(({ hears }) => hears.includes(hub.index));
      this.canaries.push(new Canaries(hub, readers, this.key, this.faults));
    }
    this.reconnect();
  }

  /** Resolves when the next one may come. */
  async send(input: Input): Promise<void> {
    if (isOfRedis(input)) return this.redisLane?.add(input);

    const lines = this.lines[Math.floor(input.hub * this.hubs.length)];
    if (input.class === 'frame') return lines?.frames.add(input);

    return (input.ends ? lines?.oneShots : lines?.http)?.add(input);
  }

  /** Resolves when all that was to be sent has been. */
  async flushed(): Promise<void> {
    await this.redisLane?.empty();
    for (const { http, oneShots, frames } of this.lines)
      await Promise.all([http, oneShots, frames].map((lane) => lane.empty()));
  }

  /** New connections for what is sent. */
  reconnect(): void {
    this.lines = this.hubs.map((hub) => this.linesTo(hub));
  }

  /** Closes what inputs were sent on. */
  disconnect(): void {
    this.redisLane?.clear();
    for (const lines of this.lines.splice(0)) lines.close();
  }

  async close(): Promise<void> {
    this.knowledge.stop();
    this.disconnect();
    for (const reader of this.readers) reader.close();
    await Promise.all(this.hubs.map((hub) => hub.close()));
    await this.redis?.stop();
  }

  private async openShared(): Promise<void> {
    const redis = (this.redis = await startRedis());
    const environment = { ...LIMITS, REDIS_HOST: '127.0.0.1', REDIS_PORT: String(redis.port) };
    for (const index of [1, 2]) {
      this.hubs.push(await HubUnderTest.start(index, `hub ${index} on Redis`, this.command, environment, this.faults));
    }

    const client = redis.client();
    const sender = new RedisSender(client, this.knowledge);
    this.redisLane = new Lane(
      (input) => sender.send(input.command),
      (input) => this.note(input),
    );
    await this.knowledge.watch(
      client,
      () => this.readers.find(({ hears }) => hears.includes(1)) ?? { offset: '0-0', connectionId: '' },
    );
    const bus = new BusReader(redis.port, { ...this.readerOptions('the Nest service', 1), hears: [1, 2] });
    await bus.open();
    this.readers.push(bus);
  }

  private linesTo(hub: HubUnderTest): Lines {
    const http = new HttpPool(hub, this.faults);
    const oneShots = new OneShots(hub, this.faults);
    const sockets = new SocketPool(hub);
    const lane = (sendOne: (input: WireInput) => Promise<boolean>): Lane<WireInput> =>
      new Lane(sendOne, (input) => this.note(input, hub.index));
    const lines = {
      http: lane(({ index, bytes }) => http.send(index, this.knowledge.fillFirstLine(bytes))),
      oneShots: lane(({ index, bytes }) => oneShots.send(index, this.knowledge.fillFirstLine(bytes))),
      frames: lane(({ bytes, ends }) => sockets.send(bytes, ends)),
    };

    return {
      ...lines,
      close() {
        for (const one of Object.values(lines)) one.clear();
        for (const pool of [http, oneShots, sockets]) pool.close();
      },
    };
  }

  private note(input: Input, hub?: number): void {
    this.faults.noteSent(input.index, hub);
    this.onSent(input);
  }

  private async fill(hub: HubUnderTest): Promise<void> {
    for (let times = 0; times < FILLING_TIMES; times++) {
      const headers = { 'content-type': 'application/json' };
      await (
        await fetch(`${hub.url}/api/events/broadcast/batch`, { method: 'POST', headers, body: JSON.stringify(FILLING) })
      ).text();
    }
  }

  private async openReaders(hub: HubUnderTest): Promise<void> {
    const readers = [
      new WebSocketReader(hub.wsUrl, this.readerOptions(`a WebSocket of ${hub.name}`, hub.index)),
      new SseReader(`${hub.url}/api/events/stream`, this.readerOptions(`an SSE reader of ${hub.name}`, hub.index)),
    ];
    await Promise.all(readers.map(({ ready }) => ready));
    this.readers.push(...readers);
  }

  private readerOptions(name: string, hub: number) {
    return { name, hub, hears: hub === 0 ? [0] : [1, 2], key: this.key, faults: this.faults };
  }
}
