import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadHubConfig } from '../../src/config/hub-config.js';
import { Hub } from '../../src/hub/hub.js';
import type { HubMessage } from '../../src/protocol/messages.js';
import { MemoryRelay } from '../../src/relay/memory-relay.js';
import type { Received } from '../support/client.js';
import { PipeClient } from '../support/pipe-client.js';

const QUEUE = 64 * 1024;
const LARGEST = 9_200;

const turn = () => new Promise((resolve) => setImmediate(resolve));
const numberOf = ({ data }: Received) => data['n'] as number;

const message = fc.record({
  /** Which state it is; a fact where absent. */
  key: fc.option(fc.nat(2), { nil: undefined }),
  size: fc.oneof(
    { weight: 3, arbitrary: fc.nat(300) },
    { weight: 1, arbitrary: fc.integer({ min: 3_000, max: 9_000 }) },
  ),
});

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ publish: fc.array(message, { minLength: 1, maxLength: 20 }) }) },
  { weight: 3, arbitrary: fc.record({ read: fc.oneof(fc.nat(300), fc.nat(60_000)) }) },
  { weight: 2, arbitrary: fc.constant('turn' as const) },
  { weight: 1, arbitrary: fc.constantFrom('flush' as const, 'personal' as const, 'ping' as const) },
  { weight: 1, arbitrary: fc.constantFrom('vanish' as const, 'resume' as const) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** One client that comes, reads, stalls, goes and resumes, and what it must have seen in the end. */
class Schedule {
  private readonly config = loadHubConfig({ MAX_QUEUE_BYTES: `${QUEUE}` });
  private readonly relay = new MemoryRelay(this.config);
  private readonly hub = new Hub(this.relay, this.relay.presence, this.config);
  private readonly clients: PipeClient[] = [];
  private readonly newest = new Map<number, number>();
  private readonly sent = { personal: 0, pings: 0 };
  private published = 0;
  private facts: number[] = [];
  private mostWindow = 0;

  constructor(private readonly acks: boolean) {
    this.hub.onModuleInit();
    this.connect();
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const each of steps) {
      await this.take(each);
      this.expectLimits();
    }

    for (let round = 0; !this.isComplete && round < 2_000; round++) {
      if (this.client.isGone) this.connect();
      this.hub.flush();
      this.client.read(Infinity);
      await turn();
    }
    this.expectPromises();
  }

  /** Takes the time of a handshake, so that many are ended at once. */
  async end(): Promise<void> {
    const closed = this.hub.close(performance.now() + 10_000);
    for (const client of this.clients) {
      while (!client.isGone) {
        client.read(Infinity);
        await turn();
      }
    }
    await closed;
  }

  private get client(): PipeClient {
    const client = this.clients.at(-1);
    if (!client) throw new Error('connected in the constructor');

    return client;
  }

  private get isComplete(): boolean {
    const { isGone, messages, pongs } = this.client;
    const states = [...this.newest].map(([key, n]) =>
      messages.some((m) => m.source === `cam-${key}` && numberOf(m) === n),
    );
    const personal = messages.filter(({ type }) => type === 'personal').length;
    const facts = factsOf(this.clients.flatMap((client) => client.messages)).size;

    return (
      !isGone &&
      states.every(Boolean) &&
      personal === this.sent.personal &&
      pongs.length === this.sent.pings &&
      facts >= this.facts.length
    );
  }

  private connect(): void {
    const since = this.clients
      .flatMap(({ messages }) => messages.map(offsetOf))
      .findLast((offset) => offset !== undefined);
    this.clients.push(
      new PipeClient(this.hub, { ...(since !== undefined && { since }), maxQueueBytes: QUEUE, acks: this.acks }),
    );
    this.sent.personal = this.sent.pings = 0;
    this.mostWindow = 0;
    // Without having read the greeting it knows no offset, and misses what came before it is back.
    if (since === undefined) this.facts = [];
  }

  private async take(each: Step): Promise<void> {
    if (typeof each === 'object' && 'publish' in each)
      for (const { key, size } of each.publish) this.publish(key, size);
    else if (typeof each === 'object') this.client.read(each.read);
    else if (each === 'turn') await turn();
    else if (each === 'flush') this.hub.flush();
    else if (each === 'vanish') this.client.vanish();
    else if (each === 'ping') this.client.ping(`${this.sent.pings++}`);
    else if (each === 'resume' && this.client.isGone) this.connect();
    else if (each === 'personal') {
      this.hub.onSend(
        this.client.connection.id,
        JSON.stringify({ type: 'personal', data: { n: this.sent.personal++ } }),
      );
    }
  }

  private publish(key: number | undefined, size: number): void {
    const n = this.published++;
    const data = { n, text: 'x'.repeat(size) };
    const rest =
      key === undefined
        ? { type: 'event', event_type: 'x', data, id: `${n}` }
        : { type: 'telemetry', source: `cam-${key}`, data };
    if (key === undefined) this.facts.push(n);
    else this.newest.set(key, n);

    void this.relay.publish({ message: rest as unknown as HubMessage, json: JSON.stringify(rest) });
  }

  private expectLimits(): void {
    const { buffered, unread = 0, window = 0 } = this.client.connection.info();
    this.mostWindow = Math.max(this.mostWindow, window);

    // A replay goes by slices; each may end with a message that is larger than what is left.
    const slice = QUEUE / 4 + LARGEST;
    expect(unread).toBeLessThanOrEqual(this.mostWindow + slice);
    expect(buffered).toBeLessThanOrEqual(2 * QUEUE + this.mostWindow + slice);
  }

  private expectPromises(): void {
    for (const client of this.clients) {
      const facts = client.messages.filter(({ type }) => type === 'event').map(numberOf);
      expect(facts).toEqual([...new Set(facts)].sort((a, b) => a - b));
      for (const key of this.newest.keys()) {
        const states = client.messages.filter(({ source }) => source === `cam-${key}`).map(numberOf);
        expect(states).toEqual([...new Set(states)].sort((a, b) => a - b));
      }
      const personal = client.messages.filter(({ type }) => type === 'personal').map(numberOf);
      expect(personal).toEqual(personal.map((_, n) => n));
      expect(client.pongs).toEqual(client.pongs.map((_, n) => `${n}`));
      if (client.closeCode !== undefined) expect(client.closeCode).toBe(4008);
    }
    expect(
      [...factsOf(this.clients.flatMap(({ messages }) => messages))].filter((n) => n >= (this.facts[0] ?? 0)),
    ).toEqual(this.facts);
    expect(this.client.messages.filter(({ type }) => type === 'personal')).toHaveLength(this.sent.personal);
    expect(this.client.pongs).toHaveLength(this.sent.pings);
  }
}

function offsetOf({ type, offset, data }: Received): string | undefined {
  return type === 'connection' ? (data['offset'] as string | undefined) : offset;
}

function factsOf(messages: readonly Received[]): Set<number> {
  return new Set(messages.filter(({ type }) => type === 'event').map(numberOf));
}

describe('a client that comes, reads, stalls, goes and resumes under any schedule', () => {
  it.each([
    ['by pongs', false],
    ['by acknowledgements', true],
  ])(
    'gets every event once and in order, no state after a newer one, whole frames, within the limits, %s',
    async (_by, acks) => {
      const schedules: Schedule[] = [];
      const run = (steps: readonly Step[]): Promise<void> => {
        const schedule = new Schedule(acks);
        schedules.push(schedule);

        return schedule.run(steps);
      };

      await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), run), { numRuns: 1_000 });
      await Promise.all(schedules.map((schedule) => schedule.end()));
    },
  );
});
