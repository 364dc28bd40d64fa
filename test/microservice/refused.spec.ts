import { afterEach, describe, expect, it } from '@jest/globals';
import { TestClient } from '../support/client.js';
import { AS_USER, grant, inState, linesOf, startHubAt, statesFor } from '../support/lone-hub.js';
import type { HubProcess } from '../support/process.js';
import { type RedisProcess, startRedis } from '../support/redis.js';

const INLET = ['broadcast', 'action', 'overlay', 'telemetry', 'dog-detection', 'connections'].map(
  (name) => `dogmonitor.${name}`,
);

describe('the inlet of other services, where Redis refuses it', () => {
  let redis: RedisProcess | undefined;
  let hub: HubProcess | undefined;

  afterEach(async () => {
    await hub?.kill();
    await redis?.stop();
    hub = redis = undefined;
  });

  it('goes on where only the channels of other services are refused, says so once, and hears them again', async () => {
    redis = await startRedis();
    const own = grant('resetchannels', '&dogmonitor:*');
    await own(redis);
    hub = await startHubAt(redis.port, AS_USER);
    await hub.printed(/other services are not heard: Redis refused SUBSCRIBE: NOPERM/);
    await inState(hub, 'shared');
    expect(await statesFor(3_000, hub)).toEqual(new Set(['shared']));
    expect(linesOf(hub, /not heard/)).toHaveLength(1);

    await grant('allchannels')(redis);
    await hub.printed(/other services are heard again/);
    const client = await TestClient.open(hub.wsUrl);
    await redis.cli('PUBLISH', 'dogmonitor.broadcast', '{"event_type":"howl","data":{}}');
    expect(await client.received(1)).toMatchObject([{ event_type: 'howl' }]);

    await own(redis);
    await hub.printed(/not heard[^]*not heard/);
    expect(hub.child.exitCode).toBeNull();
  });

  it('goes on where it may not answer another service', async () => {
    redis = await startRedis();
    await grant('resetchannels', '&dogmonitor:*', ...INLET.map((channel) => `&${channel}`))(redis);
    hub = await startHubAt(redis.port, AS_USER);
    await inState(hub, 'shared');
    const client = await TestClient.open(hub.wsUrl);

    await redis.cli('PUBLISH', 'dogmonitor.connections', '{"pattern":"dogmonitor.connections","id":"1","data":{}}');
    await redis.cli('PUBLISH', 'dogmonitor.broadcast', '{"event_type":"howl","data":{}}');
    await client.received(1);
    expect(hub.child.exitCode).toBeNull();
  });
});
