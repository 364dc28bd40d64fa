import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { EventsService } from '../../src/events/events.service.js';
import { PATIENCE_MS, until } from '../../test/support/cluster.js';
import { startHub, type TestHub } from '../../test/support/hub.js';
import { createHubClient, type HubClient, type HubClientOptions } from '../src/index.js';

describe('a handler', () => {
  let hub: TestHub;
  let events: EventsService;
  let client: HubClient;
  /** `n` of each message, and whether it was told as past. */
  let got: [n: unknown, isPast: boolean][];

  beforeEach(async () => {
    hub = await startHub();
    events = hub.app.get(EventsService);
    got = [];
  });
  afterEach(async () => {
    client.close();
    await hub.close();
  });

  const open = (options: Partial<HubClientOptions>): void => {
    client = createHubClient({ url: hub.url, WebSocket, ...options });
    for (const name of ['bark', 'telemetry', 'overlay'] as const)
      client.on(name, ({ data }, { isPast }) => got.push([data['n'], isPast]));
    client.on('treat', ({ data }, { isPast }) => got.push([data['n'], isPast]));
  };
  const come = (count: number): Promise<void> =>
    until(
      PATIENCE_MS,
      () => got.length >= count,
      () => JSON.stringify(got),
    );
  const publish = async (n: number): Promise<void> => {
    await events.broadcastEvent('bark', { n });
    await events.broadcastTelemetry({ n });
    await events.broadcastOverlayUpdate('zone', { n, zones: [] });
    await events.broadcast({ type: 'treat', data: { n } });
  };

  it('is told what was before the connection, and what happens now', async () => {
    await publish(1);
    open({ recent: 10, snapshot: true });
    const all: boolean[] = [];
    client.on('message', (_, { isPast }) => all.push(isPast));
    await come(4);
    await publish(2);
    await come(8);

    expect(got.filter(([n]) => n === 1).map(([, isPast]) => isPast)).toEqual([true, true, true, true]);
    expect(got.filter(([n]) => n === 2).map(([, isPast]) => isPast)).toEqual([false, false, false, false]);
    expect(all).toEqual([true, true, true, true, false, false, false, false]);
  });

  it('is not told that messages take as long as they were kept', async () => {
    await publish(1);
    await events.broadcastEvent('bark', { n: 1, timestamp: '2001-01-01T00:00:00Z' });
    open({ recent: 10, snapshot: true });
    await come(5);

    expect(client.stats.ageMs).toBeUndefined();
  });

  it.each([false, true])(
    'is told that what it had missed is past, and what comes after that is new (share: %s)',
    async (share) => {
      open({ share });
      await until(
        PATIENCE_MS,
        () => client.state.name === 'open',
        () => client.state.name,
      );
      await events.broadcastEvent('bark', { n: 1 });
      await come(1);
      const since = client.offset;
      client.close();
      await events.broadcastEvent('bark', { n: 2 });

      open({ share, ...(since && { since }) });
      await come(2);
      await events.broadcastEvent('bark', { n: 3 });
      await come(3);

      expect(got).toEqual([
        [1, false],
        [2, true],
        [3, false],
      ]);
    },
  );
});

describe('an address that is none', () => {
  it.each(['', '   ', undefined, null, 'nonsense', 'ftp://dog', 'http//dog', 'mailto:dog@home'])(
    'is refused with the name of its option: %j',
    (url) => {
      for (const share of [false, true]) {
        expect(() => createHubClient({ url: url as string, WebSocket, connect: false, share })).toThrow(
          /^option url(:| is empty)/,
        );
      }
    },
  );
});
