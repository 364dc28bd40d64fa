import { afterEach, describe, expect, it } from '@jest/globals';
import { post } from '../support/http.js';
import { AS_USER, grant, inState, linesOf, PASSWORD, servesAlone, startHubAt, statesFor } from '../support/lone-hub.js';
import type { HubProcess } from '../support/process.js';
import { freePort, type RedisProcess, startRedis } from '../support/redis.js';

type Do = (redis: RedisProcess) => Promise<unknown>;

interface Saying {
  /** What makes it refuse. */
  refuse: Do;
  /** What makes it take all again. */
  relent: Do;
  environment?: Record<string, string>;
  /** What the line says. */
  says: RegExp;
}

const config =
  (key: string, value: string): Do =>
  (redis) =>
    redis.cli('CONFIG', 'SET', key, value);
const wrongType = (key: string): Saying => ({
  refuse: async (redis) => {
    await redis.cli('DEL', key);
    await redis.cli(key.endsWith('log') ? 'SET' : 'LPUSH', key, 'x');
  },
  relent: (redis) => redis.cli('DEL', key),
  says: /Redis refused EVAL: WRONGTYPE/,
});

/** Those that a Redis which runs can begin to say, and cease to. */
const SAYINGS: Record<string, Saying> = {
  OOM: { refuse: config('maxmemory', '1'), relent: config('maxmemory', '0'), says: /Redis refused EVAL: OOM/ },
  NOREPLICAS: {
    refuse: config('min-replicas-to-write', '1'),
    relent: config('min-replicas-to-write', '0'),
    says: /Redis refused EVAL: NOREPLICAS/,
  },
  READONLY: {
    refuse: (redis) => redis.cli('REPLICAOF', '127.0.0.1', '1'),
    relent: (redis) => redis.cli('REPLICAOF', 'NO', 'ONE'),
    says: /Redis refused EVAL: READONLY/,
  },
  MASTERDOWN: {
    refuse: async (redis) => {
      await redis.cli('CONFIG', 'SET', 'replica-serve-stale-data', 'no');
      await redis.cli('REPLICAOF', '127.0.0.1', '1');
    },
    relent: (redis) => redis.cli('REPLICAOF', 'NO', 'ONE'),
    says: /Redis refused (EVAL|PING): MASTERDOWN/,
  },
  'a log of another type': wrongType('{dogmonitor}:log'),
  'ids of another type': wrongType('{dogmonitor}:ids'),
  'meta of another type': wrongType('{dogmonitor}:meta'),
  'instances of another type': wrongType('{dogmonitor}:instances'),
  'no right to the channels': {
    environment: AS_USER,
    refuse: grant('resetchannels'),
    relent: grant('allchannels'),
    says: /Redis refused SUBSCRIBE: NOPERM/,
  },
  'no right to SUBSCRIBE': {
    environment: AS_USER,
    refuse: async (redis) => {
      await grant('allchannels', '-subscribe')(redis);
      await redis.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
    },
    relent: grant('allchannels', '+subscribe'),
    says: /Redis refused SUBSCRIBE: NOPERM/,
  },
  'no right to EVAL': {
    environment: AS_USER,
    refuse: grant('allchannels', '-eval'),
    relent: grant('allchannels', '+eval'),
    says: /Redis refused EVAL: NOPERM/,
  },
  'no right to XADD': {
    environment: AS_USER,
    refuse: grant('allchannels', '-xadd'),
    relent: grant('allchannels', '+xadd'),
    says: /Redis refused EVAL/,
  },
  'another password': {
    environment: AS_USER,
    refuse: async (redis) => {
      await grant('allchannels', `<${PASSWORD}`, '>other')(redis);
      await redis.cli('CLIENT', 'KILL', 'USER', 'hub');
    },
    relent: grant('allchannels'),
    says: /Redis refused HELLO: WRONGPASS/,
  },
  'a user that is gone': {
    environment: AS_USER,
    refuse: (redis) => redis.cli('ACL', 'DELUSER', 'hub'),
    relent: grant('allchannels'),
    says: /Redis refused HELLO: WRONGPASS/,
  },
};

/** Commands that are taken away for good. */
const FORBIDDEN: [command: string, says: RegExp][] = [
  ['SUBSCRIBE', /Redis refused SUBSCRIBE: ERR, unknown command/],
  ['EVAL', /Redis refused EVAL: ERR, unknown command/],
  ['EVALSHA', /Redis refused EVALSHA: ERR, unknown command/],
  ['PING', /Redis refused PING: ERR, unknown command/],
  ['XRANGE', /Redis refused EVAL: ERR/],
  ['XADD', /Redis refused EVAL: ERR/],
  ['INFO', /Redis refused EVAL: ERR/],
];

describe('a hub whose Redis refuses', () => {
  let redis: RedisProcess | undefined;
  let hub: HubProcess | undefined;

  afterEach(async () => {
    await hub?.kill();
    await redis?.stop();
    hub = redis = undefined;
  });

  it.each(Object.entries(SAYINGS))(
    'with %s serves alone, at boot and live, says so once, and heals',
    async (_, { environment, refuse, relent, says }) => {
      redis = await startRedis();
      await grant('allchannels')(redis);
      await refuse(redis);
      hub = await startHubAt(redis.port, environment);

      await hub.printed(says);
      await servesAlone(hub);
      expect(linesOf(hub, /Relay/)).toEqual([expect.stringMatching(says)]);
      await relent(redis);
      await inState(hub, 'shared');
      expect(linesOf(hub, /WARN|ERROR/)).toHaveLength(1);

      await refuse(redis);
      await inState(hub, 'local-only');
      while (linesOf(hub, says).length < 2) await servesAlone(hub);
      await servesAlone(hub);
      await relent(redis);
      await inState(hub, 'shared');
      expect(linesOf(hub, says)).toHaveLength(2);
      expect(linesOf(hub, /-> local-only/)).toHaveLength(1);
      expect(linesOf(hub, /-> shared/)).toHaveLength(2);
      expect(hub.child.exitCode).toBeNull();
    },
  );

  it.each(['OOM', 'READONLY', 'a log of another type', 'no right to XADD'])(
    'stays local-only as long as %s lasts, over the connections that it has',
    async (name) => {
      const saying = SAYINGS[name];
      const server = (redis = await startRedis());
      await grant('allchannels')(server);
      const running = (hub = await startHubAt(server.port, saying?.environment));
      await inState(running, 'shared');
      await saying?.refuse(server);
      await post(`${running.url}/api/events/broadcast`, { event_type: 'alone', data: {} });
      await inState(running, 'local-only');

      const connections = async (): Promise<number> =>
        Number(/total_connections_received:(\d+)/.exec(String(await server.cli('INFO', 'stats')))?.[1]);
      const before = await connections();
      expect(await statesFor(5_000, running)).toEqual(new Set(['local-only']));

      // The one that asks.
      expect((await connections()) - before).toBe(1);
      expect(linesOf(running, /-> local-only/)).toHaveLength(1);
    },
  );

  it('does without HELLO, and shares', async () => {
    redis = await startRedis({ args: ['--rename-command', 'HELLO', '', '--requirepass', PASSWORD] });
    hub = await startHubAt(redis.port, { REDIS_PASSWORD: PASSWORD });

    await inState(hub, 'shared');
    expect(hub.output()).not.toContain(PASSWORD);
  });

  it.each(FORBIDDEN)('lives without %s', async (command, says) => {
    redis = await startRedis({ args: ['--rename-command', command, '', '--requirepass', PASSWORD] });
    hub = await startHubAt(redis.port, { REDIS_PASSWORD: PASSWORD });

    await hub.printed(says);
    await servesAlone(hub);
    expect(await statesFor(3_000, hub)).toEqual(new Set(['local-only']));
    expect(linesOf(hub, /WARN|ERROR/).length).toBeLessThanOrEqual(2);
  });

  it.each([
    ['no password', '', /Redis refused HELLO: NOAUTH/],
    ['a wrong password', 'wrong', /Redis refused HELLO: WRONGPASS/],
  ])('lives with %s, and heals', async (_, password, says) => {
    redis = await startRedis();
    await redis.cli('CONFIG', 'SET', 'requirepass', PASSWORD);
    hub = await startHubAt(redis.port, { REDIS_PASSWORD: password });

    await hub.printed(says);
    await servesAlone(hub);
    await redis.client(PASSWORD).config('SET', 'requirepass', password);
    await inState(hub, 'shared');
  });

  it('meets a Redis that wants a password after it was alone, and names that once', async () => {
    const port = await freePort();
    hub = await startHubAt(port);
    await hub.printed(/relay: local-only \(connect ECONNREFUSED/);
    redis = await startRedis({ port, args: ['--requirepass', PASSWORD] });

    await hub.printed(/relay: local-only \(Redis refused HELLO: NOAUTH\)/);
    await servesAlone(hub);
    expect(linesOf(hub, /Relay/)).toHaveLength(2);
  });
});
