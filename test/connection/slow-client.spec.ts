import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventsService } from '../../src/events/events.service.js';
import type { JsonObject } from '../../src/protocol/messages.js';
import { TestClient } from '../support/client.js';
import { startHub, type TestHub } from '../support/hub.js';
import { rawConnect, upgradeRequest } from '../support/raw-http.js';

/** How long what ends a connection may be under way, in ms. */
const GRACE_MS = 15_000;

describe('a client that does not behave', () => {
  let hub: TestHub;
  let events: EventsService;

  beforeEach(async () => {
    hub = await startHub();
    events = hub.app.get(EventsService);
  });
  afterEach(() => hub.close());

  /** Lets the event loop turn, so that sockets are heard. */
  async function broadcastAndYield(data: JsonObject): Promise<void> {
    await events.broadcastEvent('bark', data);
    await new Promise((resolve) => setImmediate(resolve));
  }

  it('delays nobody when it stops reading, and is closed as a slow consumer', async () => {
    const [stalled, healthy] = [await TestClient.open(hub.wsUrl), await TestClient.open(hub.wsUrl)];
    stalled.socket.pause();
    const text = 'x'.repeat(60_000);

    // More than the kernel takes for a socket plus the queue of one connection.
    for (let n = 0; n < 200; n++) {
      await events.broadcastEvent('bark', { n, text });
      await healthy.received(n + 1);
    }

    expect(healthy.messages.map(({ data }) => data['n'])).toEqual(Array.from({ length: 200 }, (_, n) => n));
    stalled.socket.resume();
    expect([1006, 4008]).toContain((await stalled.closed).code);
    const numbers = stalled.messages.map(({ data }) => data['n']);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, n) => n));
    while (events.connectionCount() > 1) await broadcastAndYield({});
  });

  it('is forgotten when 2,000 vanish without a word', async () => {
    const server = hub.app.getHttpServer();
    const witness = await TestClient.open(hub.wsUrl);
    const held: Record<string, number>[] = [];

    for (let round = 0; round < 4; round++) {
      const sockets = await Promise.all(
        Array.from({ length: 500 }, async (_, n) => {
          const socket = rawConnect(hub.url);
          socket.on('error', () => undefined);
          socket.write(upgradeRequest('/ws/ui'));
          await once(socket, 'data');

          return { socket, abruptly: n % 2 === 0 };
        }),
      );
      expect(events.connectionCount()).toBe(501);
      for (const { socket, abruptly } of sockets) {
        if (abruptly) socket.resetAndDestroy();
        else socket.destroy();
      }
      while (events.connectionCount() > 1) await broadcastAndYield({});
      held.push(listenersOf(server));
    }

    await witness.settled();
    expect(events.connectionCount()).toBe(1);
    expect(held).toEqual(held.map(() => held[0]));
    // Node's own clock for the Date header comes and goes, and a close that was under way has its grace; one timer a
    // connection would be hundreds.
    for (let waited = 0; timers() >= 10 && waited < GRACE_MS; waited += 50) await delay(50);
    expect(timers()).toBeLessThan(10);
  });

  it('hurts nobody when its socket fails before the upgrade is answered', async () => {
    const witness = await TestClient.open(hub.wsUrl);
    const server = hub.app.getHttpServer();
    const failed = new Promise((resolve) => {
      server.once('upgrade', (_request, accepted) => resolve(accepted.destroy(new Error('reset'))));
    });

    const socket = rawConnect(hub.url);
    socket.on('error', () => undefined);
    socket.write(upgradeRequest('/ws/ui'));
    await failed;
    await once(socket, 'close');

    expect(await witness.settled()).toEqual([]);
    expect(events.connectionCount()).toBe(1);
  });

  it('is terminated when it does not answer a close', async () => {
    const socket = rawConnect(hub.url);
    socket.on('error', () => undefined);
    socket.write(upgradeRequest('/ws/ui'));
    await once(socket, 'data');
    socket.pause();

    const text = 'x'.repeat(200_000);
    while (events.connectionCount() > 0) await broadcastAndYield({ text });

    expect(events.connectionCount()).toBe(0);
    socket.destroy();
  });
});

function listenersOf(emitter: NodeJS.EventEmitter): Record<string, number> {
  return Object.fromEntries(emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]));
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}
