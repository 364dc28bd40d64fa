import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { HubMessage } from '../../src/protocol/messages.js';
import { compareOffsets, isOffset } from '../../src/protocol/offset.js';
import type { Delivery } from '../../src/protocol/messages.js';
import type { Publication, Relay } from '../../src/relay/relay.js';

/** What a suite needs to know of an adapter. */
export interface RelayUnderTest {
  relay: Relay;
  dispose(): Promise<void>;
}

export const HISTORY_SIZE = 100;

let count = 0;

export function logged(n: number, type = 'event'): Publication {
  return publication({ type, ...(type === 'event' && { event_type: 'bark' }), data: { n }, id: `id-${++count}` });
}

export function latest(n: number): Publication {
  return publication({ type: 'telemetry', data: { n } });
}

function publication(message: object): Publication {
  return { message: message as HubMessage, json: JSON.stringify(message) };
}

/** The behaviour that the port promises in prose, held against one adapter. */
export function describeRelay(name: string, create: () => Promise<RelayUnderTest>): void {
  describe(`${name} keeps the contract of Relay`, () => {
    let underTest: RelayUnderTest;
    let relay: Relay;
    let delivered: Delivery[];
    let sent: [string, string][];
    let stop: () => void;

    const recorder = (into: Delivery[]) => ({
      onBroadcast: (delivery: Delivery) => void into.push(delivery),
      onSend: (connectionId: string, json: string) => sent.push([connectionId, json]) > 0,
    });
    const numbers = (deliveries: readonly Delivery[]) =>
      deliveries.map(({ json }) => (JSON.parse(json) as HubMessage).data['n']);

    beforeEach(async () => {
      underTest = await create();
      relay = underTest.relay;
      delivered = [];
      sent = [];
      stop = relay.subscribe(recorder(delivered));
    });
    afterEach(() => underTest.dispose());

    it('has called the subscribers when publish resolves', async () => {
      await relay.publish(logged(1));
      expect(numbers(delivered)).toEqual([1]);

      await relay.publish(latest(2));
      expect(numbers(delivered)).toEqual([1, 2]);
    });

    it('delivers each message once to each subscriber, in one order', async () => {
      const other: Delivery[] = [];
      relay.subscribe(recorder(other));

      await Promise.all(Array.from({ length: 50 }, (_, n) => relay.publish(logged(n))));

      expect(numbers(delivered)).toEqual(Array.from({ length: 50 }, (_, n) => n));
      expect(other).toEqual(delivered);
    });

    it('gives logged messages strictly rising offsets, and the others none', async () => {
      const receipts = [
        await relay.publish(logged(1)),
        await relay.publish(latest(2)),
        await relay.publish(logged(3, 'my_type')),
      ];

      const [first, none, second] = receipts.map(({ offset }) => offset);
      expect(none).toBeUndefined();
      expect(isOffset(first ?? '')).toBe(true);
      expect(compareOffsets(first ?? '', second ?? '')).toBeLessThan(0);
    });

    it('delivers the JSON of the message, with the offset for logged ones, and what it says without its data', async () => {
      const publication = logged(1);
      const { offset } = await relay.publish(publication);
      await relay.publish(latest(2));

      const messages = delivered.map(({ json }) => JSON.parse(json) as HubMessage);
      expect(messages).toEqual([
        { ...publication.message, offset },
        { type: 'telemetry', data: { n: 2 } },
      ]);
      messages.forEach((message, n) => expect(message).toMatchObject(delivered[n]?.message ?? {}));
      expect(delivered.map(({ message: { type } }) => type)).toEqual(['event', 'telemetry']);
    });

    it('loses one message of a subscriber that throws, whatever it throws, and nothing of the others', async () => {
      const thrown: unknown[] = [new Error('x'), undefined, { toString: 1 }, Object.create(null)];
      let calls = 0;
      const fail = (): never => {
        throw thrown[calls++ % thrown.length];
      };
      relay.subscribe({ onBroadcast: fail, onSend: fail });
      const last: Delivery[] = [];
      relay.subscribe(recorder(last));

      for (let n = 0; n < 4; n++) await relay.publish(n % 2 ? latest(n) : logged(n));
      await relay.send('nobody', { type: 'custom', data: {} });

      expect(calls).toBeGreaterThanOrEqual(4);
      expect([numbers(delivered), numbers(last)]).toEqual([
        [0, 1, 2, 3],
        [0, 1, 2, 3],
      ]);
    });

    it('takes an id once, and gives the receipt of the first time again', async () => {
      const publication = logged(1);

      const receipts = await Promise.all([relay.publish(publication), relay.publish(publication)]);
      receipts.push(await relay.publish(publication));

      expect(receipts.map(({ offset }) => offset)).toEqual(Array(3).fill(receipts[0]?.offset));
      expect(numbers(delivered)).toEqual([1]);
    });

    it('stops when told, also twice', async () => {
      stop();
      stop();

      await relay.publish(logged(1));

      expect(delivered).toEqual([]);
    });

    it('sends to a connection by its id', async () => {
      await relay.send('c-1', { type: 'custom', data: { hello: 'you' } });

      expect(sent).toEqual([['c-1', '{"type":"custom","data":{"hello":"you"}}']]);
    });

    describe('read', () => {
      async function publishAll(total: number): Promise<string[]> {
        const offsets: string[] = [];
        for (let n = 0; n < total; n++) offsets.push((await relay.publish(logged(n))).offset ?? '');

        return offsets;
      }

      it('gives what came after an offset, and only what is logged', async () => {
        const offsets = await publishAll(5);
        await relay.publish(latest(9));

        const page = relay.read({ since: offsets[2] ?? '', limit: 10 });

        expect(page.complete).toBe(true);
        expect(numbers(page.deliveries)).toEqual([3, 4]);
        expect(page.deliveries).toEqual(delivered.slice(3, 5));
      });

      it('is complete and empty at the newest offset', async () => {
        const offsets = await publishAll(3);

        expect(relay.read({ since: offsets[2] ?? '', limit: 10 })).toEqual({
          deliveries: [],
          complete: true,
          head: offsets[2],
          epoch: expect.any(String),
          ahead: [],
        });
      });

      it('gives the oldest ones first up to the limit', async () => {
        const offsets = await publishAll(9);

        const page = relay.read({ since: offsets[0] ?? '', limit: 3 });

        expect(numbers(page.deliveries)).toEqual([1, 2, 3]);
      });

      it('gives the newest ones without an offset', async () => {
        await publishAll(9);

        expect(numbers(relay.read({ limit: 2 }).deliveries)).toEqual([7, 8]);
      });

      it('is not complete before the log begins, and not after it ends', async () => {
        await publishAll(3);

        expect(relay.read({ since: '1-0', limit: 10 }).complete).toBe(false);
        expect(relay.read({ since: '999999999999999-0', limit: 10 }).complete).toBe(false);
      });

      it('reaches back as far as the log is long, and says so one further', async () => {
        const offsets = await publishAll(HISTORY_SIZE + 2);

        const whole = relay.read({ since: offsets[1] ?? '', limit: 1_000 });
        expect(whole.complete).toBe(true);
        expect(whole.deliveries).toHaveLength(HISTORY_SIZE);
        expect(relay.read({ since: offsets[0] ?? '', limit: 1_000 }).complete).toBe(false);
      });
    });

    it('takes nothing after close, and closes twice without harm', async () => {
      await relay.close();
      await relay.close();

      await expect(relay.publish(logged(1))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
      expect(delivered).toEqual([]);
    });
  });
}
