import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Relay, type RelayState } from '../../src/relay/relay.js';
import { get } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';

describe('/health', () => {
  let hub: TestHub;

  beforeAll(async () => {
    hub = await startHub();
  });
  afterAll(() => hub.close());

  it('is ready with the relay in memory', async () => {
    expect(await get(`${hub.url}/health/ready`)).toEqual({
      status: 200,
      body: { status: 'ok', relay: { state: 'memory' } },
    });
  });

  it.each<[RelayState, number, string]>([
    ['memory', 200, 'ok'],
    ['shared', 200, 'ok'],
    ['local-only', 503, 'degraded'],
    ['catching-up', 503, 'degraded'],
  ])('answers a relay that is %s with %d, and is alive all the same', async (state, status, word) => {
    Object.defineProperty(hub.app.get(Relay), 'state', { value: state, configurable: true });

    expect(await get(`${hub.url}/health/ready`)).toEqual({ status, body: { status: word, relay: { state } } });
    expect(await get(`${hub.url}/health/live`)).toEqual({ status: 200, body: { status: 'ok' } });
  });
});
