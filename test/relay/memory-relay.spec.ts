import { describe, expect, it } from '@jest/globals';
import { MemoryRelay } from '../../src/relay/memory-relay.js';
import { describeRelay, HISTORY_SIZE, logged } from './contract.js';

describeRelay('MemoryRelay', () => {
  const relay = new MemoryRelay({ historySize: HISTORY_SIZE, historyBytes: 1024 * 1024 });

  return Promise.resolve({ relay, dispose: () => relay.close() });
});

describe('MemoryRelay', () => {
  it('drops the oldest messages when the log is over its bytes', async () => {
    const one = logged(1).json.length + 40;
    const relay = new MemoryRelay({ historySize: 1_000, historyBytes: one * 10 });

    for (let n = 0; n < 100; n++) await relay.publish(logged(n));

    const { deliveries } = relay.read({ limit: 1_000 });
    expect(deliveries.length).toBeGreaterThan(5);
    expect(deliveries.reduce((sum, { json }) => sum + json.length, 0)).toBeLessThanOrEqual(one * 10);
    expect(JSON.parse(deliveries.at(-1)?.json ?? '{}')).toMatchObject({ data: { n: 99 } });
  });
});
