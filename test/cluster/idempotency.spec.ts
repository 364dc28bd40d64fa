import { describe, expect, it } from '@jest/globals';
import { type Answer, GUIDE_BODIES, post } from '../support/http.js';
import { useCluster } from '../support/use-cluster.js';

describe('an Idempotency-Key', () => {
  const shared = useCluster((instances) => instances);

  const send = (instance: number, path: string, body: unknown, key: string): Promise<Answer> =>
    post(shared.cluster.at(instance).url + path, body, { 'content-type': 'application/json', 'idempotency-key': key });

  /** What each client got before an event that is posted now. */
  async function untilBarrier(): Promise<{ type: string; id?: string }[][]> {
    const { body } = await post(`${shared.cluster.at(0).url}/api/events/broadcast`, {
      event_type: 'barrier',
      data: {},
    });
    for (const client of shared.clients) await client.until(() => client.messages.some(({ id }) => id === body['id']));

    return shared.clients.map(({ messages }) => messages.filter(({ id }) => id !== body['id']));
  }

  it.each(Object.entries(GUIDE_BODIES))(
    'makes one message of a POST to %s that is repeated elsewhere',
    async (path, body) => {
      const key = `one after the other ${path}`;
      const first = await send(0, path, body, key);
      const again = [await send(1, path, body, key), await send(2, path, body, key), await send(0, path, body, key)];

      for (const answer of again) {
        expect(answer).toMatchObject({ status: 202, body: { type: first.body['type'], shared: true } });
        expect(answer.body['id']).toBe(first.body['id']);
      }
      for (const messages of await untilBarrier()) expect(messages).toMatchObject([{ type: first.body['type'] }]);
    },
  );

  it.each(Object.entries(GUIDE_BODIES))(
    'says at another instance that the answer for %s is repeated',
    async (path, body) => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': `replayed ${path}` };
      const replayed: (string | null)[] = [];
      for (const n of [0, 1, 2, 1]) {
        const answer = await fetch(shared.cluster.at(n).url + path, {
          method: 'POST',
          headers,
          body: JSON.stringify(body),
        });
        expect(answer.status).toBe(202);
        replayed.push(answer.headers.get('idempotency-replayed'));
      }

      expect(replayed).toEqual([null, 'true', 'true', 'true']);
    },
  );

  it('refuses it with another body at another instance, whatever the route', async () => {
    const event = { event_type: 'bark', data: { n: 1 } };
    const telemetry = { data: { n: 1 } };
    await send(0, '/api/events/broadcast', event, 'reused event');
    await send(0, '/api/events/broadcast/telemetry', telemetry, 'reused telemetry');

    for (const instance of [1, 2, 0]) {
      for (const answer of [
        await send(instance, '/api/events/broadcast', { ...event, source: 'cam' }, 'reused event'),
        await send(instance, '/api/events/broadcast/telemetry', telemetry, 'reused event'),
        await send(instance, '/api/events/broadcast/telemetry', { data: { n: 2 } }, 'reused telemetry'),
        await send(instance, '/api/events/broadcast', event, 'reused telemetry'),
      ]) {
        expect(answer).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
      }
    }
    for (const messages of await untilBarrier()) expect(messages).toHaveLength(2);
  });

  it('makes one message of POSTs that come to all instances at the very same moment', async () => {
    const body = { event_type: 'bark', data: {} };
    const keys = Array.from({ length: 50 }, (_, i) => `at once ${i}`);
    const answers = await Promise.all(
      keys.map((key) => Promise.all([0, 1, 2, 0, 1, 2].map((i) => send(i, '/api/events/broadcast', body, key)))),
    );

    const ids = answers.map((same) => [...new Set(same.map((answer) => answer.body['id']))]);
    expect(ids.map(({ length }) => length)).toEqual(keys.map(() => 1));
    expect(new Set(ids.flat()).size).toBe(keys.length);
    for (const messages of await untilBarrier()) {
      expect(messages.map(({ id }) => id).sort()).toEqual(ids.flat().sort());
    }
  });

  it('makes one overlay of POSTs that come to all instances at the very same moment', async () => {
    const path = '/api/events/broadcast/overlay';
    const keys = Array.from({ length: 20 }, (_, i) => `overlay at once ${i}`);
    for (const [n, key] of keys.entries()) {
      const body = { ...GUIDE_BODIES[path], source: `cam-${n}` };
      await Promise.all([0, 1, 2].map((instance) => send(instance, path, body, key)));
    }

    for (const messages of await untilBarrier()) expect(messages).toHaveLength(keys.length);
  });
});
