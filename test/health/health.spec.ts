import { afterEach, describe, expect, it } from '@jest/globals';
import { HealthController } from '../../src/health/health.controller.js';
import { Relay } from '../../src/relay/relay.js';
import { PATIENCE_MS, until } from '../support/cluster.js';
import { type Answer, get } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';
import { startFake } from '../support/fake-redis.js';
import { freePort, startRedis } from '../support/redis.js';

describe('/health', () => {
  let hub: TestHub | undefined;

  afterEach(async () => {
    await hub?.close();
    hub = undefined;
  });

  const ready = ({ url }: TestHub, query = ''): Promise<Answer> => get(`${url}/health/ready${query}`);
  const answer = (status: number, word: string, state: string): Answer => ({
    status,
    body: { status: word, relay: { state } },
  });

  it('is ready where it is the only instance, also for who asks for shared', async () => {
    hub = await startHub();

    expect(await ready(hub)).toEqual(answer(200, 'ok', 'memory'));
    expect(await ready(hub, '?shared=1')).toEqual(answer(200, 'ok', 'memory'));
    expect(await get(`${hub.url}/health/live`)).toEqual({ status: 200, body: { status: 'ok' } });
  });

  it('is ready in step with Redis, and alone also, but not alone for who asks for shared', async () => {
    const port = await freePort();
    hub = await startHub({ REDIS_HOST: '127.0.0.1', REDIS_PORT: String(port) });
    const relay = hub.app.get(Relay);

    expect(await ready(hub)).toEqual(answer(200, 'degraded', 'local-only'));
    expect(await ready(hub, '?shared=0')).toEqual(answer(200, 'degraded', 'local-only'));
    expect(await ready(hub, '?shared=1')).toEqual(answer(503, 'degraded', 'local-only'));
    for (const asked of ['?shared=true', '?shared', '?shared=1&shared=1']) {
      expect(await ready(hub, asked)).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
    }
    expect((await get(`${hub.url}/health/live`)).status).toBe(200);

    const redis = await startRedis({ port });
    try {
      await until(
        PATIENCE_MS,
        () => relay.isInStep,
        () => relay.state,
      );
      expect(await ready(hub)).toEqual(answer(200, 'ok', 'shared'));
      expect(await ready(hub, '?shared=1')).toEqual(answer(200, 'ok', 'shared'));
    } finally {
      await redis.stop();
    }
  });

  it('is not ready while it shuts down', async () => {
    hub = await startHub();
    hub.app.get(HealthController).onModuleDestroy();

    expect(await ready(hub)).toEqual(answer(503, 'draining', 'memory'));
    expect((await get(`${hub.url}/health/live`)).status).toBe(200);
  });

  it('is not ready before it knows how Redis is, and is when it knows that it is alone', async () => {
    const silent = await startFake(() => undefined);
    hub = await startHub({ REDIS_HOST: '127.0.0.1', REDIS_PORT: String(silent.port) });
    const answers: Answer[] = [];
    do {
      answers.push(await ready(hub));
    } while (answers.at(-1)?.status !== 200);
    await silent.close();

    expect(answers[0]).toEqual(answer(503, 'starting', 'local-only'));
    expect(answers.at(-1)).toEqual(answer(200, 'degraded', 'local-only'));
  });
});
