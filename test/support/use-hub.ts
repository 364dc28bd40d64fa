import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { TestClient } from './client.js';
import { startHub, type TestHub } from './hub.js';

export interface SharedHub extends Omit<TestHub, 'close'> {
  /** A client that is closed after the test. */
  open(): Promise<TestClient>;
}

/** One hub for all tests of a `describe`. */
export function useHub(environment: Record<string, string> = {}): SharedHub {
  const clients: TestClient[] = [];
  let hub: TestHub;

  beforeAll(async () => {
    hub = await startHub(environment);
  });
  afterAll(() => hub.close());
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });

  return {
    get app() {
      return hub.app;
    },
    get url() {
      return hub.url;
    },
    get wsUrl() {
      return hub.wsUrl;
    },
    async open() {
      const client = await TestClient.open(hub.wsUrl);
      clients.push(client);

      return client;
    },
  };
}
