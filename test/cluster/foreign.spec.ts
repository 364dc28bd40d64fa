import { describe, expect, it } from '@jest/globals';
import type { Received } from '../support/client.js';
import { PATIENCE_MS, until } from '../support/cluster.js';
import { GUIDE_BODIES, post } from '../support/http.js';
import { useCluster } from '../support/use-cluster.js';

const CHANNEL = 'dogmonitor:events';

const nested = (levels: number): string => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);

/** Nothing of this is a message. */
const GARBAGE: (string | Buffer)[] = [
  '',
  'woof',
  '{',
  'null',
  '42',
  '"sit"',
  '[]',
  '{}',
  '[{"type":"event","event_type":"sit","data":{}}]',
  '{"type":5,"data":{}}',
  '{"type":null,"event_type":"sit","data":{}}',
  '{"type":"event","data":{}}',
  '{"type":"event","event_type":"sit"}',
  '{"type":"event","event_type":7,"data":{}}',
  '{"type":"event","event_type":"a b","data":{}}',
  '{"type":"event","event_type":"sit","data":[]}',
  '{"type":"event","event_type":"sit","data":"x"}',
  '{"type":"event","event_type":"sit","data":{},"source":5}',
  '{"type":"event","event_type":"sit","data":{"__proto__":{"type":"event"}}}',
  '{"type":"overlay","overlay_type":"nope","data":{}}',
  '{"type":"overlay","overlay_type":"detection","data":{"boxes":"many"}}',
  '{"type":"connection","data":{"status":"connected"}}',
  '{"type":"pong","data":{}}',
  '{"type":"error","data":{}}',
  `{"type":"event","event_type":"sit","data":${nested(40)}}`,
  `{"type":"event","event_type":"sit","data":${nested(5_000)}}`,
  '['.repeat(20_000),
  Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x7b]),
];
const HUGE = [
  `{"type":"event","event_type":"sit","data":{"text":"${'x'.repeat(5 * 1024 * 1024)}"}}`,
  '{'.repeat(5 * 1024 * 1024),
];

describe('the channel, as services in any language use it', () => {
  const shared = useCluster((instances) => [...instances, ...instances]);

  /** Waits until every client has this event, and gives what each has got. */
  async function untilAllHave(eventType: string): Promise<Received[][]> {
    const isIt = ({ event_type }: Received): boolean => event_type === eventType;
    await until(
      PATIENCE_MS,
      () => shared.clients.every(({ messages }) => messages.some(isIt)),
      () => `not all have ${eventType}`,
    );

    return shared.clients.map(({ messages }) => messages);
  }

  it('brings an event that redis-cli publishes to every client of every instance once', async () => {
    await shared.redis.cli('PUBLISH', CHANNEL, '{"type":"event","event_type":"sit","data":{}}');
    await untilAllHave('sit');
    await post(`${shared.cluster.at(0).url}/api/events/broadcast`, { event_type: 'barrier', data: {} });
    const [first = [], ...others] = await untilAllHave('barrier');

    expect(first).toMatchObject([{ type: 'event', event_type: 'sit', data: {} }, { event_type: 'barrier' }]);
    expect(first[0]?.offset).toMatch(/^\d+-\d+$/);
    for (const messages of others) expect(messages).toEqual(first);
  });

  it('brings an overlay and a message of its own type that a service publishes to every client', async () => {
    const overlay = { type: 'overlay', overlay_type: 'zone', source: 'cam-1', data: { points: [1, 2] } };
    const custom = { type: 'weather', data: { rain: true } };
    await shared.redis.cli('PUBLISH', CHANNEL, JSON.stringify(overlay));
    await shared.redis.cli('PUBLISH', CHANNEL, JSON.stringify(custom));
    await Promise.all(shared.clients.map((client) => client.received(2)));

    for (const { messages } of shared.clients) {
      expect(messages).toHaveLength(2);
      expect(messages).toContainEqual(expect.objectContaining(overlay));
      expect(messages).toContainEqual(expect.objectContaining(custom));
    }
  });

  it('leaves out an overlay that was held up, also of an instance it never heard of, and takes one that was not', async () => {
    const publishOverlay = async (n: number, ageMs: number): Promise<void> => {
      const [seconds = 0, micros = 0] = ((await shared.redis.cli('TIME')) as string[]).map(Number);
      const at = Math.floor(seconds * 1_000 + micros / 1_000) - ageMs;
      const overlay = {
        type: 'overlay',
        overlay_type: 'zone',
        source: `cam-${n}`,
        data: { n },
        origin: `hub-${n}`,
        at,
      };
      await shared.redis.cli('PUBLISH', CHANNEL, JSON.stringify(overlay));
    };
    await publishOverlay(1, 2_000);
    await publishOverlay(2, 0);
    await Promise.all(shared.clients.map((client) => client.received(1)));

    for (const { messages } of shared.clients) expect(messages.map(({ data }) => data)).toEqual([{ n: 2 }]);
  });

  it('shows a plain subscriber each message of the hub, in the shape of the guide, and nothing else', async () => {
    const heard: Received[] = [];
    const elsewhere: string[] = [];
    const subscriber = shared.redis.client();
    subscriber.on('pmessage', (_pattern: string, channel: string, text: string) => {
      if (channel === CHANNEL) heard.push(JSON.parse(text) as Received);
      else elsewhere.push(channel);
    });
    await subscriber.psubscribe('*');

    for (const { url } of shared.cluster.instances) {
      for (const [path, body] of Object.entries(GUIDE_BODIES)) await post(url + path, body);
    }
    // Each instance has probed Redis meanwhile, and more than once.
    await until(
      PATIENCE_MS,
      () => elsewhere.length >= 3 * shared.cluster.instances.length,
      () => `heard only ${elsewhere.join()} beside the channel`,
    );
    await post(`${shared.cluster.at(0).url}/api/events/broadcast`, { event_type: 'barrier', data: {} });
    await until(
      PATIENCE_MS,
      () => heard.some(({ event_type }) => event_type === 'barrier'),
      () => 'no barrier',
    );
    subscriber.disconnect();

    const shapes = heard.map(({ type, event_type, overlay_type, data: { timestamp, ...data } }) => ({
      ...{ type, event_type, overlay_type, data },
      hasTime: typeof timestamp === 'string',
    }));
    const hasTime = false;
    const four = [
      { type: 'event', event_type: 'test_event', data: GUIDE_BODIES['/api/events/broadcast'].data, hasTime },
      { type: 'event', event_type: 'sit', data: { confidence: 0.95, metadata: { duration: 5.2 } }, hasTime: true },
      { type: 'overlay', overlay_type: 'detection', data: GUIDE_BODIES['/api/events/broadcast/overlay'].data, hasTime },
      { type: 'telemetry', data: GUIDE_BODIES['/api/events/broadcast/telemetry'].data, hasTime },
    ];
    expect(shapes).toEqual([...four, ...four, ...four, { type: 'event', event_type: 'barrier', data: {}, hasTime }]);
  });

  it('ignores 10,000 messages of garbage', async () => {
    const publisher = shared.redis.client();
    for (const text of HUGE) await publisher.publish(CHANNEL, text);
    const expected: string[] = [];
    for (let sent = 0; sent < 10_000; sent += 500) {
      const batch = Array.from({ length: 500 }, (_, i) => GARBAGE[(sent + i) % GARBAGE.length] ?? '');
      await Promise.all(batch.map((text) => publisher.publish(CHANNEL, text)));
      // No more at once than the instances read: one that is seconds behind takes Redis for dead.
      expected.push(`after_${sent}`);
      await publisher.publish(CHANNEL, `{"type":"event","event_type":"after_${sent}","data":{}}`);
      await untilAllHave(`after_${sent}`);
    }

    await post(`${shared.cluster.at(1).url}/api/events/broadcast`, { event_type: 'barrier', data: {} });
    const all = await untilAllHave('barrier');

    for (const messages of all) {
      expect(messages.map(({ event_type }) => event_type)).toEqual([...expected, 'barrier']);
    }
    await shared.cluster.ready();
    for (const instance of shared.cluster.instances) {
      expect(instance.stateChanges.at(-1)?.to).toBe('shared');
      expect(instance.output()).not.toMatch(/at .*\.js:\d+/);
    }
  });
});
