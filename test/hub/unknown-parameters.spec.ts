import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SUBSCRIPTION_PARAMETERS as DOCUMENTED } from '../../src/docs/parameters.js';
import { SUBSCRIPTION_PARAMETERS } from '../../src/hub/subscription.js';
import { TestClient } from '../support/client.js';
import { startHub, type TestHub } from '../support/hub.js';
import { rawConnect, upgradeRequest } from '../support/raw-http.js';

interface Refusal {
  statusCode: number;
  code: string;
  message: string;
  errors: { field: string; message: string }[];
  more?: number;
}

describe('a query with parameters that the hub does not know', () => {
  let hub: TestHub;

  beforeAll(async () => {
    hub = await startHub();
  });
  afterAll(() => hub.close());

  /** What the hub says before it closes the connection. */
  async function upgrade(query: string): Promise<Refusal> {
    const socket = rawConnect(hub.url);
    socket.write(upgradeRequest(`/ws/ui?${query}`));
    let text = '';
    for await (const chunk of socket as AsyncIterable<Buffer>) text += chunk.toString();

    return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as Refusal;
  }

  const stream = async (query: string): Promise<Refusal> =>
    (await (await fetch(`${hub.url}/api/events/stream?${query}`)).json()) as Refusal;

  describe.each([
    ['/ws/ui', upgrade],
    ['/api/events/stream', stream],
  ])('of %s', (_, ask) => {
    it.each([['snapshots=1'], ['sinse=1-0&types=event'], ['Types=event'], ['%00%0a=1'], ['__proto__=1']])(
      'is refused with its name: %s',
      async (query) => {
        const { statusCode, code, message, errors } = await ask(query);
        const [name = ''] = new URLSearchParams(query).keys();

        expect([statusCode, code]).toEqual([400, 'BAD_REQUEST']);
        expect(errors).toEqual([expect.objectContaining({ field: name, rule: 'unknown' })]);
        expect(message).toContain(SUBSCRIPTION_PARAMETERS.join(', '));
      },
    );

    it('is told of 20, and how many more', async () => {
      const { errors, more } = await ask(Array.from({ length: 500 }, (_, n) => `x${n}=1`).join('&'));

      expect(errors).toHaveLength(20);
      expect(more).toBe(480);
      expect((await ask(`${'y'.repeat(5_000)}=1`)).message.length).toBeLessThan(400);
    });
  });

  it('is none where all are known', async () => {
    const values = { since: '1-0', recent: '0', snapshot: '0', acks: '0', types: 'event', event_types: 'sit' };
    const query = new URLSearchParams({ ...values, overlay_types: 'pose', sources: 'cam', token: 'x' });
    const client = await TestClient.open(`${hub.wsUrl}?${query.toString()}`);

    expect(client.greeting.type).toBe('connection');
    client.socket.close();
  });

  it('may have all that the docs know', () => {
    const known = new Set(SUBSCRIPTION_PARAMETERS);

    expect(DOCUMENTED.filter(({ name }) => !known.has(name))).toEqual([]);
  });
});
