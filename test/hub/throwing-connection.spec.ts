import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventsService } from '../../src/events/events.service.js';
import { Hub } from '../../src/hub/hub.js';
import { Turns } from '../../src/hub/time-sliced-queue.js';
import { TestClient } from '../support/client.js';
import { startHub, type TestHub } from '../support/hub.js';

const fail = (): never => {
  throw new Error('on purpose');
};

describe('a connection that throws', () => {
  let hub: TestHub;

  beforeEach(async () => {
    hub = await startHub({ LOG_LEVEL: 'error' });
  });
  afterEach(() => hub.close());

  it('is let go of, and the others get all that is broadcast, at once and by the timer', async () => {
    const [bad, good] = [await TestClient.open(hub.wsUrl), await TestClient.open(hub.wsUrl)];
    for (const connection of hub.app.get(Hub).all()) {
      if (connection.id === bad.id) Object.assign(connection, { broadcast: fail, tick: fail });
    }

    for (let n = 0; n < 20; n++) await hub.app.get(EventsService).broadcastEvent('bark', { n });

    expect((await good.received(20)).map(({ data }) => data['n'])).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect((await bad.closed).code).toBe(1006);
  });

  it('does not keep the work in turns from the others', async () => {
    const done: number[] = [];
    await new Promise<void>((resolve) => {
      const turns = new Turns<number>((n) => {
        if (n === 1) fail();
        done.push(n);
        if (n === 3) resolve();
      });
      for (const n of [0, 1, 2, 3]) turns.add(n);
    });

    expect(done).toEqual([0, 2, 3]);
  });
});
