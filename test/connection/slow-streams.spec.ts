import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EventsService } from '../../src/events/events.service.js';
import { Hub } from '../../src/hub/hub.js';
import { TestClient } from '../support/client.js';
import { PATIENCE_MS, until } from '../support/cluster.js';
import { startHub, type TestHub } from '../support/hub.js';
import { rawConnect } from '../support/raw-http.js';
import { SseClient } from '../support/sse-client.js';

describe('a stream whose reader is slow', () => {
  let hub: TestHub;
  let events: EventsService;

  beforeEach(async () => {
    hub = await startHub();
    events = hub.app.get(EventsService);
  });
  afterEach(() => hub.close());

  const infoOf = (id: string) => [...hub.app.get(Hub).all()].find((one) => one.id === id)?.info();

  it('gets every event, and of the states that its socket does not take only the newest', async () => {
    const witness = await TestClient.open(hub.wsUrl);
    const reader = await SseClient.open(`${hub.url}/api/events/stream`);
    reader.response.pause();
    const text = 'x'.repeat(60_000);
    let n = 0;

    for (; n < 2_000 && (infoOf(reader.id)?.conflated ?? 0) < 50; n++) {
      await events.broadcastOverlayUpdate('heatmap', { n, text });
      if (n % 20 === 0) await events.broadcastEvent('bark', { n });
      await witness.until(() => witness.messages.some((message) => message.data['n'] === n));
      witness.messages.length = 0;
    }
    expect(infoOf(reader.id)?.conflated).toBeGreaterThanOrEqual(50);
    reader.response.resume();
    const numbers = (type: string): unknown[] =>
      reader.events.filter(({ event }) => event === type).map(({ data }) => (data['data'] as { n: number }).n);
    await reader.until(() => numbers('overlay').at(-1) === n - 1);

    expect(numbers('event')).toEqual(Array.from({ length: Math.ceil(n / 20) }, (_, i) => i * 20));
    expect(numbers('overlay').length).toBeLessThan(n - 40);
    reader.close();
    await witness.close();
  });
});

describe('a stream whose reader takes nothing', () => {
  it('is ended when it took nothing for 20 s while something waited', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'setTimeout', 'nextTick', 'queueMicrotask', 'Date'] });
    const hub = await startHub();
    const events = hub.app.get(EventsService);
    try {
      const idle = await SseClient.open(`${hub.url}/api/events/stream`);
      const socket = rawConnect(hub.url);
      socket.on('error', () => undefined);
      socket.write('GET /api/events/stream HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(socket, 'readable');
      const text = 'x'.repeat(200_000);
      while (hub.app.get(Hub).counts().heldBack === 0) {
        await events.broadcastTelemetry({ text });
        await new Promise((resolve) => setImmediate(resolve));
      }

      await jest.advanceTimersByTimeAsync(25_000);
      await until(
        PATIENCE_MS,
        () => hub.app.get(Hub).counts().evicted.stalled === 1,
        () => JSON.stringify(hub.app.get(Hub).counts()),
      );

      expect(events.connectionCount()).toBe(1);
      idle.close();
      socket.destroy();
    } finally {
      jest.useRealTimers();
      await hub.close();
    }
  });
});
