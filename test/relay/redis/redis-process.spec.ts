import { afterEach, describe, expect, it } from '@jest/globals';
import { freePort, type RedisProcess, startRedis } from '../../support/redis.js';

describe('a Redis of the tests', () => {
  let redis: RedisProcess | undefined;

  afterEach(async () => {
    await redis?.stop();
    redis = undefined;
  });

  it('answers on its port', async () => {
    redis = await startRedis();

    expect(await redis.cli('ping')).toBe('PONG');
    expect(redis.port).toBeGreaterThanOrEqual(20_000);
  });

  it('forgets everything when it is killed', async () => {
    redis = await startRedis();
    await redis.cli('set', 'dog', 'Rex');
    const { pid } = redis;

    await redis.kill();
    expect(isRunning(pid)).toBe(false);
    await redis.restart();

    expect(await redis.cli('get', 'dog')).toBeNull();
  });

  it('forgets nothing when it is killed, if it is persistent', async () => {
    redis = await startRedis({ persistent: true });
    await redis.cli('set', 'dog', 'Rex');

    await redis.kill();
    await redis.restart();

    expect(await redis.cli('get', 'dog')).toBe('Rex');
  });

  it('answers nobody while it is frozen, and then does what it was asked meanwhile', async () => {
    redis = await startRedis();
    const client = redis.client();
    await client.ping();

    redis.freeze();
    const answer = client.incr('dogs').catch((error: Error) => error.message);
    expect(await answer).toMatch(/timed out/);
    expect(client.status).toBe('ready');

    redis.thaw();
    expect(await client.get('dogs')).toBe('1');
  });

  it('leaves nothing behind when it is stopped, also frozen, also twice', async () => {
    redis = await startRedis();
    const { pid } = redis;
    redis.freeze();

    await redis.stop();
    await redis.stop();

    expect(isRunning(pid)).toBe(false);
  });

  it('says why it does not start', async () => {
    redis = await startRedis();

    await expect(startRedis({ port: redis.port })).rejects.toThrow(/Address already in use/);
  });

  it('says how to get a redis-server where there is none', async () => {
    const { PATH } = process.env;
    process.env['PATH'] = '/nowhere';
    try {
      await expect(startRedis()).rejects.toThrow(/sudo apt-get install redis-server/);
    } finally {
      process.env['PATH'] = PATH;
    }
  });

  it('gives ports that no outgoing connection takes', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));

    expect(ports.every((port) => port < 32_768)).toBe(true);
  });
});

function isRunning(pid: number | undefined): boolean {
  try {
    process.kill(pid ?? 0, 0);
    return true;
  } catch {
    return false;
  }
}
