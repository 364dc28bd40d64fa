import { afterEach, describe, expect, it } from '@jest/globals';
import { type FakeRedis, startFake } from '../support/fake-redis.js';
import { inState, linesOf, PASSWORD, servesAlone, startHubAt } from '../support/lone-hub.js';
import type { HubProcess } from '../support/process.js';
import { type RedisProcess, startRedis } from '../support/redis.js';

/** What is no Redis, or speaks as none should. */
const FAKES: Record<string, (text: string) => string | undefined> = {
  'a web server': (text) => (text ? 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n' : undefined),
  'a mail server': (text) => (text ? '502 what?\r\n' : '220 mail.example ESMTP\r\n'),
  'a silent server': () => undefined,
  'a TLS server': (text) => (text ? '\x15\x03\x01\x00\x02\x02\x46' : undefined),
  'a server that repeats what it got as an error': (text) =>
    text ? `-ERR unknown command with args ${text.replaceAll(/[\r\n]/g, ' ')}\r\n`.repeat(2) : undefined,
  'a server that says OK to all': (text) => (text ? '+OK\r\n'.repeat(3) : undefined),
  'a server that says nothing to all': (text) => (text ? '$-1\r\n'.repeat(3) : undefined),
  'a server that gives numbers': (text) => (text ? ':1\r\n'.repeat(3) : undefined),
  'a server that gives lists': (text) => (text ? '*2\r\n*0\r\n$-1\r\n'.repeat(3) : undefined),
  'a Redis in protected mode': (text) => (text ? undefined : '-DENIED Redis is running in protected mode\r\n'),
  'a server that pushes': (text) => `>1\r\n$-1\r\n>2\r\n+message\r\n+x\r\n${text ? '>1\r\n+subscribe\r\n' : ''}`,
  'half an answer': (text) => (text ? '$1000\r\nabc' : undefined),
};

describe('a hub that finds no Redis on the port', () => {
  let redis: RedisProcess | undefined;
  let hub: HubProcess | undefined;
  let fake: FakeRedis | undefined;

  afterEach(async () => {
    await hub?.kill();
    await redis?.stop();
    await fake?.close();
    hub = redis = fake = undefined;
  });

  it.each(Object.entries(FAKES))('but %s serves alone, and finds the Redis that comes', async (_, answer) => {
    fake = await startFake(answer);
    const { port } = fake;
    hub = await startHubAt(port, { REDIS_PASSWORD: PASSWORD });

    await hub.printed(/relay: local-only \(.+\)/);
    await servesAlone(hub);
    expect(linesOf(hub, /WARN|ERROR/)).toHaveLength(1);
    await fake.close();
    redis = await startRedis({ port, args: ['--requirepass', PASSWORD] });
    await inState(hub, 'shared');
    expect(hub.output()).not.toContain(PASSWORD);
  });
});
