import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type FakeRedis, startFake } from '../support/fake-redis.js';
import { inState, linesOf, PASSWORD, servesAlone } from '../support/lone-hub.js';
import { type HubProcess, startHubProcess } from '../support/process.js';
import { freePort, type RedisProcess, startRedis } from '../support/redis.js';

describe('a hub that asks where its Redis is', () => {
  let folder: string;
  let servers: (RedisProcess | FakeRedis)[];
  let hub: HubProcess | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hub-find-'));
    servers = [];
  });
  afterEach(async () => {
    await hub?.kill();
    hub = undefined;
    for (const server of servers) await ('stop' in server ? server.stop() : server.close());
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(...args: string[]): Promise<RedisProcess> {
    const redis = await startRedis({ args });
    servers.push(redis);

    return redis;
  }

  const startHub = async (environment: Record<string, string>): Promise<HubProcess> =>
    (hub = await startHubProcess(environment));

  describe('the nodes of a Cluster', () => {
    const slots = (redis: RedisProcess): Promise<unknown> => redis.cli('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);

    it('waits alone for one that has no slots yet, and shares when it has', async () => {
      const redis = await start('--cluster-enabled', 'yes');
      const running = await startHub({ REDIS_CLUSTER: `127.0.0.1:${redis.port}`, REDIS_DB: '3' });
      await running.printed(/relay: local-only \(the slot of the log has no node yet\)/);
      await servesAlone(running);
      expect(linesOf(running, /WARN|ERROR/)).toHaveLength(1);

      await slots(redis);
      await inState(running, 'shared');
    });

    it('takes the one that has the slot, whichever it asks, also when the slot moves', async () => {
      const [a, b] = [await start('--cluster-enabled', 'yes'), await start('--cluster-enabled', 'yes')];
      await slots(a);
      await a.cli('CLUSTER', 'MEET', '127.0.0.1', b.port);
      const running = await startHub({ REDIS_CLUSTER: `127.0.0.1:${b.port} , 127.0.0.1:${await freePort()}` });
      await inState(running, 'shared');
      expect(await a.cli('EXISTS', '{dogmonitor}:meta')).toBe(1);

      const to = String(await b.cli('CLUSTER', 'MYID'));
      const slot = Number(await a.cli('CLUSTER', 'KEYSLOT', '{dogmonitor}'));
      for (const key of (await a.cli('KEYS', '*')) as string[]) await a.cli('DEL', key);
      // A hub that is up writes its keys again.
      running.child.kill('SIGSTOP');
      await a.cli('FLUSHALL');
      for (const node of [b, a]) await node.cli('CLUSTER', 'SETSLOT', slot, 'NODE', to);
      running.child.kill('SIGCONT');

      while ((await b.cli('EXISTS', '{dogmonitor}:meta').catch(() => 0)) !== 1) await running.printed(/relay/);
      await inState(running, 'shared');
      expect(running.child.exitCode).toBeNull();
    });

    it('says what it met instead', async () => {
      const redis = await start();
      const running = await startHub({ REDIS_CLUSTER: `127.0.0.1:${redis.port}` });

      await running.printed(/Redis refused CLUSTER: ERR, cluster support disabled/);
      await servesAlone(running);
    });

    it('outlives nodes that speak badly', async () => {
      for (const answer of ['$-1\r\n', ':1\r\n', '+OK\r\n', '*1\r\n*2\r\n:0\r\n:16383\r\n']) {
        servers.push(await startFake((text) => (text ? answer.repeat(3) : undefined)));
      }
      const running = await startHub({ REDIS_CLUSTER: servers.map(({ port }) => `127.0.0.1:${port}`).join() });

      await running.printed(/relay: local-only/);
      await servesAlone(running);
    });
  });

  describe('sentinels, over TLS', () => {
    const SENTINEL_PASSWORD = `sentinel-${PASSWORD}`;

    function certificates(): string[] {
      const file = (name: string): string => join(folder, name);
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
      execFileSync(
        'openssl',
        ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject].concat(
          '-keyout',
          file('key.pem'),
          '-out',
          file('cert.pem'),
        ),
        { stdio: 'ignore' },
      );

      return ['--tls-cert-file', file('cert.pem'), '--tls-key-file', file('key.pem')].concat(
        '--tls-ca-cert-file',
        file('cert.pem'),
        '--tls-auth-clients',
        'no',
      );
    }

    it('finds the master, logs in to both, and follows a failover', async () => {
      const tls = certificates();
      const [masterPort, replicaPort, sentinelPort] = [await freePort(), await freePort(), await freePort()];
      const data = ['--tls-replication', 'yes', '--requirepass', PASSWORD, '--masterauth', PASSWORD];
      const master = await startTls(masterPort, [...tls, ...data]);
      await startTls(replicaPort, [...tls, ...data, '--replicaof', `127.0.0.1 ${masterPort}`]);
      const conf = join(folder, 'sentinel.conf');
      writeFileSync(
        conf,
        [
          `port 0\ntls-port ${sentinelPort}\nbind 127.0.0.1\ndir ${folder}\ntls-replication yes`,
          `requirepass ${SENTINEL_PASSWORD}`,
          `sentinel monitor dogs 127.0.0.1 ${masterPort} 1\nsentinel auth-pass dogs ${PASSWORD}`,
          'sentinel down-after-milliseconds dogs 1000',
        ].join('\n'),
      );
      await startTls(sentinelPort, tls, conf);

      const silent = await startFake(() => undefined);
      servers.push(silent);
      const running = await startHub({
        REDIS_SENTINELS: ` 127.0.0.1:${silent.port}, 127.0.0.1:${sentinelPort}`,
        REDIS_SENTINEL_NAME: 'dogs',
        REDIS_SENTINEL_PASSWORD: SENTINEL_PASSWORD,
        REDIS_PASSWORD: PASSWORD,
        REDIS_TLS: 'true',
        NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem'),
      });
      await inState(running, 'shared');

      await knowsReplica(sentinelPort);
      await master.kill();
      await inState(running, 'local-only');
      await inState(running, 'shared');
      expect(running.output()).not.toContain(PASSWORD);
    });

    /** On a port that speaks TLS only. */
    async function startTls(port: number, args: string[], conf?: string): Promise<RedisProcess> {
      const server = await startRedis({
        args: conf === undefined ? ['--port', '0', '--tls-port', String(port), ...args] : args,
        ...(conf !== undefined && { sentinel: conf }),
      });
      servers.push(server);

      return server;
    }

    async function knowsReplica(port: number): Promise<void> {
      const client = new Redis({ port, password: SENTINEL_PASSWORD, tls: { rejectUnauthorized: false } });
      while (((await client.call('SENTINEL', 'REPLICAS', 'dogs')) as unknown[]).length === 0) await delay(200);
      client.disconnect();
    }
  });

  it('speaks of a sentinel that refuses, and not of the password', async () => {
    const redis = await start('--requirepass', PASSWORD);
    const running = await startHub({
      REDIS_SENTINELS: `127.0.0.1:${redis.port}`,
      REDIS_SENTINEL_PASSWORD: `not-${PASSWORD}`,
    });

    await running.printed(/relay: local-only \(Redis refused HELLO: WRONGPASS\)/);
    await servesAlone(running);
  });
});
