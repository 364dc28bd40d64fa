import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { EventsService } from '../../src/events/events.service.js';
import { openBrowser } from '../support/browser.js';
import { type Dashboard, openDashboard } from '../support/dashboard.js';
import { startHub, type TestHub } from '../support/hub.js';
import { type RedisProcess, startRedis } from '../support/redis.js';
import { listOf, numbers } from './timeline-page.js';

/** What goes wrong shows itself within five seconds; as many again for a slow machine. */
const WITHIN_MS = 10_000;
/** To heal takes what it takes: a Redis that starts, a hub that tries again. */
const HEALED_MS = 60_000;

describe('the page of one of two instances', () => {
  let redis: RedisProcess;
  let north: TestHub;
  let south: TestHub;
  let browser: Browser;
  let dashboard: Dashboard;
  let page: Page;

  const publish = async (hub: TestHub, from: number, to: number): Promise<void> => {
    for (let n = from; n <= to; n++) await hub.app.get(EventsService).broadcastEvent('bark', { n });
  };
  const environment = (id: string): Record<string, string> => ({
    REDIS_HOST: '127.0.0.1',
    REDIS_PORT: String(redis.port),
    INSTANCE_ID: id,
  });
  /** Waits for these events in the list, whatever notices are between them. */
  const events = (wanted: readonly string[]): Promise<string[]> => listOf(page, wanted, HEALED_MS);

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    redis = await startRedis();
    [north, south] = await Promise.all([startHub(environment('north')), startHub(environment('south'))]);
    dashboard = await openDashboard(browser, north.url, { locale: 'en-US' });
    page = dashboard.page;
    await publish(south, 1, 2);
    expect(await events(numbers(2, 1))).toEqual(numbers(2, 1));
  });
  afterEach(async () => {
    await dashboard.close();
    await Promise.all([north.close(), south.close()]);
    await redis.stop();
  });

  it('shows that Redis is killed, and has all events once it is back', async () => {
    await redis.kill();
    await page.locator('.relay-note').getByText('local only').waitFor({ timeout: WITHIN_MS });
    // To its own clients at once, to those of the other when Redis is back.
    await publish(south, 3, 4);
    await publish(north, 5, 6);

    await redis.restart();
    await page.locator('.relay-note').waitFor({ state: 'detached', timeout: HEALED_MS });

    // Which instance joins the log first is open.
    const all = [...numbers(6, 1)].sort();
    expect((await events(all)).sort()).toEqual(all);
    await page.reload();
    expect((await events(all)).sort()).toEqual(all);
  }, 180_000);

  it('shows that its hub is gone, and has what happened meanwhile once it is restarted', async () => {
    const { port } = new URL(north.url);
    await north.close();
    await page.getByLabel(/^Connection: (reconnecting|connecting)/).waitFor({ timeout: WITHIN_MS });
    await publish(south, 3, 44);

    north = await startHub({ ...environment('north'), PORT: port });
    await page.getByLabel('Connection: live').waitFor({ timeout: HEALED_MS });
    await publish(north, 45, 45);

    await page.getByText('42 missed events recovered').first().waitFor();
    expect(await events(numbers(45, 30))).toEqual(numbers(45, 30));
    await page.getByText('45 events').waitFor();
  }, 180_000);
});
